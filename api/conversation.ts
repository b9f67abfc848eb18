// A conversation with a device's service: a sealed duplex stream of bytes, as a program sees it.

import { Duplex } from 'node:stream'
import { toRunnelError } from '../errors/index.js'
import type { CallInput } from './input.js'
import type { ItemCall } from './item-queue.js'
import type { ConversationPeer, ConversationTotal } from './protocol/index.js'

export type ConversationMethod = 'dial' | 'accept'

/**
 * Iterate it once for what the other side writes, in order, in whatever pieces; it ends when the other side has ended. What
 * fails, fails with CONVERSATION_RESET (the other side gave it up) or CONVERSATION_LOST (no way to it was found in time).
 */
export class Conversation implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly peer: ConversationPeer
  readonly #call: Pick<ItemCall<ConversationMethod>, 'result' | 'bufferedBytes'>
  readonly #items: AsyncIterator<unknown>
  readonly #input: CallInput

  /** `items` is positioned behind what said who the peer is. */
  constructor(
    peer: ConversationPeer,
    call: Pick<ItemCall<ConversationMethod>, 'result' | 'bufferedBytes'>,
    items: AsyncIterator<unknown>,
    input: CallInput,
  ) {
    this.peer = peer
    this.#call = call
    this.#items = items
    this.#input = input
  }

  /** Resolves, with what went over it, when both sides have ended; rejects as reading does. */
  get result(): Promise<ConversationTotal> {
    return this.#call.result
  }

  /** Bytes that have arrived and were not taken yet. */
  get bufferedBytes(): number {
    return this.#call.bufferedBytes
  }

  /** Resolves when more may be written: a reader at the other end that does not read holds it back. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#input.write(bytes)
  }

  /** Nothing more is written; the other side may go on. Resolves when both have ended. */
  async end(): Promise<ConversationTotal> {
    this.#input.end()
    return this.result
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = await this.#items.next()
      if (next.done === true) return
      // The other side has ended; this one may go on.
      if (!(next.value instanceof Uint8Array)) return
      yield next.value
    }
  }

  /** Gives it up; the other side is told, unless both had ended. */
  async close(): Promise<void> {
    await this.#items.return?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** A Node stream of both directions: ending it is `end`, destroying it gives the conversation up. */
export function toDuplex(conversation: Conversation): Duplex {
  const reading = conversation[Symbol.asyncIterator]()
  return new Duplex({
    async read() {
      try {
        const next = await reading.next()
        this.push(next.done === true ? null : next.value)
      } catch (error) {
        this.destroy(toRunnelError(error))
      }
    },
    write(chunk: Uint8Array, _encoding, done) {
      conversation.write(chunk).then(() => done(), done)
    },
    final(done) {
      // Both ends are awaited by whoever reads; here it is enough that nothing more is written.
      conversation.end().catch(() => {})
      done()
    },
    destroy(error, done) {
      conversation.close().then(
        () => done(error),
        () => done(error),
      )
    },
  })
}
