// The listeners of the HTTP gateway: sockets with every wait and every count bounded. An address that cannot be had is told,
// and keeps nobody else from running.

import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import { RunnelError } from '../../errors/index.js'
import { Handler, type HandlerOptions } from './handler.js'
import {
  headMs,
  idleMs,
  keepAliveMs,
  maxConnections,
  maxHeadBytes,
  maxRequestsOnConnection,
  requestMs,
} from './limits.js'
import { forgetCookies } from './policy.js'

export interface GatewayOptions extends HandlerOptions {
  /** `ADDR:PORT` of each address; a port alone is one of this machine only. */
  readonly listen: readonly string[]
  /** A TCP socket that listens already, opened by its descriptor and closed with the gateway, and its address to be shown. */
  readonly inherited?: { readonly open: () => number; readonly place: string }
}

/** A gateway that runs; it is also what a node shows of it. */
export interface HttpGateway {
  readonly name: 'http'
  readonly listening: readonly string[]
  readonly problems: readonly string[]
  readonly answers: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Listens wherever it can; `problems` says where it cannot. Throws BAD_ARGUMENT for what is no address. */
export async function openHttpGateway(options: GatewayOptions): Promise<HttpGateway> {
  const places = options.listen.map(readPlace)
  const handler = new Handler(options)
  const servers: Server[] = []
  const listening: string[] = []
  const problems: string[] = []
  const taken: string[] = []
  for (const { host, port } of places) {
    const server = serverOf(handler)
    try {
      listening.push(placeText(host, await bind(server, { host, port, exclusive: true })))
      servers.push(server)
    } catch (error) {
      if (isTaken(error)) taken.push(placeText(host, port))
      else if (!(isAbsent(error) && host === '::1')) problems.push(problemOf(error, host, port))
    }
  }
  // One program has them all, as a rule: another node of this machine.
  if (taken.length > 0) {
    problems.push(`${taken.join(' and ')} ${taken.length === 1 ? 'is' : 'are'} taken by another program`)
  }
  const { inherited } = options
  if (inherited !== undefined) {
    const server = serverOf(handler)
    try {
      await bind(server, { fd: inherited.open() })
      listening.push(inherited.place)
      servers.push(server)
    } catch (error) {
      problems.push(`${inherited.place} cannot be listened on: ${(error as Error).message}`)
    }
  }
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer))
  }
  return { name: 'http', listening, problems, answers: handler.answers, close }
}

function serverOf(handler: Handler): Server {
  const server = createServer(
    {
      maxHeaderSize: maxHeadBytes,
      headersTimeout: headMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 1_000,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    (request, response) => void handler.handle(request, response),
  )
  server.maxConnections = maxConnections
  server.maxRequestsPerSocket = maxRequestsOnConnection
  server.setTimeout(idleMs)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
    const status = badRequests[error.code ?? ''] ?? 400
    handler.count(status)
    // A head that is too long is mostly one with too many cookies.
    const more = status === 431 ? `${forgetCookies.join(': ')}\r\n` : ''
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${more}Connection: close\r\nContent-Length: 0\r\n\r\n`)
    return undefined
  })
  return server
}

const badRequests: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

/** The port that it got. */
function bind(server: Server, at: ListenOptions | { readonly fd: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve((server.address() as AddressInfo).port)
    })
  })
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

/** Whether it is the machine that lacks the address: many have no IPv6, and miss nothing by it. */
function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function problemOf(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException
  const place = placeText(host, port)
  if (isAbsent(error)) return `this machine has no address ${host}`
  if (code === 'EACCES') return `this user may not listen on ${place}`
  return `${place} cannot be listened on: ${message}`
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
}

function placeText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function readPlace(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new RunnelError('BAD_ARGUMENT', `${text} is no address to serve HTTP on`, {
      hint: 'Write ADDR:PORT, for example 127.0.0.1:7280 or [::1]:7280, or off.',
    })
  }
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port }
}
