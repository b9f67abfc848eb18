// Programs of the peers: one that answers, one that dials, and a relay between them that passes bytes on. Over plain TCP, or
// with TLS from end to end under a key that both have.

import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { serve } from '../frame/actor.js'
import { callerMethods } from './caller.js'
import { answer, pipeOf, type Service } from './service.js'

type Kind = 'tcp' | 'tls'

interface Where {
  readonly kind: Kind
  readonly ports: Readonly<Record<Service, number>>
}

const secret = {
  ciphers: 'PSK-AES256-GCM-SHA384',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const
const key = Buffer.alloc(32, 9)

const servers: Server[] = []

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function answering(kind: Kind, service: Service): Server {
  const handle = (socket: Duplex): void => {
    socket.on('error', () => {})
    answer(pipeOf(socket), service).catch(() => {})
  }
  const options = { noDelay: true, allowHalfOpen: true }
  if (kind === 'tcp') return createServer(options, handle)
  return tls.createServer({ ...secret, ...options, pskCallback: () => key }, handle)
}

function relaying(port: number): Server {
  return createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const onward = createConnection({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
    join(socket, onward)
    join(onward, socket)
  })
}

function join(from: Socket, to: Socket): void {
  from.on('error', () => to.destroy())
  from.pipe(to)
}

async function dial({ kind, ports }: Where, service: Service): Promise<Duplex> {
  const options = { host: '127.0.0.1', port: ports[service], noDelay: true, allowHalfOpen: true }
  const socket =
    kind === 'tcp'
      ? createConnection(options)
      : tls.connect({
          ...options,
          ...secret,
          pskCallback: () => ({ psk: key, identity: 'bench' }),
          checkServerIdentity: () => undefined,
        })
  await new Promise<void>((resolve, reject) => {
    socket.once(kind === 'tcp' ? 'connect' : 'secureConnect', resolve)
    socket.once('error', reject)
  })
  return socket
}

serve(
  {
    serve: async ({ kind }: { kind: Kind }) => ({
      sink: await listen(answering(kind, 'sink')),
      first: await listen(answering(kind, 'first')),
    }),
    relay: async ({ ports }: { ports: Readonly<Record<Service, number>> }) => ({
      sink: await listen(relaying(ports.sink)),
      first: await listen(relaying(ports.first)),
    }),
    ...callerMethods<Where>(async (where, service) => pipeOf(await dial(where, service))),
  },
  async () => {
    for (const server of servers) server.close()
  },
)
