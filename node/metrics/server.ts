// Metrics on a Unix socket in the home, by plain HTTP: `curl --unix-socket HOME/metrics.sock http://localhost/metrics`. Mode
// 0600, one request a connection, every wait bounded: whoever asks badly is answered 400, 404 or 405 and disturbs nobody.

import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { maxPathBytes } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { maxScrapers, scrapeMs } from './limits.js'
import { decodeScrapeRequest, type RequestRefusal, type ScrapeRequest } from './request.js'
import { contentType } from './text.js'

export class MetricsServer {
  readonly #text: () => string
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  /** `text` is called for each scrape. */
  constructor(text: () => string) {
    this.#text = text
  }

  /** Serves on `path`. Throws IO when it cannot be bound or the path is too long for a socket; then nothing is served. */
  async listen(path: string): Promise<void> {
    if (Buffer.byteLength(path) > maxPathBytes) throw new RunnelError('IO', `${path} is too long for a socket`)
    rmSync(path, { force: true })
    const server = createServer((socket) => this.#accept(socket))
    // Between bind and chmod the home's own mode (0700) keeps others out.
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(new RunnelError('IO', `${path} cannot be bound`, { cause })))
      server.listen(path, resolve)
    })
    server.on('error', () => {})
    chmodSync(path, 0o600)
    this.#server = server
  }

  /** Ends every connection; the socket is gone afterwards. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {})
    if (this.#sockets.size >= maxScrapers) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    const cut = setTimeout(() => socket.destroy(), scrapeMs)
    socket.once('close', () => {
      clearTimeout(cut)
      this.#sockets.delete(socket)
    })
    let held = Buffer.alloc(0)
    const handleData = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes])
      const request = decodeScrapeRequest(held)
      if (request === 'more') return
      socket.off('data', handleData)
      // What else comes is read and forgotten, so that the answer is not lost to a reset.
      socket.resume()
      socket.end(this.#answer(request))
    }
    socket.on('data', handleData)
    socket.once('end', () => socket.end())
  }

  #answer(request: ScrapeRequest | RequestRefusal): string {
    if (typeof request === 'string') return response('400 Bad Request', 'this is no HTTP/1 request\n')
    const { method, path } = request
    if (path !== '/metrics') return response('404 Not Found', 'there is only /metrics\n', method)
    if (method !== 'GET' && method !== 'HEAD') {
      return response('405 Method Not Allowed', 'only GET and HEAD\n', method, ['Allow: GET, HEAD'])
    }
    return response('200 OK', this.#text(), method, [], contentType)
  }
}

function response(
  status: string,
  body: string,
  method = 'GET',
  more: readonly string[] = [],
  type = 'text/plain; charset=utf-8',
): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, length, 'Connection: close', ...more].join('\r\n')
  return `${head}\r\n\r\n${method === 'HEAD' ? '' : body}`
}
