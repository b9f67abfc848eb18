// Memory for one record at a time, used again for the next: a megabyte that is made and let go of for each record costs
// more than filling it.

import { uninitialized } from '../../stack/bytes/index.js'
import { RECORD_SLAB_BYTES_MAX } from './limits.js'

export class RecordSlab {
  #bytes: Uint8Array = new Uint8Array(0)

  /** Memory with any content, until the next call. What is larger than a slab may be is made for itself. */
  take(length: number): Uint8Array {
    if (length > RECORD_SLAB_BYTES_MAX) return uninitialized(length)
    if (this.#bytes.length < length) {
      this.#bytes = uninitialized(Math.min(Math.max(length, 2 * this.#bytes.length), RECORD_SLAB_BYTES_MAX))
    }
    return this.#bytes.subarray(0, length)
  }
}
