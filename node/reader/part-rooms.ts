// Memory for the parts of files on their way to disk, used again and again: for a part that takes memory of its own, the
// engine has more work with that than we have with the part.

import { uninitialized } from '../../stack/bytes/index.js'
import { maxPartBytes } from '../../stack/data/index.js'
import { leastRoomBytes, spareRooms } from './limits.js'

export class PartRooms {
  readonly #spare: Uint8Array[] = []
  // Which memory is ours to give again.
  readonly #lent = new WeakSet<ArrayBufferLike>()

  /** Memory with any content for a part, to be given back once; undefined for a small part, which needs none of ours. */
  take(bytes: number): Uint8Array | undefined {
    if (bytes < leastRoomBytes || bytes > maxPartBytes) return undefined
    const room = this.#spare.pop() ?? uninitialized(maxPartBytes)
    this.#lent.add(room.buffer)
    return room.subarray(0, bytes)
  }

  /** Nobody looks at a piece any more. One that is not of our memory, or was given back before, is left alone. */
  giveBack(piece: Uint8Array): void {
    if (!this.#lent.delete(piece.buffer)) return
    if (this.#spare.length < spareRooms) this.#spare.push(new Uint8Array(piece.buffer, 0, maxPartBytes))
  }
}
