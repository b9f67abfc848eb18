// The sockets of the DNS server, UDP and TCP on one port: on addresses of this machine alone, so that nobody outside can be
// flooded by answers to questions under a false address.

import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { type AddressInfo, BlockList, createServer, isIP, type Server, type Socket } from 'node:net'
import type { Check } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { idleMs, maxConnections, maxQueryBytes, namesPort } from './limits.js'
import { Responder, type ResponderOptions } from './responder.js'
import { examineWiring, wireLink } from './wiring.js'

export interface DnsOptions extends ResponderOptions {
  /** `ADDR:PORT` of each address; a port alone is one of 127.0.0.1. */
  readonly listen: readonly string[]
  /** An interface of ours: names below the suffix are asked for at this address of it, which nobody outside reaches. */
  readonly link?: { readonly name: string; readonly address: string }
}

/** A server that runs; it is also what a node shows of it. */
export interface DnsServer {
  readonly name: 'dns'
  readonly listening: readonly string[]
  readonly problems: readonly string[]
  readonly answers: ReadonlyMap<string, number>
  examine(): Promise<readonly Check[]>
  close(): Promise<void>
}

/** Listens wherever it can; `problems` says where it cannot. Throws BAD_ARGUMENT for what is no address of this machine alone. */
export async function openDnsServer(options: DnsOptions): Promise<DnsServer> {
  const { client, suffix, link } = options
  const places = options.listen.map(readPlace)
  if (link !== undefined) places.push({ host: link.address, port: namesPort })
  const responder = new Responder(options)
  const listening: string[] = []
  const problems: string[] = []
  const closing: (() => Promise<void>)[] = []
  for (const { host, port } of places) {
    try {
      const bound = await bind(responder, host, port)
      listening.push(placeText(host, bound.port))
      closing.push(bound.close)
    } catch (error) {
      problems.push(`${placeText(host, port)} cannot be listened on: ${(error as Error).message}`)
    }
  }
  if (link !== undefined && listening.length > 0) await wireLink(link, suffix)
  return {
    name: 'dns',
    listening,
    problems,
    answers: responder.answers,
    examine: async () => {
      const { name, address } = await client.id()
      return Promise.all(
        listening.slice(0, 1).map((place) => examineWiring(`${name}.${suffix}`, address, suffix, place)),
      )
    },
    close: async () => {
      await Promise.all(closing.map((close) => close()))
    },
  }
}

async function bind(
  responder: Responder,
  host: string,
  port: number,
): Promise<{ port: number; close: () => Promise<void> }> {
  const connections = new Set<Socket>()
  const tcp = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    void converse(responder, socket)
  })
  tcp.maxConnections = maxConnections
  await listenTcp(tcp, host, port)
  const closeTcp = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => tcp.close(() => resolve()))
    for (const socket of connections) socket.destroy()
    await closed
  }
  const bound = (tcp.address() as AddressInfo).port
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    await listenUdp(udp, host, bound)
  } catch (error) {
    await closeTcp()
    throw error
  }
  udp.on('message', (message, from) => void respond(responder, udp, message, from))
  const closeUdp = (): Promise<void> => new Promise((resolve) => udp.close(() => resolve()))
  return { port: bound, close: async () => void (await Promise.all([closeTcp(), closeUdp()])) }
}

async function respond(responder: Responder, socket: UdpSocket, message: Buffer, from: RemoteInfo): Promise<void> {
  const answer = await responder.answer(message, 'udp')
  if (answer === undefined || from.port === 0) return
  try {
    socket.send(answer, from.port, from.address, () => {})
  } catch {
    // It was closed while the answer was looked for.
  }
}

/** Messages with two bytes of length before each (RFC 7766 §8), one answered after the other. */
async function converse(responder: Responder, socket: Socket): Promise<void> {
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => {})
  let held = Buffer.alloc(0)
  try {
    for await (const chunk of socket) {
      held = Buffer.concat([held, chunk as Buffer])
      while (held.length >= 2) {
        const bytes = held.readUInt16BE(0)
        if (bytes > maxQueryBytes) return
        if (held.length < 2 + bytes) break
        const answer = await responder.answer(held.subarray(2, 2 + bytes), 'tcp')
        if (answer === undefined) return
        held = held.subarray(2 + bytes)
        const length = Buffer.alloc(2)
        length.writeUInt16BE(answer.length)
        socket.write(Buffer.concat([length, answer]))
      }
    }
    socket.end()
  } catch {
    // The connection has gone.
  } finally {
    if (!socket.writableEnded) socket.destroy()
  }
}

function listenTcp(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
  })
}

function listenUdp(socket: UdpSocket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve()
    })
  })
}

function placeText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

const ownAddresses = new BlockList()
ownAddresses.addSubnet('127.0.0.0', 8, 'ipv4')
ownAddresses.addAddress('::1', 'ipv6')

function readPlace(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):)?(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1'
  const port = Number(match?.[3])
  const family = isIP(host)
  if (match === null || port > 65_535 || family === 0 || !ownAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4')) {
    throw new RunnelError('BAD_ARGUMENT', `${text} is no address of this machine alone to serve DNS on`, {
      hint: 'Write ADDR:PORT, for example 127.0.0.1:5354 or [::1]:5354, or off.',
    })
  }
  return { host, port }
}
