// Bodies, with the patience that a slow reader needs: no more is taken from the node than the connection has room for.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** Writes all of `pieces`; `signal` is that of the connection's end. The response stays open. */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<void> {
  for await (const piece of pieces) if (!response.write(piece)) await once(response, 'drain', { signal })
}

/** Resolves with all of `pieces` once the first one is here, so that what cannot be had is known before a head is sent. */
export async function begun<T>(pieces: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = pieces[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* rest() {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })()
}
