// Certificates and card heads, filed by name: of each the newest that was ever given (docs/protocol.md §4). They are small
// and stay in memory; the cards themselves are chunks.

import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { CardHead } from '../../stack/name/index.js'
import type { CardItem, NameItem } from './item.js'
import { CARDS_MAX, NAMES_MAX } from './limits.js'
import { RecencyMap } from './recency-map.js'
import {
  type CertificateFields,
  cardFields,
  certificateFields,
  compareCardFields,
  compareCertificateFields,
} from './signed.js'
import { type Ledger, replaceSpot, type Spot, sameSpot } from './spot.js'

interface Signed<Fields, SignedItem> {
  readonly fields: Fields
  item: SignedItem
  spot: Spot | undefined
}

export type KnownCertificate = Signed<CertificateFields, NameItem>
export type KnownCard = Signed<CardHead, CardItem>

export interface KnownName {
  certificate: KnownCertificate | undefined
  cards: KnownCard[]
}

export class RememberedNames {
  readonly #names: RecencyMap<KnownName>
  readonly #unwritten = new Set<KnownCertificate | KnownCard>()
  #writtenBytes = 0
  readonly #ledger: Ledger
  readonly #crypto: Crypto

  constructor(seed: Uint8Array, max: number, ledger: Ledger, crypto: Crypto) {
    this.#names = new RecencyMap(seed, max)
    this.#ledger = ledger
    this.#crypto = crypto
  }

  get size(): number {
    return this.#names.size
  }

  /** Bytes of the items that count, on disk. */
  get bytes(): number {
    return this.#writtenBytes
  }

  /** Forgets the one that was used least lately. */
  dropOldest(): void {
    const oldest = this.#names.oldest()
    if (oldest !== undefined) this.#forget(oldest)
  }

  /** Whether an item of this name would be one name too many. */
  refuses(name: Uint8Array): boolean {
    return this.#names.size >= NAMES_MAX && this.#names.peek(name) === undefined
  }

  /** The name that an item belongs to; undefined when it has no layout that we know. */
  nameOf(item: NameItem | CardItem): Uint8Array | undefined {
    if (item.type === 'card') return cardFields(item.headBytes)?.name
    return certificateFields(this.#crypto, item.certificateBytes)?.name
  }

  /** What is on disk when there is a spot, else what is to be written later. Copies what it keeps. */
  apply(item: NameItem | CardItem, spot: Spot | undefined): void {
    const known = item.type === 'name' ? this.#admitCertificate(item) : this.#admitCard(item)
    if (known === undefined) return
    if (spot === undefined) {
      if (known.spot === undefined) this.#unwritten.add(known)
      return
    }
    this.#move(known, spot)
    this.#unwritten.delete(known)
  }

  name(name: Uint8Array): KnownName | undefined {
    return this.#names.use(name)
  }

  *names(): Generator<[Uint8Array, KnownName], void, undefined> {
    yield* this.#names.entries()
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0
  }

  /** At most `max` items that are to be written. */
  unwritten(max: number): (NameItem | CardItem)[] {
    const items: (NameItem | CardItem)[] = []
    for (const { item } of this.#unwritten) {
      if (items.length === max) break
      items.push(item)
    }
    return items
  }

  /** Forgets those of which anything stands in a segment that goes. */
  dropSegment(segment: number): void {
    for (const [name, { certificate, cards }] of this.#names.entries()) {
      if ([certificate, ...cards].some((known) => known?.spot?.segment === segment)) this.#forget(name)
    }
  }

  /** The item again if it counts at this spot. */
  copy(item: NameItem | CardItem, spot: Spot): NameItem | CardItem | undefined {
    const name = this.nameOf(item)
    const known = name === undefined ? undefined : this.#names.peek(name)
    if (known === undefined) return undefined
    const held = item.type === 'name' ? known.certificate : known.cards.find((card) => sameSpot(card.spot, spot))
    return held !== undefined && sameSpot(held.spot, spot) ? held.item : undefined
  }

  #admitCertificate(item: NameItem): KnownCertificate | undefined {
    const certificateBytes = item.certificateBytes.slice()
    const fields = certificateFields(this.#crypto, certificateBytes)
    if (fields === undefined) return undefined
    const entry = this.#entry(fields.name)
    const order = entry.certificate === undefined ? 1 : compareCertificateFields(fields, entry.certificate.fields)
    if (order <= 0) return order === 0 ? confirmed(entry.certificate, item) : undefined
    this.#drop(entry.certificate)
    entry.certificate = { fields, item: { ...item, certificateBytes }, spot: undefined }
    return entry.certificate
  }

  #admitCard(item: CardItem): KnownCard | undefined {
    const headBytes = item.headBytes.slice()
    const fields = cardFields(headBytes)
    if (fields === undefined) return undefined
    const entry = this.#entry(fields.name)
    const known = entry.cards.find((card) => equal(card.fields.device, fields.device))
    const order = known === undefined ? 1 : compareCardFields(fields, known.fields)
    if (order <= 0) return order === 0 ? confirmed(known, item) : undefined
    this.#drop(known)
    const card: KnownCard = { fields, item: { ...item, headBytes }, spot: undefined }
    entry.cards = [...entry.cards.filter((other) => other !== known), card]
    if (entry.cards.length > CARDS_MAX) this.#drop(entry.cards.shift())
    return card
  }

  #entry(name: Uint8Array): KnownName {
    const known = this.#names.use(name)
    if (known !== undefined) return known
    if (this.#names.full) this.#forget(this.#names.oldest() ?? name)
    const entry: KnownName = { certificate: undefined, cards: [] }
    this.#names.set(name, entry)
    return entry
  }

  #forget(name: Uint8Array): void {
    const entry = this.#names.delete(name)
    this.#drop(entry?.certificate)
    for (const card of entry?.cards ?? []) this.#drop(card)
  }

  #drop(known: KnownCertificate | KnownCard | undefined): void {
    if (known === undefined) return
    this.#move(known, undefined)
    this.#unwritten.delete(known)
  }

  #move(known: KnownCertificate | KnownCard, spot: Spot | undefined): void {
    replaceSpot(this.#ledger, known.spot, spot)
    this.#writtenBytes += (spot?.bytes ?? 0) - (known.spot?.bytes ?? 0)
    known.spot = spot
  }
}

/** The same bytes, seen again: the later confirmation counts. */
function confirmed<Known extends KnownCertificate | KnownCard>(
  known: Known | undefined,
  { ageS, seenMs }: NameItem | CardItem,
): Known | undefined {
  if (known !== undefined && seenMs - 1000 * ageS > known.item.seenMs - 1000 * known.item.ageS) {
    known.item = { ...known.item, ageS, seenMs }
  }
  return known
}
