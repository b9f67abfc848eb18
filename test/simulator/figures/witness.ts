// Watches honest nodes from outside: checks by itself every answer that one sends and everything that one is about to
// store, and counts how often each chunk crosses each link.

import { concat, equal, KeyMap, Reader, toHex } from '../../../stack/bytes/index.js'
import type { Crypto } from '../../../stack/crypto/index.js'
import { checkChunk, decodeHead, headBytes, openHeldHead, verifyHead } from '../../../stack/data/index.js'
import {
  type Data,
  DataFlag,
  decodeData,
  decodeInterest,
  type Event,
  FrameType,
  type Interest,
  InterestFlag,
} from '../../../stack/forward/index.js'
import { encodeNameAnswer, haveOf, verifyNameAnswer } from '../../../stack/name/index.js'
import type { Computer } from '../computer.js'
import type { World } from '../world.js'

type Stored = Extract<Event, { kind: 'store' }>

const NOTHING = new Uint8Array(0)

export class Witness {
  /** What was sent or stored and does not verify. */
  readonly unverified: string[] = []
  /** Answers and stored things that were checked. */
  checked = 0
  /** Heads whose length at one reader or store went down. */
  readonly regressions: string[] = []
  readonly #crypto: Crypto
  readonly #world: World
  /** Whole open pages by their hash, as honest nodes hold them. */
  readonly #pages = new KeyMap<Uint8Array>(new Uint8Array(8))
  readonly #copies = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
    this.#crypto = world.crypto
  }

  /** How often a chunk crossed one link at most, and how many times chunks crossed links in all. */
  get copies(): { readonly most: number; readonly crossings: number } {
    let most = 0
    let crossings = 0
    for (const count of this.#copies.values()) {
      most = Math.max(most, count)
      crossings += count
    }
    return { most, crossings }
  }

  /** Watches the node that runs on it now. */
  watch(computer: Computer): void {
    const { node } = computer
    if (node === undefined) throw new Error(`${computer.name} does not run`)
    const { hub, carrier, content } = node
    const asked = new Map<string, Interest>()
    const live = new WeakSet<Interest>()
    const pieces = new Map<string, Uint8Array>()
    const handleFrame = hub.handleFrame.bind(hub)
    hub.handleFrame = (id, frame) => {
      const interest = frame.type === FrameType.interest ? decodeInterest(frame.body.slice()) : 'other'
      if (typeof interest !== 'string') asked.set(`${id} ${interest.token}`, interest)
      // What is asked live is answered again and again.
      if (typeof interest !== 'string' && (frame.flags & InterestFlag.live) !== 0) live.add(interest)
      handleFrame(id, frame)
    }
    const send = carrier.send.bind(carrier)
    carrier.send = (id, type, flags, head, payload) => {
      const data = type === FrameType.data ? decodeData(concat(head, payload ?? NOTHING)) : 'other'
      if (typeof data !== 'string') {
        const key = `${id} ${data.token}`
        const interest = asked.get(key)
        const whole = concat(pieces.get(key) ?? NOTHING, data.payload)
        if (whole.length < data.total) pieces.set(key, whole)
        else {
          pieces.delete(key)
          if (interest === undefined || !live.has(interest)) asked.delete(key)
          const to = this.#world.nameOf(carrier.links.get(id)?.device ?? NOTHING)
          this.#handleAnswer(computer, to, interest, whole, flags, data)
        }
      }
      return send(id, type, flags, head, payload)
    }
    const findHead = content.findHead.bind(content)
    content.findHead = (log) => {
      const stored = findHead(log)
      if (stored !== undefined) this.#pages.set(stored.held.head.openPage, stored.held.page)
      return stored
    }
    const handleStored = content.handleStored.bind(content)
    const lengths = new KeyMap<number>(new Uint8Array(8))
    content.handleStored = (event) => {
      this.#handleStored(computer, event, lengths)
      handleStored(event)
    }
  }

  #handleAnswer(
    from: Computer,
    to: string,
    interest: Interest | undefined,
    payload: Uint8Array,
    flags: number,
    data: Data,
  ): void {
    this.checked++
    if (interest === undefined) {
      this.unverified.push(`${from.name} answered ${to} what was not asked`)
      return
    }
    const { key, question } = interest
    if (question.kind === 'chunk') {
      const crossing = `${from.name}>${to} ${toHex(key)}`
      this.#copies.set(crossing, (this.#copies.get(crossing) ?? 0) + 1)
    }
    const problem =
      question.kind === 'chunk'
        ? checkChunk(this.#crypto, key, payload)
        : question.kind === 'head'
          ? this.#headProblem(key, payload, flags, from)
          : this.#nameProblem(key, payload, from)
    if (problem !== undefined) {
      this.unverified.push(`${from.name} sent ${to} a ${question.kind} (${data.total} bytes): ${problem}`)
    }
  }

  #headProblem(log: Uint8Array, payload: Uint8Array, flags: number, { skewMs }: Computer): string | undefined {
    const reader = new Reader(payload)
    const head = decodeHead(reader.lp16(headBytes))
    const [other, otherPage] = [reader.lp16(headBytes), reader.lp16(61_440)]
    const rest = reader.rest()
    if (typeof head === 'string') return head
    if (!equal(head.log, log)) return 'of another log'
    const nowMs = this.#nowMs(skewMs)
    const refused = verifyHead(this.#crypto, head, nowMs)
    if (refused !== undefined) return refused
    if (other.length > 0) {
      const held = openHeldHead(this.#crypto, nowMs, log, other, otherPage)
      if (typeof held === 'string') return `other head: ${held}`
      if ((flags & DataFlag.conflict) === 0) return 'another head without CONFLICT'
    }
    const page = equal(this.#crypto.hash(rest), head.openPage) ? rest : this.#pages.get(head.openPage)
    if (page === undefined) return 'an open page that nobody holds'
    return equal(page.subarray(page.length - rest.length), rest) ? undefined : 'runs that are not of its page'
  }

  #nameProblem(name: Uint8Array, payload: Uint8Array, { skewMs }: Computer): string | undefined {
    const merged = verifyNameAnswer(this.#crypto, this.#nowMs(skewMs), name, undefined, payload)
    return typeof merged === 'string' ? merged : undefined
  }

  #handleStored({ name, skewMs }: Computer, event: Stored, lengths: KeyMap<number>): void {
    this.checked++
    let problem: string | undefined
    if (event.what === 'chunk') problem = checkChunk(this.#crypto, event.name, event.bytes)
    if (event.what === 'head') {
      const { held, log } = event
      this.#pages.set(held.head.openPage, held.page)
      const opened = openHeldHead(this.#crypto, this.#nowMs(skewMs), log, held.headBytes, held.page)
      if (typeof opened === 'string') problem = opened
      const before = lengths.get(log) ?? 0
      if (held.head.length < before) this.regressions.push(`${name}: ${held.head.length} after ${before}`)
      lengths.set(log, held.head.length)
    }
    if (event.what === 'name') {
      const answer = encodeNameAnswer(event.state, haveOf(undefined))
      const merged = verifyNameAnswer(this.#crypto, this.#nowMs(skewMs), event.name, undefined, answer)
      if (typeof merged === 'string') problem = merged
    }
    if (problem !== undefined) this.unverified.push(`${name} stored a ${event.what}: ${problem}`)
  }

  #nowMs(skewMs: number): number {
    return 1_750_000_000_000 + Math.floor(this.#world.time.nowUs / 1_000) + skewMs
  }
}
