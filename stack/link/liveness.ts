// Whether the peer is still there, docs/protocol.md §8: after 15 s in which nothing was heard it is sent a PING; who owes an
// answer or a PONG and says nothing at all for 20 s is dead. Whatever opens counts as heard, so a slow link is not a dead one.

import { Reader, Writer } from '../bytes/index.js'
import { ANSWER_TIMEOUT_US, PING_AFTER_US } from './limits.js'

export const PING_BYTES = 8

/** A new round trip weighs an eighth, as in RFC 6298. */
const NEW_WEIGHT = 1 / 8

export interface LivenessTimeout {
  readonly atUs: number
  /** 'silence': a PING is due. 'answer': the peer is dead unless it is heard before. */
  readonly why: 'silence' | 'answer'
}

export class Liveness {
  #heardUs: number
  #pingedUs = Number.NEGATIVE_INFINITY
  #pingNumber = 0
  #pingOpen = false
  #owedSinceUs: number | undefined
  #rttUs: number | undefined

  constructor(nowUs: number) {
    this.#heardUs = nowUs
  }

  /** Smoothed round trip time; undefined before the first was measured. */
  get rttUs(): number | undefined {
    return this.#rttUs
  }

  /** A round trip that was measured otherwise than by a PING. */
  handleRoundTrip(rttUs: number): void {
    this.#rttUs = this.#rttUs === undefined ? rttUs : this.#rttUs + (rttUs - this.#rttUs) * NEW_WEIGHT
  }

  /** A record of the peer opened. */
  handleHeard(nowUs: number): void {
    this.#heardUs = nowUs
    this.#owedSinceUs = undefined
  }

  /** Something was sent that the peer has to answer. */
  expectAnswer(nowUs: number): void {
    this.#owedSinceUs ??= nowUs
  }

  /** The body of a PING, to be sent now. */
  openPing(nowUs: number): Uint8Array {
    this.#pingedUs = nowUs
    this.#pingOpen = true
    this.#pingNumber++
    this.expectAnswer(nowUs)
    return new Writer(new Uint8Array(PING_BYTES)).u64(this.#pingNumber).bytes()
  }

  /** Measures by the PONG to the last PING. False for a PONG to anything else. */
  handlePong(nowUs: number, body: Uint8Array): boolean {
    const number = new Reader(body).u64()
    if (!this.#pingOpen || number !== this.#pingNumber) return false
    this.#pingOpen = false
    this.handleRoundTrip(nowUs - this.#pingedUs)
    return true
  }

  /** What is due at this time, the most serious first. */
  handleTimeout(nowUs: number): 'dead' | 'ping' | undefined {
    if (this.#owedSinceUs !== undefined && nowUs >= this.#owedSinceUs + ANSWER_TIMEOUT_US) return 'dead'
    return nowUs >= this.#pingAtUs() ? 'ping' : undefined
  }

  pollTimeout(): LivenessTimeout {
    const pingAtUs = this.#pingAtUs()
    const deadAtUs = (this.#owedSinceUs ?? Number.POSITIVE_INFINITY) + ANSWER_TIMEOUT_US
    return deadAtUs <= pingAtUs ? { atUs: deadAtUs, why: 'answer' } : { atUs: pingAtUs, why: 'silence' }
  }

  #pingAtUs(): number {
    return Math.max(this.#heardUs, this.#pingedUs) + PING_AFTER_US
  }
}
