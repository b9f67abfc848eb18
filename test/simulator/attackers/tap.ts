// The switch: what a node is asked, what it sends, and what it says that it holds can be changed from outside, while all
// the rest of it stays as honest as it was built.

import type { ComposedNode } from '../../../node/composed.js'
import { concat, KeyMap } from '../../../stack/bytes/index.js'
import type { StoredHead, StoredName } from '../../../stack/forward/index.js'
import {
  type AnnouncedRoute,
  type Data,
  decodeAnnounce,
  decodeData,
  decodeInterest,
  encodeAnnounce,
  encodeDataHead,
  encodeInterest,
  encodeNack,
  FrameType,
  type Interest,
  InterestFlag,
  MAX_PIECE_BYTES,
  type NackReason,
} from '../../../stack/forward/index.js'
import type { NameState } from '../../../stack/name/index.js'
import type { Computer } from '../computer.js'
import type { World } from '../world.js'
import type { HandLog } from './hand-log.js'

/** An Interest of a neighbour. */
export interface Asked {
  readonly link: number
  readonly flags: number
  readonly interest: Interest
}

/** A frame that is about to leave, of which DATA is decoded. */
export interface Leaving {
  readonly link: number
  readonly type: number
  readonly flags: number
  readonly body: Uint8Array
  readonly data: Data | undefined
  /** The Interest that it answers, where that is known. */
  readonly asked: Asked | undefined
}

/** Open Interests that are remembered for each link, live ones as well when they were answered; of more the oldest are forgotten. */
const maxAsked = 8_192

/** Answers of the attacker's own grant the most, so that many more questions come. */
const GENEROUS_BYTES = 4_194_304

export class Tap {
  readonly node: ComposedNode
  readonly world: World
  readonly deeds = new Map<string, number>()
  /** Told each Interest. True: the attacker has dealt with it. Another Interest: that is what the node hears. */
  handleAsked: ((asked: Asked) => boolean | Interest) | undefined
  /** Told each route that a neighbour announces. */
  handleRoute: ((route: AnnouncedRoute) => void) | undefined
  /** Told each frame that leaves: true lets it, false drops it; else the attacker has sent what it wanted by itself. */
  handleLeaving: ((leaving: Leaving) => boolean) | undefined
  /** Told once that the attack is over. */
  handleStop: (() => void) | undefined
  findHead: ((log: Uint8Array, honest: StoredHead | undefined) => StoredHead | undefined) | undefined
  findName: ((name: Uint8Array, honest: StoredName | undefined) => StoredName | undefined) | undefined
  /** Logs and names that it gives as if it had written them. */
  readonly logs = new KeyMap<HandLog>(new Uint8Array(8))
  readonly names = new KeyMap<() => NameState>(new Uint8Array(8))
  /** Chunks that it has beside those of its store. */
  readonly extra = new KeyMap<Uint8Array>(new Uint8Array(8))
  readonly #computer: Computer
  readonly #asked = new Map<number, Map<number, Asked>>()
  #sendFrame: ComposedNode['carrier']['send']
  #stopped = false

  constructor(computer: Computer, world: World) {
    const { node } = computer
    if (node === undefined) throw new Error(`${computer.name} does not run`)
    this.#computer = computer
    this.node = node
    this.world = world
    this.#sendFrame = node.carrier.send.bind(node.carrier)
    this.#tapFrames()
    this.#tapContent()
  }

  /** Whether the process that it was applied to still runs, and still attacks. */
  get alive(): boolean {
    return !this.#stopped && this.#computer.node === this.node
  }

  stop(): void {
    this.#stopped = true
    this.handleStop?.()
  }

  count(deed: string, times = 1): void {
    this.deeds.set(deed, (this.deeds.get(deed) ?? 0) + times)
  }

  /** Numbers of the links that are up. */
  links(): number[] {
    return [...this.node.carrier.links.keys()]
  }

  /** Numbers of the links to its upstreams. */
  upstreams(): number[] {
    return [...this.node.carrier.links.values()].filter(({ upstream }) => upstream).map(({ id }) => id)
  }

  /** Calls after virtual time, unless it is over by then. */
  after(us: number, call: () => void): void {
    this.world.time.after(us, () => {
      if (this.alive) call()
    })
  }

  /** Sends a frame past the node's own queues. */
  send(link: number, type: number, flags: number, body: Uint8Array, payload?: Uint8Array): boolean {
    const sent = this.#sendFrame(link, type, flags, body, payload)
    this.node.carrier.links.get(link)?.connection.flush()
    return sent
  }

  /** Answers an Interest with any bytes, in as many pieces as they need. */
  answer(
    { link, interest }: Asked,
    payload: Uint8Array,
    { flags = 0, ageS = 0, hops = 1 }: { flags?: number; ageS?: number; hops?: number } = {},
  ): void {
    for (let offset = 0; offset < payload.length; offset += MAX_PIECE_BYTES) {
      const head = { token: interest.token, offset, total: payload.length, bytesAllowed: GENEROUS_BYTES, hops, ageS }
      this.send(link, FrameType.data, flags, encodeDataHead(head), payload.subarray(offset, offset + MAX_PIECE_BYTES))
    }
  }

  /** As `answer`, but to who asked for less than that it says so, as an honest node does. */
  answerFitting(asked: Asked, payload: Uint8Array): void {
    if (payload.length > asked.interest.answerBytes) this.nack(asked, 'TooBig')
    else this.answer(asked, payload)
  }

  nack({ link, interest }: Asked, reason: NackReason, retryMs = 0): void {
    const body = encodeNack({ token: interest.token, reason, retryMs, bytesAllowed: GENEROUS_BYTES })
    this.send(link, FrameType.nack, 0, body)
  }

  announce(link: number, routes: readonly AnnouncedRoute[]): void {
    for (let at = 0; at < routes.length; at += 255) {
      const body = encodeAnnounce({ rank: this.node.hub.rank, routes: routes.slice(at, at + 255) })
      this.send(link, FrameType.announce, 0, body)
    }
  }

  #tapFrames(): void {
    const { hub, carrier } = this.node
    const handleFrame = hub.handleFrame.bind(hub)
    hub.handleFrame = (id, frame) => {
      if (!this.alive) return handleFrame(id, frame)
      if (frame.type === FrameType.announce) this.#hearRoutes(frame.body)
      const interest = frame.type === FrameType.interest ? decodeInterest(frame.body) : 'none'
      if (typeof interest === 'string') return handleFrame(id, frame)
      const asked = { link: id, flags: frame.flags, interest: copied(interest) }
      const verdict = this.handleAsked?.(asked) ?? false
      if (verdict === true) return
      this.#remember(asked)
      if (verdict === false) handleFrame(id, frame)
      else handleFrame(id, { ...frame, body: encodeInterest(verdict) })
    }
    carrier.send = (id, type, flags, head, payload) => {
      const leaving = this.alive ? this.handleLeaving : undefined
      if (leaving === undefined || (type !== FrameType.data && type !== FrameType.nack)) {
        return this.#sendFrame(id, type, flags, head, payload)
      }
      const body = payload === undefined ? head : concat(head, payload)
      const decoded = type === FrameType.data ? decodeData(body) : undefined
      const data = typeof decoded === 'string' ? undefined : decoded
      const token = new DataView(body.buffer, body.byteOffset).getUint32(0)
      const asked = this.#asked.get(id)?.get(token)
      const isAnswered = data === undefined || data.offset + data.payload.length === data.total
      const isLive = asked !== undefined && (asked.flags & InterestFlag.live) !== 0
      if (isAnswered && !(isLive && data !== undefined)) this.#asked.get(id)?.delete(token)
      if (leaving({ link: id, type, flags, body, data, asked })) return this.#sendFrame(id, type, flags, head, payload)
      // Its own egress counts what it believes that it has sent.
      const bytes = 4 + body.length
      this.world.time.after(0, () => {
        if (this.alive) hub.handleDelivered(id, bytes)
      })
      return true
    }
  }

  #hearRoutes(body: Uint8Array): void {
    const announce = decodeAnnounce(body)
    if (typeof announce === 'string') return
    for (const route of announce.routes) this.handleRoute?.({ ...route, key: route.key.slice() })
  }

  #remember(asked: Asked): void {
    let open = this.#asked.get(asked.link)
    if (open === undefined) {
      open = new Map()
      this.#asked.set(asked.link, open)
    }
    open.set(asked.interest.token, asked)
    if (open.size <= maxAsked) return
    for (const token of open.keys()) {
      open.delete(token)
      break
    }
  }

  #nowMs(): number {
    return this.node.parts.outside.time.now().nowMs
  }

  #tapContent(): void {
    const { content } = this.node
    const findHead = content.findHead.bind(content)
    const findName = content.findName.bind(content)
    const hasChunk = content.hasChunk.bind(content)
    const readChunk = content.readChunk.bind(content)
    content.findHead = (log) => {
      const written = this.alive ? this.logs.get(log) : undefined
      if (written !== undefined) return { held: written.refreshed(this.#nowMs()), ageS: 0, own: true }
      const honest = findHead(log)
      return this.alive && this.findHead !== undefined ? this.findHead(log, honest) : honest
    }
    content.findName = (name) => {
      const written = this.alive ? this.names.get(name) : undefined
      if (written !== undefined) return { state: written(), ageS: 0, own: true }
      const honest = findName(name)
      return this.alive && this.findName !== undefined ? this.findName(name, honest) : honest
    }
    content.hasChunk = (name) => hasChunk(name) || (this.alive && this.extra.has(name))
    content.readChunk = (name) => (this.alive ? this.extra.get(name) : undefined) ?? readChunk(name)
  }
}

/** A frame's body is memory of its record. */
function copied(interest: Interest): Interest {
  const { question } = interest
  const key = interest.key.slice()
  if (question.kind === 'chunk') return { ...interest, key, question: { kind: 'chunk', via: question.via.slice() } }
  if (question.kind === 'name') return { ...interest, key }
  const have = { length: question.have.length, openPage: question.have.openPage.slice() }
  return { ...interest, key, question: { ...question, have } }
}
