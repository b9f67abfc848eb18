// The generations of keys of one peer that are in the datapath: which of them may seal, and when each is forgotten. No key
// is given to a datapath twice, since the counter of what it seals would begin again.

import type { Generation } from './key-agreement.js'
import { LAST_KEYS_US, MAX_GENERATIONS, PREVIOUS_US } from './limits.js'

export interface HeldGeneration {
  /** In which it was agreed. */
  readonly conversation: number
  readonly generation: Generation
  /** The other side opens what it seals. */
  isSendable: boolean
  /** When it is forgotten. */
  endUs: number
}

export class Generations {
  /** The oldest first. */
  #held: HeldGeneration[] = []

  get all(): readonly HeldGeneration[] {
    return this.#held
  }

  /** The newest that may seal, where `fits` says so; none before the one that is used: nobody goes back. */
  newest(fits: (held: HeldGeneration) => boolean, used?: HeldGeneration): HeldGeneration | undefined {
    const from = used === undefined ? 0 : this.#held.indexOf(used)
    return this.#held.slice(Math.max(0, from)).findLast((held) => held.isSendable && fits(held))
  }

  find(index: number): HeldGeneration | undefined {
    return this.#held.find(({ generation }) => generation.index === index)
  }

  /** Gives those that make room. */
  add(nowUs: number, conversation: number, generation: Generation): HeldGeneration[] {
    this.#held.push({ conversation, generation, isSendable: false, endUs: nowUs + LAST_KEYS_US })
    return this.#held.splice(0, this.#held.length - MAX_GENERATIONS)
  }

  handleSendable(conversation: number, number: number): void {
    const held = this.#find(conversation, number)
    if (held !== undefined) held.isSendable = true
  }

  /** The other side uses one: those before it are opened for a while only. */
  handleUsed(nowUs: number, conversation: number, number: number): void {
    const at = this.#held.findIndex((held) => held.conversation === conversation && held.generation.number === number)
    for (const held of this.#held.slice(0, Math.max(0, at))) held.endUs = Math.min(held.endUs, nowUs + PREVIOUS_US)
  }

  /** Takes out those whose time is over. */
  expire(nowUs: number): HeldGeneration[] {
    const ended = this.#held.filter(({ endUs }) => nowUs >= endUs)
    this.#held = this.#held.filter(({ endUs }) => nowUs < endUs)
    return ended
  }

  /** Takes all out. */
  clear(): HeldGeneration[] {
    const held = this.#held
    this.#held = []
    return held
  }

  pollTimeout(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#held.map(({ endUs }) => endUs))
  }

  #find(conversation: number, number: number): HeldGeneration | undefined {
    return this.#held.find((held) => held.conversation === conversation && held.generation.number === number)
  }
}
