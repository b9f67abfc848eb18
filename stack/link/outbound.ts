// Packs frames into records: small ones share one, a chunk has its own. A frame is copied once, into the slab from which
// its record is sealed; the slab is reused, the sealed record belongs to whoever takes it.

import { FRAME_HEADER_BYTES, writeFrameHeader } from './frame.js'
import { LENGTH_BYTES, MAX_PLAINTEXT_BYTES, OWN_RECORD_BYTES } from './limits.js'
import type { RecordSealer } from './record.js'

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** A link that carries small frames only keeps to this much memory. */
const FIRST_SLAB_BYTES = 2048

export class Outbound {
  readonly #sealer: RecordSealer
  #slab = NO_BYTES
  #filled = 0
  #records: Uint8Array[] = []
  #recordBytes = 0
  #usedUp = false

  constructor(sealer: RecordSealer) {
    this.#sealer = sealer
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
    const length = head.length + payload.length
    const size = FRAME_HEADER_BYTES + length
    const alone = size >= OWN_RECORD_BYTES
    if (alone || this.#filled + size > MAX_PLAINTEXT_BYTES) this.#seal()
    this.#makeRoom(Math.min(this.#filled + size, MAX_PLAINTEXT_BYTES))
    const base = this.#filled
    writeFrameHeader(this.#slab, base, type, flags, length)
    this.#slab.set(head, base + FRAME_HEADER_BYTES)
    this.#slab.set(payload, base + FRAME_HEADER_BYTES + head.length)
    this.#filled += size
    if (alone) this.#seal()
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
    if (this.#sealer.usedUp) {
      this.#usedUp = true
    } else {
      const record = this.#sealer.seal(this.#slab.subarray(0, this.#filled))
      this.#records.push(record)
      this.#recordBytes += record.length
    }
    this.#filled = 0
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

/** Bytes that a frame adds to the queue, at most: alone in its record. */
export function queuedSize(bodyBytes: number): number {
  return LENGTH_BYTES + FRAME_HEADER_BYTES + bodyBytes + 16
}
