// The input of one call, from whoever writes to the channel: never more of it than the node has asked for.

import type { RunnelError } from '../errors/index.js'
import { itemCost, maxInputBytes } from './protocol/index.js'

/** Writes to a call. Pieces may be cut; the bytes are copied when they leave. */
export interface CallInput {
  /** Resolves when more may be written. Throws what the call ended with. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
}

export class InputQueue implements CallInput {
  readonly #send: (frame: { readonly input: Uint8Array } | { readonly inputEnd: true }) => void
  #credit = 0
  #ended = false
  #over: RunnelError | 'over' | undefined
  #waiting: (() => void)[] = []
  /** Writes are taken one after the other. */
  #last: Promise<void> = Promise.resolve()

  constructor(send: (frame: { readonly input: Uint8Array } | { readonly inputEnd: true }) => void) {
    this.#send = send
  }

  /** The node takes more. */
  handleWants(bytes: number): void {
    this.#credit += bytes
    this.#wake()
  }

  /** The call has ended: what is written from now on is for nobody, or fails as the call did. */
  handleOver(error: RunnelError | undefined): void {
    this.#over ??= error ?? 'over'
    this.#wake()
  }

  write(bytes: Uint8Array): Promise<void> {
    const written = this.#last.then(() => this.#write(bytes))
    this.#last = written.catch(() => {})
    return written
  }

  end(): void {
    void this.#last.then(() => {
      if (this.#ended || this.#over !== undefined) return
      this.#ended = true
      this.#send({ inputEnd: true })
    })
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += maxInputBytes) {
      while (this.#credit <= 0 && this.#over === undefined) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      if (this.#over === 'over') return
      if (this.#over !== undefined) throw this.#over
      const input = bytes.subarray(at, at + maxInputBytes)
      this.#credit -= itemCost(input)
      this.#send({ input })
    }
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }
}
