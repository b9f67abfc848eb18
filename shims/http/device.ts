// Requests that are for a device itself, because its name has no site: they go on to port 80 of the device, as they are, and
// its answer comes back as it is. From certain ports, or they would only come back to us.

import { randomInt } from 'node:crypto'
import { type IncomingMessage, request as requestOf, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { RunnelError } from '../../errors/index.js'
import { answerError, type Exchange } from './exchange.js'
import { deviceConnectMs, passingPorts } from './limits.js'

const webPort = 80

/** Headers that are about one connection (RFC 9110 section 7.6.1). */
const hops: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Resolves when it is answered, or the connection gone; rejects when the answer breaks off. */
export async function handToDevice(
  exchange: Pick<Exchange, 'request' | 'response' | 'signal' | 'around'>,
  address: string,
): Promise<void> {
  const { request, response, signal } = exchange
  let answer: IncomingMessage
  try {
    const socket = await connectPast(address, signal)
    answer = await ask(socket, request, signal)
  } catch (error) {
    if (signal.aborted) return
    const text = `the name has no site, and its device does not answer: ${(error as Error).message}`
    return answerError(exchange, new RunnelError('NETWORK_DOWN', text), 502)
  }
  await pass(answer, response)
}

/** Its head has come when it resolves. */
function ask(socket: Socket, request: IncomingMessage, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url } = request
    const headers = onward(request.rawHeaders)
    const asked = requestOf({ createConnection: () => socket, method, path: url, headers, setHost: false, signal })
    asked.once('response', resolve)
    asked.on('error', reject)
    request.pipe(asked)
  })
}

async function pass(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, onward(answer.rawHeaders))
  await pipeline(answer, response)
}

/** Names and values in turn, without what is about one connection. */
function onward(raw: readonly string[]): string[] {
  return raw.filter((_, at) => !hops.has(raw[at - (at % 2)]?.toLowerCase() ?? ''))
}

/** A port that is taken is no reason to give up: there are thousands. */
async function connectPast(address: string, signal: AbortSignal): Promise<Socket> {
  for (let tries = 8; ; tries -= 1) {
    try {
      return await connectFrom(randomInt(passingPorts.first, passingPorts.last + 1), address, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 0) throw error
    }
  }
}

function connectFrom(localPort: number, host: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: webPort, localPort, signal })
    socket.setTimeout(deviceConnectMs, () => socket.destroy(new Error('no answer in time')))
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}
