// One configured upstream: dials it, dials again with back-off when the link ends, and remembers why for `peers`.

import { connect as connectSocket, type Socket } from 'node:net'
import type { Neighbour } from '../../stack/name/index.js'
import { connectTimeoutMs, redialFirstMs, redialLongestMs } from './limits.js'

export interface DialFailure {
  readonly text: string
  readonly atMs: number
}

export class Upstream {
  readonly neighbour: Neighbour
  readonly #open: (socket: Socket, upstream: Upstream) => void
  readonly #isLinked: (device: Uint8Array) => boolean
  #timer: NodeJS.Timeout | undefined
  #dialling: Socket | undefined
  #failures = 0
  #closed = false
  state: 'up' | 'connecting' | 'waiting' = 'waiting'
  sinceMs = Date.now()
  lastError: DialFailure | undefined
  nextTryMs: number | undefined

  /**
   * `open` is given each connected socket; its link then reports by `handleUp` and `handleDown`. `isLinked` says whether
   * another address of the same device is up: then this one waits, because the device keeps one link from us.
   */
  constructor(
    neighbour: Neighbour,
    open: (socket: Socket, upstream: Upstream) => void,
    isLinked: (device: Uint8Array) => boolean,
  ) {
    this.neighbour = neighbour
    this.#open = open
    this.#isLinked = isLinked
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
    const socket = connectSocket({ host, port, noDelay: true })
    this.#dialling = socket
    const handleError = (error: Error): void => {
      clearTimeout(timer)
      this.#dialling = undefined
      this.handleDown(error.message || 'no connection')
    }
    const late = new Error(`no connection within ${connectTimeoutMs / 1000} s`)
    const timer = setTimeout(() => socket.destroy(late), connectTimeoutMs)
    socket.once('error', handleError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', handleError)
      this.#dialling = undefined
      this.#open(socket, this)
    })
    socket.once('close', () => clearTimeout(timer))
  }

  handleUp(): void {
    this.#failures = 0
    this.#enter('up')
  }

  /** The link or the attempt has ended; `text` says why. */
  handleDown(text: string): void {
    if (this.#closed) return
    this.lastError = { text, atMs: Date.now() }
    this.#enter('waiting')
    const delayMs = Math.min(redialLongestMs, redialFirstMs * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 16)
    const waitMs = delayMs * (1 + Math.random() / 4)
    this.nextTryMs = Date.now() + waitMs
    this.#timer = setTimeout(() => this.dial(), waitMs)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#dialling?.destroy()
  }

  #enter(state: Upstream['state']): void {
    if (this.state === state) return
    this.state = state
    this.sinceMs = Date.now()
  }
}
