// The card of this node's device: which streams it has, signed by the device key. Every change is a new version, on disk
// before anybody is told.

import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type CardHead,
  type CardRecord,
  cardFits,
  decodeCard,
  deviceIndex,
  encodeCard,
  encodeCardHead,
  type HeldCard,
  type InboxRecord,
  MAX_CLOCK_AHEAD_MS,
  type NameState,
  openStreamRecord,
  sealStreamRecord,
  signCardHead,
} from '../../stack/name/index.js'
import type { Identity } from '../identity/index.js'
import type { OwnItem } from '../store/index.js'
import { recommendedAgeS } from './limits.js'

export class OwnCard {
  readonly #crypto: Crypto
  readonly #identity: Identity
  #held: HeldCard | undefined

  constructor(crypto: Crypto, identity: Identity, held: HeldCard | undefined) {
    this.#crypto = crypto
    this.#identity = identity
    this.#held = held
  }

  get held(): HeldCard | undefined {
    return this.#held
  }

  /** The next version with one record more: commit `items`, then `accept` it. */
  withRecord(record: CardRecord, nowMs: number): { readonly items: readonly OwnItem[]; readonly held: HeldCard } {
    const before = this.#held === undefined ? [] : decodeCard(this.#held.chunk)
    if (typeof before === 'string') throw new RunnelError('DAMAGED', `this node's card is damaged (${before})`)
    const records = [...before, record]
    if (!cardFits(records)) throw new RunnelError('TOO_MANY', 'this name has as many streams as its card can list')
    return this.#next(records, nowMs)
  }

  /** The next version, without the records of a log. As with `withRecord`, it counts when it is committed and accepted. */
  withoutLog(log: Uint8Array, secret: Uint8Array | undefined, nowMs: number): ReturnType<OwnCard['withRecord']> {
    const before = this.#held === undefined ? [] : decodeCard(this.#held.chunk)
    if (typeof before === 'string') throw new RunnelError('DAMAGED', `this node's card is damaged (${before})`)
    const isOf = (record: CardRecord): boolean => {
      if (record.type === 'stream') return equal(record.log, log)
      if (record.type !== 'sealed' || secret === undefined) return false
      const opened = openStreamRecord(this.#crypto, secret, record)
      return typeof opened !== 'string' && equal(opened.log, log)
    }
    return this.#next(
      before.filter((record) => !isOf(record)),
      nowMs,
    )
  }

  /** The inbox records of this card. */
  inbox(): InboxRecord[] {
    const records = this.#held === undefined ? [] : decodeCard(this.#held.chunk)
    return typeof records === 'string' ? [] : records.flatMap((record) => (record.type === 'inbox' ? record : []))
  }

  /** The next version with these inbox records and no others. As with `withRecord`, it counts when it is accepted. */
  withInbox(inbox: readonly InboxRecord[], nowMs: number): ReturnType<OwnCard['withRecord']> {
    const before = this.#held === undefined ? [] : decodeCard(this.#held.chunk)
    if (typeof before === 'string') throw new RunnelError('DAMAGED', `this node's card is damaged (${before})`)
    const records = [...before.filter(({ type }) => type !== 'inbox'), ...inbox]
    if (!cardFits(records)) throw new RunnelError('TOO_MANY', 'the card has no room for inbox keys beside its streams')
    return this.#next(records, nowMs)
  }

  /** Whether it was signed so far ahead of now that others refuse it: the clock was wrong then, or is now. */
  isAhead(nowMs: number): boolean {
    return this.#held !== undefined && this.#held.head.timeMs > nowMs + MAX_CLOCK_AHEAD_MS
  }

  /**
   * The next version, in which no stream is listed later than now: nobody counts a listing before its time. `secrets` open
   * the records of unlisted streams. As with `withRecord`, it counts when it is committed and accepted.
   */
  withoutFuture(secrets: readonly Uint8Array[], nowMs: number): ReturnType<OwnCard['withRecord']> {
    const crypto = this.#crypto
    const before = this.#held === undefined ? [] : decodeCard(this.#held.chunk)
    if (typeof before === 'string') throw new RunnelError('DAMAGED', `this node's card is damaged (${before})`)
    const records = before.map((record): CardRecord => {
      if (record.type === 'stream' || record.type === 'inbox') {
        return { ...record, timeMs: Math.min(record.timeMs, nowMs) }
      }
      if (record.type !== 'sealed') return record
      for (const secret of secrets) {
        const opened = openStreamRecord(crypto, secret, record)
        if (typeof opened === 'string') continue
        return sealStreamRecord(crypto, secret, { ...opened, timeMs: Math.min(opened.timeMs, nowMs) })
      }
      return record
    })
    return this.#next(records, nowMs)
  }

  #next(
    records: readonly CardRecord[],
    nowMs: number,
  ): { readonly items: readonly OwnItem[]; readonly held: HeldCard } {
    const chunk = encodeCard(records)
    const head = this.#sign(this.#crypto.hash(chunk), (this.#held?.head.version ?? 0) + 1, nowMs)
    const held = { head, headBytes: encodeCardHead(head), chunk }
    return {
      items: [
        { type: 'chunk', name: head.chunk, bytes: chunk },
        { type: 'card', ageS: 0, seenMs: nowMs, headBytes: held.headBytes },
      ],
      held,
    }
  }

  accept(held: HeldCard): void {
    this.#held = held
  }

  /** Signs the same card with the time of now, or with that of the last signature where it is a little later. */
  refresh(nowMs: number): void {
    if (this.#held === undefined) return
    const { chunk, version, timeMs } = this.#held.head
    const head = this.#sign(chunk, version, this.isAhead(nowMs) ? nowMs : Math.max(nowMs, timeMs))
    this.#held = { head, headBytes: encodeCardHead(head), chunk: this.#held.chunk }
  }

  /** A name's state with this card in its place. */
  placeIn(state: NameState): NameState {
    const index = deviceIndex(state.certificate, this.#identity.device)
    return index < 0 ? state : { ...state, cards: state.cards.with(index, this.#held) }
  }

  #sign(chunk: Uint8Array, version: number, timeMs: number): CardHead {
    const { name, device, deviceSeed } = this.#identity
    return signCardHead(this.#crypto, deviceSeed, { name, device, version, chunk, timeMs, maxAgeS: recommendedAgeS })
  }
}
