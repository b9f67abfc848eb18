// One channel's keys and counters: records are sealed and opened in order, so one that is missing, repeated, changed or in
// another place does not open.

import type { Rooms } from '../bytes/index.js'
import { type Crypto, TAG_BYTES, wipe } from '../crypto/index.js'
import type { RecordKeys } from '../noise/index.js'
import { MAX_RECORDS } from './limits.js'

/** Bytes of a sealed record from which on it is opened in a room: a smaller one would keep more memory than it fills. */
const LEAST_ROOM_BYTES = 32_768

export class SealedChannel {
  readonly #crypto: Crypto
  readonly #keys: RecordKeys
  readonly #rooms: Rooms | undefined
  #sent = 0
  #received = 0

  /** Takes over the keys. `rooms`: where large records are opened; whoever has used what was in them may give them back. */
  constructor(crypto: Crypto, keys: RecordKeys, rooms?: Rooms) {
    this.#crypto = crypto
    this.#keys = keys
    this.#rooms = rooms
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
    const room = sealed.length < LEAST_ROOM_BYTES ? undefined : this.#rooms?.take(sealed.length)
    room?.set(sealed)
    const { receive } = this.#keys
    const plain =
      room === undefined
        ? this.#crypto.openRecord(receive, this.#received, sealed)
        : this.#crypto.openRecordInPlace(receive, this.#received, room)
    if (plain !== undefined) this.#received++
    else if (room !== undefined) this.#rooms?.giveBack(room)
    return plain
  }

  wipe(): void {
    wipe(this.#keys.send, this.#keys.receive)
  }
}
