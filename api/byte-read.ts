// Bytes that are read: iterate them as they come, or take them all.

import type { ItemCall } from './item-queue.js'
import type { ReadResult } from './protocol/index.js'

/** Iterate once, or call `bytes()`; not both. `result` tells the sources once all was read. */
export interface ByteRead extends AsyncIterable<Uint8Array> {
  readonly result: Promise<ReadResult>
  /** Bytes that have arrived and were not taken yet. */
  readonly bufferedBytes: number
  /** All of them, joined: for what fits memory. */
  bytes(): Promise<Uint8Array>
}

/** `done` is called with the result after the last byte was taken. */
export function openByteRead(
  call: ItemCall<'read'> | ItemCall<'readEntry'> | ItemCall<'readLog'>,
  done: (result: ReadResult) => void = () => {},
): ByteRead {
  async function* iterate(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* call
    done(await call.result)
  }
  return {
    result: call.result,
    get bufferedBytes() {
      return call.bufferedBytes
    },
    [Symbol.asyncIterator]: iterate,
    bytes: async () => {
      const parts: Uint8Array[] = []
      let length = 0
      for await (const part of iterate()) {
        parts.push(part)
        length += part.length
      }
      const [only] = parts
      // Only where nothing else is in its memory: who looks at that would see what it is not.
      if (only?.length === length && only.buffer.byteLength === length) return only
      const whole = new Uint8Array(length)
      let offset = 0
      for (const part of parts) {
        whole.set(part, offset)
        offset += part.length
      }
      return whole
    },
  }
}
