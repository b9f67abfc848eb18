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
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false
  state: 'up' | 'connecting' | 'waiting' = 'waiting'
  sinceMs = Date.now()
  lastError: DialFailure | undefined
  nextTryMs: number | undefined

  /** `open` is given each connected socket; its link then reports by `handleUp` and `handleDown`. */
  constructor(neighbour: Neighbour, open: (socket: Socket, upstream: Upstream) => void) {
    this.neighbour = neighbour
    this.#open = open
  }

  dial(): void {
    if (this.#closed) return
    this.#enter('connecting')
    this.nextTryMs = undefined
    const { host, port } = this.neighbour
    const socket = connectSocket({ host, port, noDelay: true })
    const handleError = (error: Error): void => {
      clearTimeout(timer)
      this.handleDown(error.message || 'no connection')
    }
    const timer = setTimeout(() => socket.destroy(new Error('no connection within 8 s')), connectTimeoutMs)
    socket.once('error', handleError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', handleError)
      if (this.#closed) socket.destroy()
      else this.#open(socket, this)
    })
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
  }

  #enter(state: Upstream['state']): void {
    if (this.state === state) return
    this.state = state
    this.sinceMs = Date.now()
  }
}
