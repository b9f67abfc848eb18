// An upstream that answers whatever a test wants: the real handshake and records, and then any Data or Nack. For showing
// what a reader does with what no honest router sends.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import {
  DataFlag,
  decodeInterest,
  encodeDataHead,
  encodeNack,
  FrameType,
  type Interest,
  MAX_PIECE_BYTES,
  type NackReason,
} from '../../stack/forward/index.js'
import { openResponder } from '../../stack/link/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import { openTestCrypto } from '../provider.js'

const crypto = await openTestCrypto()
const nowUs = (): number => Math.trunc(performance.now() * 1000)

/** The payload of a Data (with how old it is said to be), a Nack, or nothing at all. */
export type RawAnswer = Uint8Array | { readonly payload: Uint8Array; readonly ageS: number } | NackReason | undefined

export class RawRouter {
  /** `KEY@ADDR:PORT`. */
  readonly upstream: string
  readonly device: string
  readonly asked: Interest[] = []
  /** What it says to each Interest. */
  answer: (interest: Interest) => RawAnswer = () => 'NoRoute'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, deviceSeed: Uint8Array, port: number) {
    this.#server = server
    const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
    this.device = encodeText(crypto, TextKind.device, device)
    this.upstream = `${this.device}@127.0.0.1:${port}`
    server.on('connection', (socket) => this.#accept(socket, device, deviceSeed))
  }

  static async listen(): Promise<RawRouter> {
    const server = createServer({ noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('the raw router has no port')
    return new RawRouter(server, new Uint8Array(randomBytes(32)), address.port)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(socket: Socket, device: Uint8Array, deviceSeed: Uint8Array): void {
    this.#sockets.add(socket)
    const link = openResponder(crypto, {
      device,
      deviceSeed,
      ephemeralSeed: new Uint8Array(randomBytes(32)),
      nowUs: nowUs(),
      nowMs: Date.now(),
      rank: 0,
      features: 0,
      isReplay: () => false,
      remember: () => {},
    })
    const drain = (): void => {
      for (let frame = link.pollFrame(); frame !== undefined; frame = link.pollFrame()) {
        const interest = frame.type === FrameType.interest ? decodeInterest(frame.body.slice()) : 'bad-type'
        if (typeof interest === 'string') continue
        this.asked.push(interest)
        for (const { type, flags, head, payload } of framesOf(interest, this.answer(interest))) {
          link.sendFrame(type, flags, head, payload)
        }
      }
      for (let bytes = link.pollTransmit(); bytes !== undefined; bytes = link.pollTransmit()) socket.write(bytes)
    }
    socket.on('data', (bytes: Uint8Array) => {
      link.handleBytes(nowUs(), bytes)
      drain()
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function* framesOf({ token }: Interest, answer: RawAnswer) {
  const bytesAllowed = 4_194_304
  if (answer === undefined) return
  if (typeof answer === 'string') {
    yield { type: FrameType.nack, flags: 0, head: encodeNack({ token, reason: answer, retryMs: 0, bytesAllowed }) }
    return
  }
  const { payload, ageS } = answer instanceof Uint8Array ? { payload: answer, ageS: 0 } : answer
  for (let offset = 0; offset < payload.length; offset += MAX_PIECE_BYTES) {
    const head = encodeDataHead({ token, offset, total: payload.length, bytesAllowed, hops: 1, ageS })
    const piece = payload.subarray(offset, offset + MAX_PIECE_BYTES)
    yield { type: FrameType.data, flags: DataFlag.cached, head, payload: piece }
  }
}
