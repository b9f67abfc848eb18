// One way to a peer: whether it is known to work, how long its round trip is, what it bears, and what is to be asked on it
// next. It counts as working when a token that was sent on it has come back.

import { equal } from '../bytes/index.js'
import type { UdpAddress } from './datapath.js'
import {
  KEEP_ALIVE_US,
  LIKELY_BYTES_4,
  LIKELY_BYTES_6,
  LOST_LEAST_US,
  LOST_ROUND_TRIPS,
  MAX_OPEN_PROBES,
  PROBE_AGAIN_US,
  PROBE_EVERY_US,
  PUNCH_US,
  SILENT_US,
} from './limits.js'
import { PathSizes } from './path-sizes.js'

/** What a way is at the moment: tried, kept for the time after, or what packets go by. */
export type PathUse = 'tried' | 'spare' | 'used'

/** Questions that stay without an answer before silence says something. */
const LEAST_ASKED = 3
/** For how long a way is tried: what was asked last may take so long. */
export const TRIED_US = (PUNCH_US[PUNCH_US.length - 1] ?? 0) + PROBE_AGAIN_US
/** An answer is late after two round trips, and this for what else there is to do, µs. */
const DOUBT_EXTRA_US = 20_000
const UNKNOWN_RTT_US = 250_000

interface Question {
  readonly token: Uint8Array
  readonly sentUs: number
  /** 0 where the size is not what is asked. */
  readonly datagramBytes: number
}

export class Path {
  /** Where datagrams go. */
  readonly to: UdpAddress
  readonly sizes: PathSizes
  use: PathUse = 'tried'
  /** Questions that may be asked of a way that is tried, in all. */
  mayAsk: number
  /** The last time that it was known to work, or was begun. */
  #heardUs: number
  #isProven = false
  #rttUs: number | undefined
  /** The oldest first. */
  #questions: Question[] = []
  /** Questions since something was heard. */
  #asked = 0
  #askUs: number
  #polledUs: number
  /** Of a way that is tried: the first question, and when it is given up. */
  readonly #begunUs: number
  readonly #endUs: number

  constructor(to: UdpAddress, nowUs: number, mayAsk = PUNCH_US.length, triedUs = TRIED_US) {
    this.to = to
    this.mayAsk = mayAsk
    this.#endUs = nowUs + triedUs
    this.sizes = new PathSizes(to.address.length === 4 ? LIKELY_BYTES_4 : LIKELY_BYTES_6)
    this.#heardUs = nowUs
    this.#begunUs = nowUs
    this.#askUs = nowUs
    this.#polledUs = nowUs
  }

  get isProven(): boolean {
    return this.#isProven
  }

  get heardUs(): number {
    return this.#heardUs
  }

  /** Undefined before the first answer. */
  get rttUs(): number | undefined {
    return this.#rttUs
  }

  /** A way that was tried in vain, or is silent. */
  isGivenUp(nowUs: number): boolean {
    return this.#isProven ? nowUs - this.#heardUs >= SILENT_US && this.#asked >= LEAST_ASKED : nowUs >= this.#endUs
  }

  /** An answer is late: another way that answers is better. */
  isDoubtful(nowUs: number): boolean {
    return nowUs >= this.#doubtUs
  }

  /** Asks at the next occasion, whatever the pace. */
  askNow(nowUs: number): void {
    this.#askUs = Math.min(this.#askUs, nowUs)
  }

  /**
   * The network says that nobody is there. It may lie, so that is asked; once, because the question may be what it was said
   * of, and that would be said of the next one too.
   */
  handleUnreachable(nowUs: number): void {
    if (this.#isProven && !this.#questions.some(({ datagramBytes }) => datagramBytes === 0)) this.askNow(nowUs)
  }

  /** What is to be sent now: the bytes that the datagram of each question is to have, 0 where it does not matter. */
  pollQuestions(nowUs: number): readonly number[] {
    this.#polledUs = nowUs
    this.#forgetLost(nowUs)
    const questions: number[] = []
    const canAsk = this.#canAsk
    const isSizing = this.#questions.some(({ datagramBytes }) => datagramBytes > 0)
    const size = this.use === 'used' && !isSizing ? this.sizes.pollSize(nowUs) : undefined
    // A size that stays away says something only where something else came.
    if (canAsk && (nowUs >= this.#askUs || size !== undefined)) questions.push(0)
    if (size !== undefined) questions.push(size)
    return questions
  }

  handleAsked(nowUs: number, token: Uint8Array, datagramBytes: number): void {
    this.#questions.push({ token, sentUs: nowUs, datagramBytes })
    if (this.#questions.length > MAX_OPEN_PROBES) this.#lose(nowUs, this.#questions.shift())
    if (datagramBytes > 0) return
    this.#asked++
    this.#askUs = nowUs + this.#pauseUs(nowUs)
  }

  /** How long a token that was asked on this way took; its answer says that it works. Undefined: it was asked elsewhere. */
  handleAnswer(nowUs: number, token: Uint8Array): number | undefined {
    const at = this.#questions.findIndex((question) => equal(question.token, token))
    const [question] = at < 0 ? [] : this.#questions.splice(at, 1)
    if (question === undefined) return undefined
    const tookUs = nowUs - question.sentUs
    this.#rttUs = this.#rttUs === undefined ? tookUs : Math.round((7 * this.#rttUs + tookUs) / 8)
    this.#isProven = true
    this.#heardUs = nowUs
    this.#asked = 0
    this.#askUs = nowUs + (this.use === 'spare' ? KEEP_ALIVE_US : PROBE_EVERY_US)
    if (question.datagramBytes > 0) this.sizes.handleArrived(nowUs, question.datagramBytes)
    return tookUs
  }

  /** When there is something to ask, or to give up. */
  pollTimeout(): number {
    let dueUs = this.#canAsk ? this.#askUs : this.#endUs
    for (const { sentUs } of this.#questions) dueUs = Math.min(dueUs, sentUs + this.#lostAfterUs)
    // Doubt that is past has been looked at.
    if (this.#doubtUs > this.#polledUs) dueUs = Math.min(dueUs, this.#doubtUs)
    if (this.use !== 'used') return dueUs
    const isSizing = this.#questions.some(({ datagramBytes }) => datagramBytes > 0)
    return isSizing ? dueUs : Math.min(dueUs, this.sizes.pollTimeout())
  }

  #pauseUs(nowUs: number): number {
    if (this.use !== 'tried') return PROBE_AGAIN_US
    const nextUs = PUNCH_US[this.#asked]
    return nextUs === undefined ? PROBE_AGAIN_US : Math.max(0, this.#begunUs + nextUs - nowUs)
  }

  get #canAsk(): boolean {
    return this.use !== 'tried' || this.#isProven || this.#asked < Math.min(this.mayAsk, PUNCH_US.length)
  }

  get #doubtUs(): number {
    const oldest = this.#questions.find(({ datagramBytes }) => datagramBytes === 0)
    if (oldest === undefined) return Number.POSITIVE_INFINITY
    return oldest.sentUs + 2 * (this.#rttUs ?? UNKNOWN_RTT_US) + DOUBT_EXTRA_US
  }

  get #lostAfterUs(): number {
    return this.#rttUs === undefined ? PROBE_AGAIN_US : Math.max(LOST_LEAST_US, LOST_ROUND_TRIPS * this.#rttUs)
  }

  #forgetLost(nowUs: number): void {
    for (;;) {
      const [oldest] = this.#questions
      if (oldest === undefined || nowUs < oldest.sentUs + this.#lostAfterUs) return
      this.#questions.shift()
      this.#lose(nowUs, oldest)
    }
  }

  #lose(nowUs: number, question: Question | undefined): void {
    if (question === undefined) return
    if (question.datagramBytes === 0) this.askNow(nowUs + PROBE_AGAIN_US)
    else if (this.#heardUs > question.sentUs) this.sizes.handleLost(question.datagramBytes)
  }
}
