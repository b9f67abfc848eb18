// The outside of a node that runs on a machine: its clock, its disk, its network, its interface.

import { randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { chooseCrypto } from './choose-crypto.js'
import { watchAddresses } from './machine/index.js'
import type { Listener, Outside, Sockets } from './outside.js'
import { openRealFiles, systemTime } from './store/index.js'
import { openSystemDatapath } from './tunnel/index.js'

/** Bytes that are read at once of a neighbour that we dialled: what we fetch comes from there. */
const readBytes = 262_144

const systemSockets: Sockets = {
  connect: ({ host, port }) => {
    // One buffer for all that comes: nobody keeps what is given with 'data'.
    const handleRead = (bytesRead: number, buffer: Uint8Array): boolean => {
      socket.emit('data', buffer.subarray(0, bytesRead))
      return true
    }
    const onread = { buffer: new Uint8Array(readBytes), callback: handleRead }
    const socket = connect({ host, port, noDelay: true, onread })
    return socket
  },
  listen: ({ host, port }, accept, fail) =>
    new Promise<Listener>((resolve, reject) => {
      const server = createServer({ noDelay: true }, accept)
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.removeListener('error', reject)
        server.on('error', fail)
        const bound = server.address()
        const known = bound !== null && typeof bound !== 'string'
        resolve({
          bound: known ? { host: bound.address, port: bound.port } : { host, port },
          close: () => new Promise((closed) => server.close(() => closed())),
        })
      })
    }),
}

export function openSystem(): Outside {
  return {
    time: systemTime,
    files: openRealFiles(),
    sockets: systemSockets,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    openCrypto: (choice) => chooseCrypto(choice),
    ownAddresses: () =>
      Object.values(networkInterfaces()).flatMap((some) => (some ?? []).map(({ address }) => address)),
    watchAddresses: (handleNews) => watchAddresses(handleNews),
    openDatapath: (options) => openSystemDatapath(options),
  }
}
