// Packs frames into records: small ones share one, a chunk has its own. Small frames are copied into a slab, which is
// reused, a large one into its record, where it is sealed in place. The sealed record belongs to whoever takes it, until
// it is given back to the rooms where it came from.

import type { Rooms } from '../bytes/index.js'
import { FRAME_HEADER_BYTES, writeFrameHeader } from './frame.js'
import { LENGTH_BYTES, MAX_PLAINTEXT_BYTES, OWN_RECORD_BYTES } from './limits.js'
import { framesOf, RECORD_OVERHEAD_BYTES, type RecordSealer, unsealedRecord } from './record.js'

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** A link that carries small frames only keeps to this much memory. */
const FIRST_SLAB_BYTES = 2048

export class Outbound {
  readonly #sealer: RecordSealer
  readonly #rooms: Rooms | undefined
  #slab = NO_BYTES
  #filled = 0
  #records: Uint8Array[] = []
  #recordBytes = 0
  #usedUp = false

  constructor(sealer: RecordSealer, rooms?: Rooms) {
    this.#sealer = sealer
    this.#rooms = rooms
  }

  /** Bytes that wait, sealed or not. */
  get queuedBytes(): number {
    return this.#recordBytes + this.#filled
  }

  /** Whether a record could not be sealed because the key has sealed all that it may. The link is over then. */
  get usedUp(): boolean {
    return this.#usedUp
  }

  /** Appends a frame; both parts of its body are copied. Throws RangeError for what is no frame. */
  push(type: number, flags: number, head: Uint8Array, payload: Uint8Array = NO_BYTES): void {
    const size = FRAME_HEADER_BYTES + head.length + payload.length
    if (size >= OWN_RECORD_BYTES) {
      this.#seal()
      const record = this.#rooms?.take(size + RECORD_OVERHEAD_BYTES) ?? unsealedRecord(size)
      writeFrame(framesOf(record), 0, type, flags, head, payload)
      this.#queue(() => this.#sealer.sealInPlace(record))
      return
    }
    if (this.#filled + size > MAX_PLAINTEXT_BYTES) this.#seal()
    this.#makeRoom(this.#filled + size)
    writeFrame(this.#slab, this.#filled, type, flags, head, payload)
    this.#filled += size
  }

  /** The next record for the socket, sealing what waits when no sealed one does. The caller owns it. */
  pollRecord(): Uint8Array | undefined {
    if (this.#records.length === 0) this.#seal()
    const record = this.#records.shift()
    if (record !== undefined) this.#recordBytes -= record.length
    return record
  }

  /** Overwrites the key and forgets what waits. */
  wipe(): void {
    this.#sealer.wipe()
    this.#slab = NO_BYTES
    this.#filled = 0
    this.#records = []
    this.#recordBytes = 0
  }

  #seal(): void {
    if (this.#filled === 0) return
    this.#queue(() => this.#sealer.seal(this.#slab.subarray(0, this.#filled)))
    this.#filled = 0
  }

  #queue(seal: () => Uint8Array): void {
    if (this.#sealer.usedUp) {
      this.#usedUp = true
      return
    }
    const record = seal()
    this.#records.push(record)
    this.#recordBytes += record.length
  }

  /** Grows the slab at least twofold, up to a whole record. */
  #makeRoom(bytes: number): void {
    if (this.#slab.length >= bytes) return
    const room = Math.max(bytes, FIRST_SLAB_BYTES, 2 * this.#slab.length)
    const slab = new Uint8Array(Math.min(room, MAX_PLAINTEXT_BYTES))
    slab.set(this.#slab.subarray(0, this.#filled))
    this.#slab = slab
  }
}

function writeFrame(
  into: Uint8Array,
  base: number,
  type: number,
  flags: number,
  head: Uint8Array,
  payload: Uint8Array,
): void {
  writeFrameHeader(into, base, type, flags, head.length + payload.length)
  into.set(head, base + FRAME_HEADER_BYTES)
  into.set(payload, base + FRAME_HEADER_BYTES + head.length)
}

/** Bytes that a frame adds to the queue, at most: alone in its record. */
export function queuedSize(bodyBytes: number): number {
  return LENGTH_BYTES + FRAME_HEADER_BYTES + bodyBytes + 16
}
