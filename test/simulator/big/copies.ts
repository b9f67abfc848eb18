// Counts how often each chunk crosses each link: the whole point of the network is that for any number of readers at the
// same time it is once.

import type { ComposedNode } from '../../../node/composed.js'
import { Reader, toHex } from '../../../stack/bytes/index.js'
import { decodeInterest, FrameType } from '../../../stack/forward/wire/index.js'
import type { Computer } from '../computer.js'
import type { World } from '../world.js'

export class Copies {
  readonly #world: World
  #isCounting = false
  /** The chunk that a token asks for, by asker, asked and token. */
  readonly #asked = new Map<string, string>()
  /** How often a chunk crossed a link, by sender, receiver and name. */
  readonly #crossed = new Map<string, number>()
  /** Chunks that were begun to be sent. */
  sent = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Begins to count anew. */
  begin(): void {
    this.#isCounting = true
    this.#crossed.clear()
    this.sent = 0
  }

  /** Ends counting, and names the links that a chunk crossed more than once. */
  end(): string[] {
    this.#isCounting = false
    this.#asked.clear()
    return [...this.#crossed].filter(([, times]) => times > 1).map(([what, times]) => `${what} crossed ${times} times`)
  }

  /** Follows a node from its start on. */
  watch(computer: Computer, { carrier }: ComposedNode): void {
    const send = carrier.send.bind(carrier)
    carrier.send = (id, type, flags, head, payload) => {
      const link = this.#isCounting ? carrier.links.get(id) : undefined
      if (link !== undefined) {
        const to = this.#world.nameOf(link.device)
        if (type === FrameType.interest) this.#handleInterest(computer.name, to, head)
        else if (type === FrameType.data) this.#handleData(computer.name, to, head)
      }
      return send(id, type, flags, head, payload)
    }
  }

  #handleInterest(from: string, to: string, body: Uint8Array): void {
    const interest = decodeInterest(body)
    if (typeof interest === 'string' || interest.question.kind !== 'chunk') return
    this.#asked.set(`${from}>${to} ${interest.token}`, toHex(interest.key))
  }

  /** `token u32 | offset u32 | …` (docs/protocol.md §10.2): the first piece stands for all of it. */
  #handleData(from: string, to: string, head: Uint8Array): void {
    const reader = new Reader(head)
    const [token, offset] = [reader.u32(), reader.u32()]
    const asked = `${to}>${from} ${token}`
    const name = this.#asked.get(asked)
    if (name === undefined || offset !== 0) return
    this.#asked.delete(asked)
    const crossing = `${from}>${to} ${name}`
    this.#crossed.set(crossing, (this.#crossed.get(crossing) ?? 0) + 1)
    this.sent++
  }
}
