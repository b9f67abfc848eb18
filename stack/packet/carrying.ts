// How packets go to one peer: under the newest keys that it opens, by the best way that there is for these, and what the
// datapath was told of both.

import type { Reason } from '../bytes/index.js'
import { isSameAddress } from './address.js'
import type { DatapathCommand, DatapathEvent, UdpAddress } from './datapath.js'
import { Generations, type HeldGeneration } from './generations.js'
import type { Generation } from './key-agreement.js'
import { TOKEN_BYTES } from './limits.js'
import type { WayStatus } from './status.js'
import { type Label, Ways } from './ways.js'
import { decodeProbe, encodeProbe, type Probe } from './wire/probe.js'

export interface CarryingOptions {
  /** Its number. */
  readonly peer: number
  readonly randomBytes: (count: number) => Uint8Array
  readonly tell: (command: DatapathCommand) => void
  /** From now on packets are sealed under these keys. */
  readonly handleUsed: (held: HeldGeneration) => void
  /** The way in use has answered after so long, where that was to be measured. */
  readonly handleMeasured: (tookUs: number) => void
  /** These keys are forgotten. */
  readonly handleGone: (held: HeldGeneration) => void
}

type UsePath = Extract<DatapathCommand, { type: 'use-path' }>

export class Carrying {
  readonly #options: CarryingOptions
  readonly #generations = new Generations()
  readonly #ways = new Ways()
  /** What the datapath was told last, and which generation that is. */
  #told: UsePath | undefined
  #used: HeldGeneration | undefined
  #isMeasuring = false
  #lostUs: number | undefined

  constructor(options: CarryingOptions) {
    this.#options = options
  }

  /** Whether packets can be sent. */
  get isReady(): boolean {
    return this.#told !== undefined
  }

  /** Since when packets go where nobody is known to be: there was a way, and there is none. Undefined while there is one. */
  get lostUs(): number | undefined {
    return this.#lostUs
  }

  /** What packets go by now, if anything. */
  get way(): WayStatus | undefined {
    if (this.#told === undefined) return undefined
    const { to, datagramBytes } = this.#told
    return { isDirect: this.#ways.isDirect, to, datagramBytes, rttUs: this.#ways.used?.rttUs }
  }

  /** Opens what is sealed under a generation that was agreed. */
  handleAgreed(nowUs: number, conversation: number, generation: Generation): void {
    for (const held of this.#generations.add(nowUs, conversation, generation)) this.#drop(held)
    const { index, opening, sealing } = generation
    this.#options.tell({ type: 'add-keys', index, peer: this.#options.peer, opening, sealing })
  }

  /** The peer opens what is sealed under it. */
  handleSendable(conversation: number, number: number): void {
    this.#generations.handleSendable(conversation, number)
  }

  /** The peer seals under it, and under none before. */
  handleUsed(nowUs: number, conversation: number, number: number): void {
    this.#generations.handleUsed(nowUs, conversation, number)
  }

  /** A conversation is over, and the labels of its channel with it. */
  handleOver(nowUs: number, conversation: number): void {
    for (const held of this.#generations.all) {
      if (held.conversation === conversation) this.#ways.removeLabel(held.generation.remote)
    }
    this.apply(nowUs)
  }

  /** Routers carry to the peer what carries this label, in place of its index. */
  setLabel(nowUs: number, index: number, label: Label): void {
    this.#ways.setLabel(nowUs, index, label)
    this.apply(nowUs)
  }

  removeLabel(nowUs: number, index: number): void {
    this.#ways.removeLabel(index)
    this.apply(nowUs)
  }

  setCandidates(nowUs: number, addresses: readonly UdpAddress[]): void {
    this.#ways.setCandidates(nowUs, addresses)
    this.apply(nowUs)
  }

  /** What was tried in vain may work now. */
  tryAgain(nowUs: number): void {
    this.#ways.tryAgain(nowUs)
    this.apply(nowUs)
  }

  /** Our own addresses have changed. */
  handleMoved(nowUs: number): void {
    this.#ways.handleMoved(nowUs)
    this.apply(nowUs)
  }

  /** Asks on the way in use, as soon as there is one, and tells how long the answer takes. */
  measure(nowUs: number): void {
    this.#isMeasuring = true
    this.#ways.used?.askNow(nowUs)
    this.apply(nowUs)
  }

  handleTooBig(nowUs: number, to: UdpAddress, datagramBytes: number): void {
    this.#ways.handleTooBig(nowUs, to, datagramBytes)
    this.apply(nowUs)
  }

  handleUnreachable(nowUs: number, to: UdpAddress): void {
    this.#ways.handleUnreachable(nowUs, to)
    this.apply(nowUs)
  }

  handleSource(nowUs: number, { index, from }: Extract<DatapathEvent, { type: 'source' }>): void {
    if (this.#handleOpened(index) === undefined) return
    this.#ways.handleSource(nowUs, from)
    this.apply(nowUs)
  }

  /** A reason when it says nothing. */
  handleProbe(nowUs: number, { index, from, content }: Extract<DatapathEvent, { type: 'probe' }>): Reason | undefined {
    const held = this.#handleOpened(index)
    if (held === undefined) return undefined
    const probe = decodeProbe(content)
    if (typeof probe === 'string') return probe
    if (probe.type === 'response') this.#handleAnswer(nowUs, probe.token)
    else {
      this.#probe(held, from, { type: 'response', token: probe.token }, 0)
      this.#ways.handleSource(nowUs, from)
    }
    this.apply(nowUs)
    return undefined
  }

  /** Something that it had sealed was opened: under its only generation, where it has one. */
  handleHeard(nowUs: number): void {
    const [only, second] = this.#generations.all
    if (only === undefined || second !== undefined || only.isSendable) return
    only.isSendable = true
    this.apply(nowUs)
  }

  handleTimeout(nowUs: number): void {
    for (const held of this.#generations.expire(nowUs)) this.#drop(held)
    this.apply(nowUs)
  }

  pollTimeout(): number {
    const asking = this.#asking
    const endUs = this.#generations.pollTimeout()
    return asking === undefined ? endUs : Math.min(endUs, this.#ways.pollTimeout(asking.generation.remote))
  }

  /** Forgets all keys, without a word to the datapath. */
  clear(): void {
    this.#lostUs = undefined
    for (const held of this.#generations.clear()) this.#forget(held)
    this.#told = undefined
    this.#used = undefined
  }

  /** Sends by the best way under the newest keys for which there is one, and asks what is to be asked. */
  apply(nowUs: number): void {
    this.#ask(nowUs)
    const held = this.#generations.newest(({ generation }) => this.#ways.canSend(generation.remote), this.#used)
    const way = held && this.#ways.choose(nowUs, held.generation.remote)
    if (held === undefined || way === undefined) {
      if (this.#told !== undefined) this.#lostUs ??= nowUs
      return
    }
    this.#lostUs = undefined
    const { index } = held.generation
    const { path, remote } = way
    const { datagramBytes } = path.sizes
    const told = this.#told
    const wantsSources = this.#ways.takeWantsSources()
    const isSame = told?.index === index && told.remote === remote && told.datagramBytes === datagramBytes
    if (isSame && isSameAddress(told.to, path.to) && !wantsSources) return
    this.#told = { type: 'use-path', index, to: path.to, remote, datagramBytes }
    this.#options.tell(this.#told)
    // A way that has just come into use has questions of its own.
    this.#ask(nowUs)
    if (this.#used === held) return
    this.#used = held
    this.#options.handleUsed(held)
  }

  /** The generation that questions are sealed under: the newest that the other side opens. */
  get #asking(): HeldGeneration | undefined {
    return this.#generations.newest(() => true)
  }

  #ask(nowUs: number): void {
    const held = this.#asking
    if (held === undefined) return
    for (const { path, datagramBytes } of this.#ways.pollQuestions(nowUs, held.generation.remote)) {
      const token = this.#options.randomBytes(TOKEN_BYTES)
      path.handleAsked(nowUs, token, datagramBytes)
      this.#probe(held, path.to, { type: 'challenge', token }, datagramBytes)
    }
  }

  #handleAnswer(nowUs: number, token: Uint8Array): void {
    const answer = this.#ways.handleAnswer(nowUs, token)
    if (!this.#isMeasuring || answer === undefined || answer.path !== this.#ways.used) return
    this.#isMeasuring = false
    this.#options.handleMeasured(answer.tookUs)
  }

  #probe({ generation }: HeldGeneration, to: UdpAddress, probe: Probe, datagramBytes: number): void {
    const remote = this.#ways.remoteOn(to, generation.remote)
    if (remote === undefined) return
    const content = encodeProbe(probe)
    this.#options.tell({ type: 'probe', index: generation.index, to, remote, content, datagramBytes })
  }

  /** What opens under an index was sealed by who has its keys, so it opens what is sealed under it too. */
  #handleOpened(index: number): HeldGeneration | undefined {
    const held = this.#generations.find(index)
    if (held !== undefined) held.isSendable = true
    return held
  }

  /** The time of a generation is over. */
  #drop(held: HeldGeneration): void {
    this.#options.tell({ type: 'remove-keys', index: held.generation.index })
    this.#forget(held)
    if (this.#used !== held) return
    this.#used = undefined
    this.#told = undefined
  }

  #forget(held: HeldGeneration): void {
    this.#ways.removeLabel(held.generation.remote)
    this.#options.handleGone(held)
  }
}
