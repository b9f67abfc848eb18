// The forwarding machine's view of the store: what is written here (newest state from the writer itself), what is kept and
// what is cached; and the way of what it has verified into the cache. Heads and names are opened once and kept in memory.

import { equal, KeyMap, Rooms } from '../stack/bytes/index.js'
import type { Crypto } from '../stack/crypto/index.js'
import {
  checkForkProof,
  decodeHead,
  type ForkProof,
  forkOf,
  type HeldHead,
  maxChunkBytes,
  maxClockAheadMs,
  openHeldHead,
} from '../stack/data/index.js'
import type { Event, StoredHead, StoredName } from '../stack/forward/index.js'
import {
  decodeCardHead,
  decodeCertificate,
  deviceIndex,
  encodeNameAnswer,
  type HeldCard,
  type NameState,
  verifyNameAnswer,
} from '../stack/name/index.js'
import { agedS, type Seen, seenNow } from './age.js'
import type { Content } from './hub.js'
import type { Identity } from './identity/index.js'
import type { Time } from './outside.js'
import type { OwnCard, OwnStreams } from './publisher/index.js'
import type { Store } from './store/index.js'

type Stored = Extract<Event, { kind: 'store' }>

/** Opened heads and names in memory: each a few kilobytes, and up to 60 KiB of open page. The rest is opened anew. */
const maxOpened = 512

/** Rooms for chunks on their way out of the store that are kept while they are not needed: a reader's window. 6 MB. */
const spareChunks = 96

/** Chunks below this many bytes get memory of their own, which is about as cheap, and wastes no room. */
const leastRoomBytes = 4096

interface Opened<T> extends Seen {
  readonly value: T
}

const farFuture = Number.MAX_SAFE_INTEGER - 1_000_000

export class StoreContent implements Content {
  readonly #crypto: Crypto
  readonly #store: Store
  readonly #identity: Identity
  readonly #time: Time
  readonly #heads: KeyMap<Opened<HeldHead>>
  readonly #names: KeyMap<Opened<NameState>>
  readonly #forks: KeyMap<ForkProof | undefined>
  readonly #nameConflicts: KeyMap<true>
  readonly #served = { ram: 0, disk: 0 }
  readonly #rooms = new Rooms({ leastBytes: leastRoomBytes, roomBytes: maxChunkBytes, maxSpare: spareChunks })
  readonly #room = (bytes: number): Uint8Array | undefined => this.#rooms.take(bytes)
  #own: { streams: OwnStreams; card: OwnCard } | undefined

  constructor(crypto: Crypto, store: Store, identity: Identity, time: Time, seed: Uint8Array) {
    this.#crypto = crypto
    this.#store = store
    this.#identity = identity
    this.#time = time
    this.#heads = new KeyMap(seed, maxOpened)
    this.#names = new KeyMap(seed, maxOpened)
    this.#forks = new KeyMap(seed, maxOpened)
    this.#nameConflicts = new KeyMap(seed, maxOpened)
  }

  /** The writing half, whose newest state is the authority. */
  attach(streams: OwnStreams, card: OwnCard): void {
    this.#own = { streams, card }
  }

  hasChunk(name: Uint8Array): boolean {
    return this.#store.hasChunk(name)
  }

  isOwn(kind: 'name' | 'head' | 'chunk', key: Uint8Array): boolean {
    if (kind === 'chunk') return this.#store.isOwnChunk(key)
    if (kind === 'head') return this.#own?.streams.ofLog(key) !== undefined
    return equal(key, this.#identity.name)
  }

  /** Chunks that were given to whoever asked, by where they were. */
  get served(): { readonly ram: number; readonly disk: number } {
    return this.#served
  }

  readChunk(name: Uint8Array): Uint8Array | undefined {
    const found = this.#store.readChunk(name, this.#room)
    if (found !== undefined) this.#served[found.inMemory ? 'ram' : 'disk']++
    return found?.bytes
  }

  giveBack(chunk: Uint8Array): void {
    this.#rooms.giveBack(chunk)
  }

  findHead(log: Uint8Array): StoredHead | undefined {
    const own = this.#own?.streams.ofLog(log)
    const fork = this.#fork(log)
    if (own !== undefined) return { held: own.log.held, ageS: 0, own: true, fork }
    // What is left of a stream that was unpublished here is for nobody any more.
    const opened = this.#own?.streams.isWithdrawn(log) ? undefined : this.#openHead(log)
    if (opened === undefined || this.#isAhead(opened.value.head.timeMs)) return undefined
    return { held: opened.value, ageS: agedS(opened, this.#time.now()), own: false, fork }
  }

  findName(name: Uint8Array): StoredName | undefined {
    const opened = this.#openName(name)
    if (opened === undefined) return undefined
    const own = equal(name, this.#identity.name)
    // Our own card is signed again with the right time when it is asked for.
    if (!own && opened.value.cards.some((card) => card !== undefined && this.#isAhead(card.head.timeMs)))
      return undefined
    const state = own ? (this.#own?.card.placeIn(opened.value) ?? opened.value) : opened.value
    return {
      state,
      ageS: own ? 0 : agedS(opened, this.#time.now()),
      own,
      conflict: this.#nameConflicts.has(name),
    }
  }

  /**
   * Signed further ahead than clocks may differ: it was taken while our own clock was wrong as well. Nobody else would
   * take it from us, so it counts as nothing until its time has come or its writer says something else.
   */
  #isAhead(timeMs: number): boolean {
    return timeMs > this.#time.now().nowMs + maxClockAheadMs
  }

  /** Takes what the machine has verified; everyone who waited for it has been answered. */
  handleStored(event: Stored): void {
    switch (event.what) {
      case 'chunk':
        this.#store.putCached(event.name, event.bytes)
        return
      case 'head': {
        const { log, held, ageS } = event
        if (this.isOwn('head', log)) return
        remember(this.#heads, log, { value: held, ...seenNow(ageS, this.#time.now()) })
        this.#store.putHead(held.headBytes, held.page, ageS)
        return
      }
      case 'name': {
        const { name, state, ageS, conflict } = event
        if (conflict) remember(this.#nameConflicts, name, true)
        else this.#nameConflicts.delete(name)
        this.takeName(state, ageS)
        return
      }
      case 'fork':
        this.rememberFork(event.fork)
    }
  }

  /** Called when another state of a name is held than before, which may list other devices. */
  handleNameTaken: (name: Uint8Array) => void = () => {}

  /** Takes a verified name from now on in place of what is held of it. */
  takeName(state: NameState, ageS: number): void {
    remember(this.#names, state.name, { value: state, ...seenNow(ageS, this.#time.now()) })
    for (const card of state.cards) if (card !== undefined) this.#store.putCached(card.head.chunk, card.chunk)
    const heads = state.cards.flatMap((card) => (card === undefined ? [] : [card.headBytes]))
    this.#store.putName(state.certificateBytes, heads, ageS)
    this.handleNameTaken(state.name)
  }

  /** The card of this node's device, also where the certificate does not list it any more. */
  ownCard(): HeldCard | undefined {
    const { name, device } = this.#identity
    for (const { headBytes } of this.#store.name(name)?.cards ?? []) {
      const head = decodeCardHead(headBytes)
      const chunk =
        typeof head === 'string' || !equal(head.device, device) ? undefined : this.#store.readChunk(head.chunk)?.bytes
      if (typeof head !== 'string' && chunk !== undefined) return { head, headBytes, chunk }
    }
    return undefined
  }

  /**
   * Keeps a proof, shows it to whoever asks for the log's head, and never lets go of it. One that takes chunks of the log
   * nobody can check from an answer: whoever was shown one of its states finds it anew, and it must not stand in the
   * place of one that stands by itself (decision 20).
   */
  rememberFork(fork: ForkProof): void {
    if (forkOf(fork.first, fork.second) !== 'fork') return
    remember(this.#forks, fork.log, fork)
    // It is in memory already; that it is not on disk yet only means that it may have to be found again.
    this.#store.putFork(fork.first, fork.second).catch(() => {})
  }

  /** Whether a newer state was kept meanwhile that no link has brought: what was offered to be kept, and promised. */
  #isBehind(log: Uint8Array, { head, headBytes }: HeldHead): boolean {
    const kept = this.#store.keptHeadBytes(log)
    if (kept === undefined || equal(kept, headBytes)) return false
    const newest = decodeHead(kept)
    if (typeof newest === 'string' || newest.length < head.length) return false
    return newest.length > head.length || newest.timeMs > head.timeMs
  }

  #openHead(log: Uint8Array): Opened<HeldHead> | undefined {
    const known = this.#heads.get(log)
    if (known !== undefined && !this.#isBehind(log, known.value)) return known
    const stored = this.#store.head(log)
    if (stored === undefined) return undefined
    // Its time was checked when it came.
    const held = openHeldHead(this.#crypto, farFuture, log, stored.headBytes, stored.page)
    if (typeof held === 'string') return undefined
    const opened = { value: held, ageS: stored.ageS, seenMs: stored.seenMs, seenUs: undefined }
    remember(this.#heads, log, opened)
    return opened
  }

  #openName(name: Uint8Array): Opened<NameState> | undefined {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const stored = this.#store.name(name)
    const certificate = stored && decodeCertificate(stored.certificateBytes)
    if (stored === undefined || certificate === undefined || typeof certificate === 'string') return undefined
    const cards: NameState['cards'] = certificate.devices.map(() => undefined)
    let { ageS, seenMs } = stored
    for (const card of stored.cards) {
      const head = decodeCardHead(card.headBytes)
      if (typeof head === 'string') continue
      const index = deviceIndex(certificate, head.device)
      const chunk = this.#store.readChunk(head.chunk)?.bytes
      if (index < 0 || chunk === undefined) continue
      cards[index] = { head, headBytes: card.headBytes, chunk }
      if (card.seenMs - card.ageS * 1000 > seenMs - ageS * 1000) {
        ageS = card.ageS
        seenMs = card.seenMs
      }
    }
    // What is read from disk is believed no more than what comes from a neighbour.
    const state = { name, certificate, certificateBytes: stored.certificateBytes, cards }
    const answer = encodeNameAnswer(state, { k: 0, serial: 0, versions: [] })
    const verified = verifyNameAnswer(this.#crypto, farFuture, name, undefined, answer)
    if (typeof verified === 'string') return undefined
    const opened = { value: verified.state, ageS, seenMs, seenUs: undefined }
    remember(this.#names, name, opened)
    return opened
  }

  #fork(log: Uint8Array): ForkProof | undefined {
    if (this.#forks.has(log)) return this.#forks.get(log)
    const stored = this.#store.fork(log)
    let proof: ForkProof | undefined
    if (stored !== undefined) {
      const first = openHeldHead(this.#crypto, farFuture, log, stored.first.headBytes, stored.first.page)
      const second = openHeldHead(this.#crypto, farFuture, log, stored.second.headBytes, stored.second.page)
      if (typeof first !== 'string' && typeof second !== 'string') proof = { log, first, second }
      if (proof !== undefined && checkForkProof(this.#crypto, farFuture, proof) !== undefined) proof = undefined
    }
    remember(this.#forks, log, proof)
    return proof
  }
}

/** Bounded by forgetting everything: what is needed is opened again from the store. */
function remember<T>(map: KeyMap<T>, key: Uint8Array, value: T): void {
  if (map.full && !map.has(key)) map.clear()
  map.set(key, value)
}
