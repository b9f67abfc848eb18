// The ways to one peer: by labels through routers, and directly, to where it says or is seen to be. Everything is accepted
// wherever it comes from; what is decided here is where to send, and that nobody is sent more than a few probes who has not
// answered one (docs/protocol.md §21.3).

import { equal } from '../bytes/index.js'
import { addressKey, isElsewhere, isSameAddress } from './address.js'
import type { UdpAddress } from './datapath.js'
import {
  DIRECT_EXTRA_US,
  DIRECT_FACTOR,
  MAX_CANDIDATES,
  MAX_DIRECT,
  MAX_LABELS,
  MAX_STRANGE_SOURCES,
  PROBE_AGAIN_US,
  PROBES_OF_SOURCE,
  PUNCH_PAUSES_US,
  STABLE_US,
} from './limits.js'
import { Path } from './path.js'

/** What datagrams of one generation carry to go by routers, and the neighbour that they are sent to. */
export interface Label {
  readonly to: UdpAddress
  readonly label: number
}

/** Where to send what is sealed under one generation. */
export interface Way {
  readonly path: Path
  /** The index or label that is written there. */
  readonly remote: number
}

/** A question that is to be sent. */
export interface Asking {
  readonly path: Path
  /** 0 where it does not matter. */
  readonly datagramBytes: number
}

interface Direct {
  readonly path: Path
  /** Its address was seen, and named by nobody. */
  readonly isStrange: boolean
  provenUs: number | undefined
}

export class Ways {
  /** By the index of the generation that they stand for. */
  readonly #labels = new Map<number, Label>()
  /** By neighbours: one as a rule, two while the conversation moves. */
  readonly #relayed = new Map<string, Path>()
  /** By addresses, in the order in which they were begun. */
  readonly #direct = new Map<string, Direct>()
  #candidates: readonly UdpAddress[] = []
  #used: Path | undefined
  #punchUs: number | undefined
  #punchedUs = Number.NEGATIVE_INFINITY
  #rounds = 0
  #wantsSources = false

  /** The way that is in use. */
  get used(): Path | undefined {
    return this.#used
  }

  /** The way that is in use goes by no router. */
  get isDirect(): boolean {
    return this.#used !== undefined && this.#direct.has(addressKey(this.#used.to))
  }

  setLabel(nowUs: number, index: number, label: Label): void {
    const [oldest] = this.#labels.keys()
    if (oldest !== undefined && !this.#labels.has(index) && this.#labels.size >= MAX_LABELS) this.#labels.delete(oldest)
    this.#labels.set(index, label)
    const key = addressKey(label.to)
    if (!this.#relayed.has(key)) {
      const path = new Path(label.to, nowUs)
      // A neighbour's address was proven over its link.
      path.use = 'spare'
      this.#relayed.set(key, path)
    }
    this.#forgetNeighbours()
  }

  removeLabel(index: number): void {
    this.#labels.delete(index)
    this.#forgetNeighbours()
  }

  /** Where the peer says that it may be reached, instead of what it said before. */
  setCandidates(nowUs: number, candidates: readonly UdpAddress[]): void {
    this.#candidates = candidates.filter(isElsewhere).slice(0, MAX_CANDIDATES)
    this.tryAgain(nowUs)
  }

  /** What was tried in vain may work now: another place to send from, or to. */
  tryAgain(nowUs: number): void {
    this.#rounds = 0
    this.#punchUs = this.#candidates.length > 0 ? nowUs : undefined
  }

  /**
   * Our own addresses have changed: what is known to work is asked at once, so that the peer hears where we are, and a way
   * that has ended is found to be silent.
   */
  handleMoved(nowUs: number): void {
    for (const path of this.#paths()) if (path.isProven) path.askNow(nowUs)
    this.tryAgain(nowUs)
  }

  /** Something sealed came from there. A source that nobody has named is asked, once for each time. */
  handleSource(nowUs: number, from: UdpAddress): void {
    const key = addressKey(from)
    const known = this.#direct.get(key)
    // Answers to questions are no news; else both ends would ask each other without an end.
    if (this.#relayed.has(key) || (known?.path.isProven && nowUs < known.path.heardUs + PROBE_AGAIN_US)) return
    // Whether the peer has moved away from where it was is asked too.
    this.#used?.askNow(nowUs)
    if (known !== undefined) {
      if (known.isStrange) known.path.mayAsk += PROBES_OF_SOURCE
      known.path.askNow(nowUs)
      return
    }
    const strange = [...this.#direct].filter(([, { isStrange, provenUs }]) => isStrange && provenUs === undefined)
    const [oldest] = strange
    if (oldest !== undefined && strange.length >= MAX_STRANGE_SOURCES) this.#direct.delete(oldest[0])
    const path = new Path(from, nowUs, PROBES_OF_SOURCE, PROBE_AGAIN_US)
    this.#direct.set(key, { path, isStrange: true, provenUs: undefined })
  }

  /** A token came back: on which way, and after how long. Undefined: it was none of ours. */
  handleAnswer(nowUs: number, token: Uint8Array): { readonly path: Path; readonly tookUs: number } | undefined {
    for (const path of this.#relayed.values()) {
      const tookUs = path.handleAnswer(nowUs, token)
      if (tookUs !== undefined) return { path, tookUs }
    }
    for (const direct of this.#direct.values()) {
      const tookUs = direct.path.handleAnswer(nowUs, token)
      if (tookUs === undefined) continue
      if (direct.provenUs === undefined) this.#handleProven(nowUs, direct)
      return { path: direct.path, tookUs }
    }
    return undefined
  }

  handleTooBig(nowUs: number, to: UdpAddress, datagramBytes: number): void {
    for (const path of this.#paths()) {
      // Port 0 is about every port of the address.
      const isMeant = (to.port === 0 || to.port === path.to.port) && equal(to.address, path.to.address)
      if (isMeant) path.sizes.handleTooBig(nowUs, datagramBytes)
    }
  }

  /** The network says that nobody is there. */
  handleUnreachable(nowUs: number, to: UdpAddress): void {
    for (const path of this.#paths()) if (isSameAddress(path.to, to)) path.handleUnreachable(nowUs)
  }

  /** Whether something that is sealed under the generation whose datagrams carry `remote` could be sent. */
  canSend(remote: number): boolean {
    return this.#labels.has(remote) || [...this.#direct.values()].some(({ provenUs }) => provenUs !== undefined)
  }

  /** Where to send what is sealed under that generation, from now on. */
  choose(nowUs: number, remote: number): Way | undefined {
    const label = this.#labels.get(remote)
    const relayed = label === undefined ? undefined : this.#relayed.get(addressKey(label.to))
    const direct = this.#bestDirect(nowUs)
    const isDirect = direct !== undefined && !isMuchFaster(relayed, direct)
    const path = isDirect ? direct : relayed
    this.#use(nowUs, path)
    if (path === undefined) return undefined
    return { path, remote: isDirect || label === undefined ? remote : label.label }
  }

  /** What a datagram on a path carries under that generation; undefined where that does not go this way. */
  remoteOn(to: UdpAddress, remote: number): number | undefined {
    if (!this.#relayed.has(addressKey(to))) return remote
    const label = this.#labels.get(remote)
    return label !== undefined && isSameAddress(label.to, to) ? label.label : undefined
  }

  /** Gives up what is silent, tries what may be tried, and says what is to be asked under that generation. */
  pollQuestions(nowUs: number, remote: number): Asking[] {
    for (const [key, direct] of this.#direct) if (direct.path.isGivenUp(nowUs)) this.#giveUp(nowUs, key, direct)
    if (this.#punchUs !== undefined && nowUs >= this.#punchUs) this.#punch(nowUs)
    return [...this.#paths(remote)].flatMap((path) =>
      path.pollQuestions(nowUs).map((datagramBytes) => ({ path, datagramBytes })),
    )
  }

  /** Whether a source that was told before is to be told again: what it was asked was lost. */
  takeWantsSources(): boolean {
    const wants = this.#wantsSources
    this.#wantsSources = false
    return wants
  }

  pollTimeout(remote: number): number {
    let dueUs = this.#punchUs ?? Number.POSITIVE_INFINITY
    for (const path of this.#paths(remote)) dueUs = Math.min(dueUs, path.pollTimeout())
    return dueUs
  }

  #handleProven(nowUs: number, direct: Direct): void {
    direct.provenUs = nowUs
    direct.path.use = 'spare'
    this.#punchUs = undefined
    const proven = [...this.#direct].filter(([, { provenUs, path }]) => provenUs !== undefined && path !== this.#used)
    if (proven.length < MAX_DIRECT) return
    proven.sort(([, a], [, b]) => a.path.heardUs - b.path.heardUs)
    const [least] = proven
    if (least !== undefined) this.#direct.delete(least[0])
  }

  #giveUp(nowUs: number, key: string, { isStrange, provenUs }: Direct): void {
    this.#direct.delete(key)
    if (isStrange && provenUs === undefined) this.#wantsSources = true
    if (provenUs === undefined || [...this.#direct.values()].some((other) => other.provenUs !== undefined)) return
    if (nowUs - provenUs >= STABLE_US) this.#rounds = 0
    this.#punchUs = nowUs + this.#nextPauseUs()
  }

  #punch(nowUs: number): void {
    const [leastUs = 0] = PUNCH_PAUSES_US
    // Whoever names other addresses again and again has them tried no more often.
    if (nowUs < this.#punchedUs + leastUs) {
      this.#punchUs = this.#punchedUs + leastUs
      return
    }
    this.#punchedUs = nowUs
    for (const to of this.#candidates) {
      const key = addressKey(to)
      const known = this.#direct.get(key)
      if (this.#relayed.has(key) || (known !== undefined && !(known.isStrange && known.provenUs === undefined)))
        continue
      this.#direct.set(key, { path: new Path(to, nowUs), isStrange: false, provenUs: undefined })
    }
    const isNeeded = this.#candidates.length > 0 && this.#bestDirect(nowUs) === undefined
    this.#punchUs = isNeeded ? nowUs + this.#nextPauseUs() : undefined
  }

  #nextPauseUs(): number {
    const last = PUNCH_PAUSES_US.length - 1
    const pauseUs = PUNCH_PAUSES_US[Math.min(this.#rounds, last)] ?? 0
    this.#rounds++
    return pauseUs
  }

  /** One that answers before one that does not, the one in use before others that are not much faster. */
  #bestDirect(nowUs: number): Path | undefined {
    let best: Path | undefined
    for (const { path, provenUs } of this.#direct.values()) {
      if (provenUs === undefined) continue
      if (best === undefined || isBetter(nowUs, path, best, this.#used)) best = path
    }
    return best
  }

  #use(nowUs: number, path: Path | undefined): void {
    if (path === this.#used) return
    if (this.#used !== undefined) this.#used.use = 'spare'
    this.#used = path
    if (path === undefined) return
    path.use = 'used'
    path.askNow(nowUs)
  }

  /** Those that something goes by under a generation; all without one. */
  *#paths(remote?: number): Generator<Path> {
    for (const path of this.#relayed.values()) {
      if (remote === undefined || this.remoteOn(path.to, remote) !== undefined) yield path
    }
    for (const { path } of this.#direct.values()) yield path
  }

  #forgetNeighbours(): void {
    const needed = new Set([...this.#labels.values()].map(({ to }) => addressKey(to)))
    for (const key of this.#relayed.keys()) if (!needed.has(key)) this.#relayed.delete(key)
  }
}

function isBetter(nowUs: number, path: Path, than: Path, used: Path | undefined): boolean {
  const doubtful = path.isDoubtful(nowUs)
  if (doubtful !== than.isDoubtful(nowUs)) return !doubtful
  if (than === used) return isMuchFaster(path, than)
  if (path === used) return !isMuchFaster(than, path)
  return (path.rttUs ?? 0) < (than.rttUs ?? 0)
}

/** Whether it is so much faster that it is worth changing for. */
function isMuchFaster(path: Path | undefined, than: Path): boolean {
  if (path?.rttUs === undefined || than.rttUs === undefined) return false
  return than.rttUs > path.rttUs * DIRECT_FACTOR + DIRECT_EXTRA_US
}
