// Streams of Node and of the web, made of anything that yields bytes. Functions, so that the type itself stays one.

import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'

/** A Node stream; destroying it ends the reading. */
export function toReadable(source: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(source, { objectMode: false })
}

/** A web stream of bytes; cancelling it ends the reading. */
export function toWeb(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
