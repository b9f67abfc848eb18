// The outside of a node that runs on a machine: its clock, its disk, its network.

import { randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { chooseCrypto } from './choose-crypto.js'
import type { Listener, Outside, Sockets } from './outside.js'
import { openRealFiles, systemTime } from './store/index.js'

const systemSockets: Sockets = {
  connect: ({ host, port }) => connect({ host, port, noDelay: true }),
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
  }
}
