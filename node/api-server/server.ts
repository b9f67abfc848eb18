// The API on a Unix socket in the home: mode 0600, so that only the node's own user can speak to it. A socket that a dead
// node left is replaced; the home's lock has made sure that it is dead.

import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type Channel, socketChannel } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { type Handlers, type ParamsCheck, serveClient } from './connection.js'
import { maxClients } from './limits.js'
import { checkParams } from './params.js'

export class ApiServer {
  readonly #handlers: Handlers
  readonly #check: ParamsCheck = checkParams
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  constructor(handlers: Handlers) {
    this.#handlers = handlers
  }

  /** Accepts clients on `path`. Throws IO when it cannot be bound. */
  async listen(path: string): Promise<void> {
    rmSync(path, { force: true })
    const server = createServer((socket) => this.#accept(socket))
    server.maxConnections = maxClients
    this.#server = server
    // Between bind and chmod the home's own mode (0700) keeps others out.
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new RunnelError('IO', `the API socket ${path} cannot be bound`, { cause })),
      )
      server.listen(path, resolve)
    })
    chmodSync(path, 0o600)
  }

  /** Serves one client inside this process. */
  serve(channel: Channel): void {
    serveClient(channel, this.#handlers, this.#check, () => {})
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    serveClient(socketChannel(socket), this.#handlers, this.#check, () => this.#sockets.delete(socket))
  }

  /** Accepts nobody any more and ends every client. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroySoon()
    await closed
  }
}
