// Vectors of the protocol's page on the store (§11): a record of each place with every item that it may hold, and a
// segment as it stands on disk. Byte strings are lower-case hex; times are milliseconds since 1970.

import type { Item, PlaceName } from '../../node/store/item.js'
import { encodeRecord } from '../../node/store/record.js'
import { concat, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeCardHead, encodeCertificate } from '../../stack/name/index.js'
import { SampleLog } from '../samples/log.js'
import { filled, SampleName, sampleTimeMs } from '../samples/name.js'

/** A plain object that JSON holds: records by place, and a segment. */
export function storeVectors(crypto: Crypto): Record<string, unknown> {
  const items = sampleItems(crypto)
  const records = { own: items.own, kept: items.kept, cache: items.cache }
  const own = encodeRecord(crypto, 'own', items.own).record
  const second = encodeRecord(crypto, 'own', [items.forget]).record
  // 64 zeros stand for the 256 KiB and more that are written ahead.
  const segment = concat(own, second, new Uint8Array(64))
  return {
    records: Object.entries(records).map(([place, list]) => recordVector(crypto, place as PlaceName, list)),
    segment: { place: 'own', offsets: [0, own.length], end: own.length + second.length, bytes: toHex(segment) },
  }
}

/** An item as JSON shows it: its fields by name, byte strings in hex, an absent page as null. */
export function describeItem(item: Item): Record<string, unknown> {
  const fields = Object.entries(item).filter(([, value]) => value !== undefined)
  return Object.fromEntries(fields.map(([name, value]) => [name, describeField(value)]))
}

function describeField(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, describeField(field)]))
}

function recordVector(crypto: Crypto, place: PlaceName, items: readonly Item[]): unknown {
  return { place, items: items.map(describeItem), bytes: toHex(encodeRecord(crypto, place, items).record) }
}

function sampleItems(crypto: Crypto) {
  const sample = new SampleName(crypto)
  const log = new SampleLog(crypto, undefined)
  const { runs } = log.append([{ bytes: Uint8Array.of(1, 2, 3) }])
  const held = log.held
  // Two writers who go on from the same state: the fork that a restored backup makes.
  const twin = log.fork()
  twin.append([{ bytes: Uint8Array.of(4) }])
  log.append([{ bytes: Uint8Array.of(5) }])
  const { headBytes: cardHead, chunk: card } = sample.card(1)
  const seen = { ageS: 7, seenMs: sampleTimeMs }
  const head = { type: 'head', ageS: 0, seenMs: sampleTimeMs, headBytes: held.headBytes } as const
  const name = { type: 'name', ...seen, certificateBytes: encodeCertificate(sample.certificate()) } as const
  const forget: Item = { type: 'forget', name: filled(9) }
  const own: Item[] = [
    { type: 'chunk', name: crypto.hash(card), bytes: card },
    ...runs.map((run): Item => ({ type: 'run', log: log.log, position: run.position, bytes: run.bytes })),
    { ...head, page: undefined },
    { type: 'card', ageS: 0, seenMs: sampleTimeMs, headBytes: cardHead },
    { type: 'value', key: 'identity/name', bytes: sample.name },
    { type: 'value', key: 'petname/Ada', bytes: new Uint8Array(0) },
  ]
  const [first, second] = [twin.held, log.held]
  const kept: Item[] = [
    { ...head, ...seen, page: held.page },
    name,
    {
      type: 'fork',
      first: { headBytes: first.headBytes, page: first.page },
      second: { headBytes: second.headBytes, page: second.page },
    },
  ]
  const cache: Item[] = [
    { ...head, ...seen, page: held.page },
    name,
    { type: 'card', ...seen, headBytes: encodeCardHead(sample.cardHead()) },
  ]
  return { own, kept, cache, forget }
}
