// One configured upstream: dials it, dials again with back-off when the link ends, and remembers why for `peers`.

import type { Neighbour } from '../../stack/name/index.js'
import type { ByteSocket, Outside, Timer } from '../outside.js'
import {
  connectTimeoutMs,
  hangingDialMs,
  redialFirstMs,
  redialGrowth,
  redialLongestMs,
  steadyLinkMs,
} from './limits.js'

export interface DialFailure {
  readonly text: string
  readonly atMs: number
}

/** What dialling needs of the world. */
export type UpstreamOutside = Pick<Outside, 'time' | 'sockets' | 'randomBytes'>

export class Upstream {
  readonly neighbour: Neighbour
  readonly #outside: UpstreamOutside
  readonly #open: (socket: ByteSocket, upstream: Upstream) => void
  readonly #isLinked: (device: Uint8Array) => boolean
  #timer: Timer | undefined
  #dialling: ByteSocket | undefined
  #failures = 0
  #closed = false
  state: 'up' | 'connecting' | 'waiting' = 'waiting'
  sinceMs: number
  lastError: DialFailure | undefined
  nextTryMs: number | undefined

  /**
   * `open` is given each connected socket; its link then reports by `handleUp` and `handleDown`. `isLinked` says whether
   * another address of the same device is up: then this one waits, because the device keeps one link from us.
   */
  constructor(
    outside: UpstreamOutside,
    neighbour: Neighbour,
    open: (socket: ByteSocket, upstream: Upstream) => void,
    isLinked: (device: Uint8Array) => boolean,
  ) {
    this.neighbour = neighbour
    this.#open = open
    this.#isLinked = isLinked
    this.#outside = outside
    this.sinceMs = this.#nowMs
  }

  dial(): void {
    if (this.#closed) return
    if (this.#isLinked(this.neighbour.device)) {
      this.handleDown('another address of this device is linked')
      return
    }
    this.#enter('connecting')
    this.nextTryMs = undefined
    const { host, port } = this.neighbour
    const socket = this.#outside.sockets.connect({ host, port })
    this.#dialling = socket
    const handleError = (error: Error): void => {
      timer.cancel()
      this.#dialling = undefined
      this.handleDown(error.message || 'no connection')
    }
    const late = new Error(`no connection within ${connectTimeoutMs / 1000} s`)
    const timer = this.#outside.time.after(connectTimeoutMs, () => socket.destroy(late))
    socket.once('error', handleError)
    socket.once('connect', () => {
      timer.cancel()
      socket.removeListener('error', handleError)
      this.#dialling = undefined
      this.#open(socket, this)
    })
    socket.once('close', () => timer.cancel())
  }

  handleUp(): void {
    this.#enter('up')
  }

  /** The link or the attempt has ended; `text` says why. */
  handleDown(text: string): void {
    if (this.#closed) return
    this.lastError = { text, atMs: this.#nowMs }
    // A link that ends as soon as it is there is a failure too: another node with our key, or a router that goes under.
    if (this.state === 'up' && this.#nowMs - this.sinceMs >= steadyLinkMs) this.#failures = 0
    this.#enter('waiting')
    const delayMs = Math.min(redialLongestMs, redialFirstMs * redialGrowth ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 32)
    const waitMs = delayMs * (1 + (this.#outside.randomBytes(1)[0] ?? 0) / 1024)
    this.nextTryMs = this.#nowMs + waitMs
    this.#timer = this.#outside.time.after(waitMs, () => this.dial())
  }

  /** This machine has other addresses: what waits is tried now, and an attempt that hangs is begun anew. */
  hurry(): void {
    if (this.#closed || this.state === 'up') return
    this.#failures = 0
    if (this.state === 'waiting') {
      this.#timer?.cancel()
      this.dial()
    } else if (this.#nowMs - this.sinceMs >= hangingDialMs) {
      this.#dialling?.destroy(new Error('the addresses of this machine have changed'))
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#dialling?.destroy()
  }

  get #nowMs(): number {
    return this.#outside.time.now().nowMs
  }

  #enter(state: Upstream['state']): void {
    if (this.state === state) return
    this.state = state
    this.sinceMs = this.#nowMs
  }
}
