// One channel's keys and counters: records are sealed and opened in order, so one that is missing, repeated, changed or in
// another place does not open.

import { type Crypto, TAG_BYTES, wipe } from '../crypto/index.js'
import type { RecordKeys } from '../noise/index.js'
import { MAX_RECORDS } from './limits.js'

export class SealedChannel {
  readonly #crypto: Crypto
  readonly #keys: RecordKeys
  #sent = 0
  #received = 0

  /** Takes over the keys. */
  constructor(crypto: Crypto, keys: RecordKeys) {
    this.#crypto = crypto
    this.#keys = keys
  }

  /** Whether the key has sealed all that it may. */
  get usedUp(): boolean {
    return this.#sent >= MAX_RECORDS
  }

  /** Seals what stands in the first bytes of `record`, in place; its last 16 are for the tag. Gives `record`. */
  seal(record: Uint8Array): Uint8Array {
    const plain = record.subarray(0, record.length - TAG_BYTES)
    return this.#crypto.sealRecord(this.#keys.send, this.#sent++, plain, undefined, record)
  }

  /** The plaintext, in memory of its own; undefined when it is not the next record. */
  open(sealed: Uint8Array): Uint8Array | undefined {
    const plain = this.#crypto.openRecord(this.#keys.receive, this.#received, sealed)
    if (plain !== undefined) this.#received++
    return plain
  }

  wipe(): void {
    wipe(this.#keys.send, this.#keys.receive)
  }
}
