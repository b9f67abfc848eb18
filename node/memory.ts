// What a reader has seen and must never go back from: the highest certificates, cards and heads that local programs were
// shown are kept where the cache's eviction does not reach. Written behind the answer; only growth is written, because a
// newer signature of the same state says nothing that could be taken back.

import { equal, KeyMap } from '../stack/bytes/index.js'
import type { Crypto } from '../stack/crypto/index.js'
import { type HeldHead, openHeldHead } from '../stack/data/index.js'
import type { NameState } from '../stack/name/index.js'
import type { LogEvent } from './log-event.js'
import type { Time } from './outside.js'
import type { KeptItem, Store } from './store/index.js'

const maxRemembered = 65_536

/** Heads that need not be verified again when they are read, each with its open page of up to 60 KiB. */
const maxOpened = 256

export class Memory {
  readonly #crypto: Crypto
  readonly #store: Store
  readonly #time: Time
  readonly #log: (event: LogEvent) => void
  readonly #isOwn: (kind: 'name' | 'head', key: Uint8Array) => boolean
  readonly #lengths: KeyMap<number>
  readonly #orders: KeyMap<string>
  readonly #opened: KeyMap<HeldHead>

  constructor(
    crypto: Crypto,
    store: Store,
    time: Time,
    seed: Uint8Array,
    isOwn: (kind: 'name' | 'head', key: Uint8Array) => boolean,
    log: (event: LogEvent) => void,
  ) {
    this.#crypto = crypto
    this.#store = store
    this.#time = time
    this.#log = log
    this.#isOwn = isOwn
    this.#lengths = new KeyMap(seed, maxRemembered)
    this.#orders = new KeyMap(seed, maxRemembered)
    this.#opened = new KeyMap(seed, maxOpened)
  }

  /** The highest head of a log that was shown to somebody here. */
  seenHead(log: Uint8Array): HeldHead | undefined {
    const headBytes = this.#store.keptHeadBytes(log)
    if (headBytes === undefined) return undefined
    const opened = this.#opened.get(log)
    if (opened !== undefined && equal(opened.headBytes, headBytes)) return opened
    const kept = this.#store.keptHead(log)
    if (kept === undefined) return undefined
    // Its time was checked when it came.
    const held = openHeldHead(this.#crypto, Number.MAX_SAFE_INTEGER, log, kept.headBytes, kept.page)
    if (typeof held === 'string') return undefined
    if (this.#opened.full) this.#opened.clear()
    this.#opened.set(log, held)
    return held
  }

  remember(seen: { head: HeldHead; ageS: number } | { name: NameState; ageS: number }): void {
    if ('head' in seen) this.#rememberHead(seen.head, seen.ageS)
    else this.#rememberName(seen.name, seen.ageS)
  }

  #rememberHead({ head, headBytes, page }: HeldHead, ageS: number): void {
    if (this.#isOwn('head', head.log) || head.length <= (this.#lengths.get(head.log) ?? -1)) return
    if (this.#lengths.full) this.#lengths.clear()
    this.#lengths.set(head.log, head.length)
    this.#keep([{ type: 'head', ageS, seenMs: this.#time.now().nowMs, headBytes, page }])
  }

  #rememberName(state: NameState, ageS: number): void {
    const { certificate, cards, name } = state
    if (this.#isOwn('name', name)) return
    const versions = cards.map((card) => card?.head.version ?? 0)
    const order = [certificate.k, certificate.serial, ...versions].join(' ')
    if (this.#orders.get(name) === order) return
    if (this.#orders.full) this.#orders.clear()
    this.#orders.set(name, order)
    const seenMs = this.#time.now().nowMs
    const items: KeptItem[] = [{ type: 'name', ageS, seenMs, certificateBytes: state.certificateBytes }]
    for (const card of cards) {
      if (card === undefined) continue
      items.push({ type: 'chunk', name: card.head.chunk, bytes: card.chunk })
      items.push({ type: 'card', ageS, seenMs, headBytes: card.headBytes })
    }
    this.#keep(items)
  }

  #keep(items: readonly KeptItem[]): void {
    this.#store.keep(items).catch((error: unknown) => {
      this.#log({ level: 'warn', event: 'what was seen could not be kept', reason: String(error) })
    })
  }
}
