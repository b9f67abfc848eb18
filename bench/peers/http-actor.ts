// A program that reads objects over HTTP with Node's own client, over one connection that is kept.

import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { serve } from '../frame/actor.js'

const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true })

interface Server {
  readonly host?: string
  readonly port: number
}

async function fetchBytes(
  { host = '127.0.0.1', port }: Server,
  path: string,
): Promise<{ bytes: number; hit: boolean }> {
  const request = get({ host, port, path: `/${path}`, agent })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) {
    // So that the connection is free for the next one.
    response.resume()
    throw new Error(`${path}: status ${response.statusCode}`)
  }
  let bytes = 0
  response.on('data', (piece: Buffer) => {
    bytes += piece.length
  })
  await once(response, 'end')
  return { bytes, hit: response.headers['x-cache'] === 'HIT' }
}

serve({
  /** Reads them one after the other; gives the milliseconds of each. */
  readPaths: async ({ paths, ...server }: Server & { paths: readonly string[] }) => {
    const times: number[] = []
    let [bytes, hits] = [0, 0]
    for (const path of paths) {
      const started = performance.now()
      const got = await fetchBytes(server, path)
      times.push(performance.now() - started)
      bytes += got.bytes
      hits += got.hit ? 1 : 0
    }
    return { times, bytes, hits }
  },
})
