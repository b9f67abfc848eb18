// Which device an address is of: those of names that were looked up, of neighbours, and of who has called. 96 bits of hash
// lead to a key here, and the key is what a conversation proves.

import { toHex } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { addressOf } from '../name/index.js'
import { MAX_KNOWN_DEVICES } from './limits.js'

export class KnownDevices {
  readonly #crypto: Crypto
  /** The one that was named least lately is the first. */
  readonly #devices = new Map<string, Uint8Array>()

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  get size(): number {
    return this.#devices.size
  }

  /** Remembers a device key (32 bytes); gives its address if it is new. */
  add(device: Uint8Array): Uint8Array | undefined {
    const address = addressOf(this.#crypto, 'device', device)
    const key = toHex(address)
    const isNew = !this.#devices.delete(key)
    if (this.#devices.size >= MAX_KNOWN_DEVICES) {
      const [oldest] = this.#devices.keys()
      if (oldest !== undefined) this.#devices.delete(oldest)
    }
    this.#devices.set(key, device.slice())
    return isNew ? address : undefined
  }

  /** The key of the device that has this address (16 bytes), where it is known. */
  deviceAt(address: Uint8Array): Uint8Array | undefined {
    return this.#devices.get(toHex(address))
  }
}
