// The devices to which this node has sent packets, on disk: an address leads to a key after a restart as it did before, so that
// programs that have the address need not look up the name again.

import { concat, equal } from '../../stack/bytes/index.js'
import type { LogEvent } from '../log-event.js'
import type { Store } from '../store/index.js'
import { maxAddressedDevices } from './limits.js'

const key = 'packets/devices'
const deviceBytes = 32

export class Addressed {
  readonly #store: Pick<Store, 'setValue' | 'values'>
  readonly #log: (event: LogEvent) => void
  /** The one that was new least lately is the first. */
  #devices: Uint8Array[] = []

  /** Reads what is on disk. A part that is no key means nothing: it leads nowhere. */
  constructor(store: Pick<Store, 'setValue' | 'values'>, log: (event: LogEvent) => void) {
    this.#store = store
    this.#log = log
    const bytes = store.values(key).find((value) => value.key === key)?.bytes ?? new Uint8Array(0)
    const count = Math.min(maxAddressedDevices, Math.floor(bytes.length / deviceBytes))
    for (let at = 0; at < count; at++)
      this.#devices.push(Uint8Array.from(bytes.subarray(at * deviceBytes, (at + 1) * deviceBytes)))
  }

  get devices(): readonly Uint8Array[] {
    return this.#devices
  }

  /** Packets go to this one. It is written down if it is new; the oldest gives way. */
  add(device: Uint8Array): void {
    if (this.#devices.some((known) => equal(known, device))) return
    this.#devices = [...this.#devices, device.slice()].slice(-maxAddressedDevices)
    this.#store.setValue(key, concat(...this.#devices)).catch((error: unknown) => {
      // Then its name has to be looked up after the next restart, as that of any other.
      this.#log({ level: 'warn', event: 'the devices of packets could not be written', reason: String(error) })
    })
  }
}
