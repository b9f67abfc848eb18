// Sealed records, docs/protocol.md §8: AES-256-GCM under the transport key of one direction, with a counter that is never
// sent, so a record that is missing, repeated, changed or in another place does not open.
//
//   length u16 | ciphertext | tag 16

import { uninitialized } from '../bytes/index.js'
import { type Crypto, TAG_BYTES, wipe } from '../crypto/index.js'
import { LENGTH_BYTES, MAX_RECORDS } from './limits.js'

/** What a record adds to its frames: the length before them and the tag behind. */
export const RECORD_OVERHEAD_BYTES = LENGTH_BYTES + TAG_BYTES

/** Memory for a record whose frames have so many bytes. */
export function unsealedRecord(frameBytes: number): Uint8Array {
  return uninitialized(LENGTH_BYTES + frameBytes + TAG_BYTES)
}

/** Where the frames of a record stand before it is sealed. */
export function framesOf(record: Uint8Array): Uint8Array {
  return record.subarray(LENGTH_BYTES, record.length - TAG_BYTES)
}

/** Seals one direction's records in order. Takes over `key`. */
export class RecordSealer {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  #counter: number

  constructor(crypto: Crypto, key: Uint8Array, counter = 0) {
    this.#crypto = crypto
    this.#key = key
    this.#counter = counter
  }

  /** Whether the key has sealed all that it may: nothing more must be sealed. */
  get usedUp(): boolean {
    return this.#counter >= MAX_RECORDS
  }

  /** The whole record with its length, in memory of its own. `frames` has 1 to MAX_PLAINTEXT_BYTES bytes and may be reused. */
  seal(frames: Uint8Array): Uint8Array {
    const record = unsealedRecord(frames.length)
    framesOf(record).set(frames)
    return this.sealInPlace(record)
  }

  /** Seals a record from `unsealedRecord` whose frames were filled in; gives it. */
  sealInPlace(record: Uint8Array): Uint8Array {
    if (this.usedUp) throw new RangeError('a key that has sealed all that it may')
    const length = record.length - LENGTH_BYTES
    record[0] = length >> 8
    record[1] = length & 0xff
    this.#crypto.sealRecord(this.#key, this.#counter, framesOf(record), undefined, record.subarray(LENGTH_BYTES))
    this.#counter++
    return record
  }

  wipe(): void {
    wipe(this.#key)
  }
}

/** Opens the other direction's records in order. Takes over `key`. */
export class RecordOpener {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  #counter = 0

  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto
    this.#key = key
  }

  /** The frames of a record without its length, in the record's own memory; undefined when it is not the next one. */
  open(sealed: Uint8Array): Uint8Array | undefined {
    const frames = this.#crypto.openRecordInPlace(this.#key, this.#counter, sealed)
    if (frames !== undefined) this.#counter++
    return frames
  }

  wipe(): void {
    wipe(this.#key)
  }
}
