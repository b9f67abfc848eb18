// What the cards of a name list: streams by label, one log a device, each of which agreed to be there (protocol §6.6).

import type { Crypto } from '../crypto/index.js'
import { type CardRecord, decodeCard } from './card.js'
import { MAX_CLOCK_AHEAD_MS, MAX_LABEL_RECORDS } from './limits.js'
import type { NameState } from './name-state.js'
import { openStreamRecord, type StreamRecord, type Visibility, verifyMember } from './stream-record.js'

/** One log of a stream. `timeMs` is when the device listed it. */
export interface StreamListing {
  label: string
  log: Uint8Array
  device: Uint8Array
  visibility: Visibility
  timeMs: number
}

/**
 * The streams that the cards list and their logs agree to, sorted by label, then in the order of the certificate's
 * devices. Unlisted ones are among them only with the secret that opens them. With `label` only that one, which is
 * cheaper: each listing costs a signature check.
 */
export function streamsOf(
  crypto: Crypto,
  state: NameState,
  nowMs: number,
  secret?: Uint8Array,
  label?: string,
): StreamListing[] {
  const listings = state.certificate.devices.flatMap((device, index) => {
    const card = state.cards[index]
    return card === undefined ? [] : streamsOfCard(crypto, state.name, device, card.chunk, nowMs, secret, label)
  })
  return listings.sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0))
}

/** As `streamsOf`, for the card of one device: also that of a struck one, which its closings name. */
export function streamsOfCard(
  crypto: Crypto,
  name: Uint8Array,
  device: Uint8Array,
  chunk: Uint8Array,
  nowMs: number,
  secret?: Uint8Array,
  label?: string,
): StreamListing[] {
  const records = decodeCard(chunk)
  if (typeof records === 'string') return []
  const candidates = records
    .flatMap((record) => openRecord(crypto, record, secret) ?? [])
    .filter((record) => record.timeMs <= nowMs + MAX_CLOCK_AHEAD_MS && (label === undefined || record.label === label))
    .sort((a, b) => b.timeMs - a.timeMs)
  // Newest first: the first one of a label whose log agrees is the one that counts. The sort is stable, so that of two
  // with one time the one that stands first in the card counts.
  const listings = new Map<string, StreamListing>()
  const tried = new Map<string, number>()
  for (const { label, log, visibility, timeMs, signature } of candidates) {
    const item = `${visibility} ${label}`
    const tries = tried.get(item) ?? 0
    if (listings.has(item) || tries >= MAX_LABEL_RECORDS) continue
    tried.set(item, tries + 1)
    if (verifyMember(crypto, log, { name, device, visibility, label }, signature) !== undefined) continue
    listings.set(item, { label, log, device, visibility, timeMs })
  }
  return [...listings.values()]
}

/** Labels that the cards claim to have in public, each once: to be shown, not to be relied on, as no signature is checked. */
export function claimedLabels({ cards }: NameState): string[] {
  const labels = cards.flatMap((card) => {
    const records = card === undefined ? [] : decodeCard(card.chunk)
    return typeof records === 'string'
      ? []
      : records.flatMap((record) => (record.type === 'stream' ? record.label : []))
  })
  return [...new Set(labels)].sort()
}

/** What the owner would like to be called, by the newest hint of all cards; undefined without one. */
export function petnameOf(state: NameState, nowMs: number): string | undefined {
  let newest: { timeMs: number; petname: string } | undefined
  for (const card of state.cards) {
    const records = card === undefined ? [] : decodeCard(card.chunk)
    if (typeof records === 'string') continue
    for (const record of records) {
      if (record.type !== 'hint' || record.timeMs > nowMs + MAX_CLOCK_AHEAD_MS) continue
      if (newest === undefined || record.timeMs > newest.timeMs) newest = record
    }
  }
  return newest?.petname
}

function openRecord(crypto: Crypto, record: CardRecord, secret: Uint8Array | undefined): StreamRecord | undefined {
  if (record.type === 'stream') return record
  if (record.type !== 'sealed' || secret === undefined) return undefined
  const opened = openStreamRecord(crypto, secret, record)
  return typeof opened === 'string' ? undefined : opened
}
