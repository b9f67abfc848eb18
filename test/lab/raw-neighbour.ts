// A neighbour that says whatever a test wants: the real handshake and records, and then any frame. For showing what a node
// does with what no honest node sends.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Frame, openInitiator } from '../../stack/link/index.js'
import { openTestCrypto } from '../provider.js'

const crypto = await openTestCrypto()
const nowUs = (): number => Math.trunc(performance.now() * 1000)

export class RawNeighbour {
  readonly device: Uint8Array
  readonly frames: Frame[] = []
  /** Everything that was written to the socket, for whoever wants to send it again. */
  readonly written: Uint8Array[] = []
  readonly #socket: Socket
  readonly #link: ReturnType<typeof openInitiator>
  #wake: () => void = () => {}
  #answer: ((frame: Frame) => void) | undefined
  #up = false
  down: string | undefined

  private constructor(socket: Socket, device: Uint8Array, link: ReturnType<typeof openInitiator>) {
    this.#socket = socket
    this.device = device
    this.#link = link
    socket.on('data', (bytes: Uint8Array) => {
      link.handleBytes(nowUs(), bytes)
      this.#drain()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.down ??= 'closed'
      this.#wake()
    })
    this.#drain()
  }

  /** Links to a node that listens on 127.0.0.1. */
  static async link(port: number, remoteDevice: Uint8Array, rank = 1): Promise<RawNeighbour> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    const deviceSeed = new Uint8Array(randomBytes(32))
    const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
    const link = openInitiator(crypto, {
      device,
      deviceSeed,
      remoteDevice,
      ephemeralSeed: new Uint8Array(randomBytes(32)),
      nowUs: nowUs(),
      nowMs: Date.now(),
      rank,
      features: 0,
    })
    const neighbour = new RawNeighbour(socket, device, link)
    await neighbour.until(() => neighbour.#up || neighbour.down !== undefined)
    return neighbour
  }

  /** Answers each frame that comes, at once. */
  onFrame(answer: (frame: Frame) => void): void {
    this.#answer = answer
  }

  send(type: number, flags: number, body: Uint8Array, payload?: Uint8Array): void {
    this.#link.sendFrame(type, flags, body, payload)
    this.#drain()
  }

  /** Bytes that are no record. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  #drain(): void {
    for (let event = this.#link.pollEvent(); event !== undefined; event = this.#link.pollEvent()) {
      if (event.kind === 'up') this.#up = true
      else this.down = event.reason
    }
    for (let next = this.#link.pollFrame(); next !== undefined; next = this.#link.pollFrame()) {
      const frame = { ...next, body: next.body.slice() }
      this.frames.push(frame)
      this.#answer?.(frame)
    }
    for (let bytes = this.#link.pollTransmit(); bytes !== undefined; bytes = this.#link.pollTransmit()) {
      this.written.push(bytes)
      this.#socket.write(bytes)
    }
    this.#wake()
  }
}
