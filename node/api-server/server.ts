// The API on a Unix socket in the home: mode 0600, so that only the node's own user can speak to it. A socket that a dead
// node left is replaced; the home's lock has made sure that it is dead.

import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type Channel, encodeFrame, maxPathBytes, socketChannel } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { type Handlers, type ParamsCheck, serveClient } from './connection.js'
import { closeLingerMs, maxClients } from './limits.js'
import { checkParams } from './params.js'

export class ApiServer {
  readonly #handlers: Handlers
  readonly #check: ParamsCheck = checkParams
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  constructor(handlers: Handlers) {
    this.#handlers = handlers
  }

  /** Accepts clients on `path`. Throws IO when it cannot be bound, BAD_ARGUMENT when the path is too long for a socket. */
  async listen(path: string): Promise<void> {
    if (Buffer.byteLength(path) > maxPathBytes) {
      throw new RunnelError('BAD_ARGUMENT', `the home's path is too long for a socket in it: ${path}`, {
        hint: `Choose a home with a path of at most ${maxPathBytes - '/runnel.sock'.length} bytes, or reach it through a symbolic link.`,
      })
    }
    rmSync(path, { force: true })
    const server = createServer((socket) => this.#accept(socket))
    this.#server = server
    // Between bind and chmod the home's own mode (0700) keeps others out.
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new RunnelError('IO', `the API socket ${path} cannot be bound`, { cause })),
      )
      server.listen(path, resolve)
    })
    // A connection that could not be accepted (no file descriptor was left) is its client's loss, not the node's end.
    server.on('error', () => {})
    chmodSync(path, 0o600)
  }

  /** Serves one client inside this process. */
  serve(channel: Channel): void {
    serveClient(channel, this.#handlers, this.#check, () => {})
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= maxClients) {
      turnAway(socket)
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    serveClient(socketChannel(socket), this.#handlers, this.#check, () => {})
  }

  /** Accepts nobody any more and ends every client, after it had the time to read its last answers. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    // Calls that have come to their end, such as the one that asked for this, give their answers first.
    await new Promise((resolve) => setImmediate(resolve))
    for (const socket of this.#sockets) socket.destroySoon()
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, closeLingerMs)
    await closed
    clearTimeout(cut)
  }
}

function turnAway(socket: Socket): void {
  socket.on('error', () => {})
  const error = new RunnelError('TOO_MANY', `the node serves ${maxClients} programs already, the limit`)
  socket.end(encodeFrame({ id: 0, error: error.toJSON() }), () => socket.destroy())
}
