// Targets of what is on disk: records, snapshots and small files, with and without checksums that fit, and whole homes
// with damage in them.

import { isRunnelError } from '../../../errors/index.js'
import { decodeKnownFiles } from '../../../node/publisher/known-files.js'
import { decodeHot } from '../../../node/store/cache-hot.js'
import { decodeSnapshot } from '../../../node/store/index-snapshot.js'
import { type Item, type PlaceName, placeCodes } from '../../../node/store/item.js'
import { decodeIdentity, encodeIdentity } from '../../../node/store/process-identity.js'
import {
  decodeRecord,
  decodeRecordHeader,
  encodeRecord,
  mayBeginRecord,
  type PlacedItem,
  RECORD_HEADER_BYTES,
  rescueChunks,
} from '../../../node/store/record.js'
import type { MemoryFiles } from '../../../node/store/testing/memory-files.js'
import { openMemoryStore } from '../../../node/store/testing/open.js'
import { cardHeadOf, certificateOf, chunkItem, headOf, keyOf } from '../../../node/store/testing/samples.js'
import { concat, decodeUtf8, encodeUtf8, equal, toHex, Writer } from '../../../stack/bytes/index.js'
import { Choices, choose } from '../choices.js'
import { codec } from '../codec.js'
import { chunkNames, sampleHome } from '../home.js'
import { crypto, words } from '../samples.js'
import { demand, type Target } from '../target.js'

const corpus = (name: string): string[] => [`node/store/corpus/${name}`]
const places: readonly PlaceName[] = ['own', 'kept', 'cache']
const itemsOf = (placed: readonly PlacedItem[]) => placed.map(({ item }) => item)
const encodeItems = (place: PlaceName) => (placed: PlacedItem[]) => encodeRecord(crypto, place, itemsOf(placed)).record

export const storeTargets: readonly Target[] = [
  codec({
    name: 'node/store/record',
    covers: ['decodeRecord', 'decodeRecordHeader'],
    corpora: corpus('record'),
    decode: (bytes) => decodeRecord(crypto, 'own', bytes),
    encode: encodeItems('own'),
  }),
  ...places.map((place) =>
    codec({
      name: `node/store/record-${place}`,
      covers: ['decodeItem'],
      // The input is the items; length and checksum are put before them here.
      seeds: () => [sampleRecord(place).subarray(RECORD_HEADER_BYTES)],
      decode: (bytes) => decodeRecord(crypto, place, withChecksum(place, bytes)),
      encode: (placed: PlacedItem[]) => encodeItems(place)(placed).subarray(RECORD_HEADER_BYTES),
    }),
  ),
  {
    name: 'node/store/rescue',
    kind: 'decoder',
    covers: [],
    corpora: corpus('record'),
    run(bytes) {
      mayBeginRecord(bytes)
      const header = decodeRecordHeader(bytes.subarray(0, RECORD_HEADER_BYTES))
      demand(typeof header === 'string' || header.checksum.length === 16, 'a header has a checksum')
      for (const { item } of rescueChunks(crypto, 'kept', bytes)) {
        demand(
          item.type === 'chunk' && equal(crypto.hash(item.bytes), item.name),
          'what is rescued is what its name says',
        )
      }
    },
  },
  codec({
    name: 'node/store/index-snapshot',
    covers: ['decodeSnapshot'],
    corpora: corpus('index-snapshot'),
    allocatesBytes: 1 << 16,
    decode: (bytes) => decodeSnapshot(crypto, 'own', 7, endingInHash(bytes)),
    check: (snapshot, bytes) => {
      demand(equal(snapshot.encode(crypto, 'own', 7), endingInHash(bytes)), 'a snapshot goes back to its bytes')
      let last = -1
      snapshot.visit({
        chunk: (name, offset, length) => {
          demand(
            name.length === 32 && offset > last && offset + length <= snapshot.end,
            'chunks lie one after the other',
          )
          last = offset
        },
        record: (offset) => demand(offset < snapshot.end, 'records lie in the segment'),
      })
    },
  }),
  codec({
    name: 'node/store/cache-hot',
    covers: ['decodeHot'],
    corpora: corpus('cache-hot'),
    decode: (bytes) => decodeHot(crypto, endingInHash(bytes)),
    check: (hot, bytes) => demand(equal(hot.encode(crypto), endingInHash(bytes)), 'goes back to its bytes'),
  }),
  codec({
    name: 'node/publisher/known-files',
    covers: ['decodeKnownFiles'],
    corpora: ['node/publisher/corpus/known-files'],
    decode: (bytes) => decodeKnownFiles(crypto, new Uint8Array(8), endingInHash(bytes)),
    check: (known, bytes) => demand(equal(known.encode(), endingInHash(bytes)), 'goes back to its bytes'),
  }),
  codec({
    name: 'node/store/identity',
    covers: ['decodeIdentity'],
    seeds: () => {
      const identity = { pid: 7, start: '1', boot: 'b', space: 's', token: '0'.repeat(32) }
      return [encodeUtf8(encodeIdentity(identity))]
    },
    words: words('"pid":', 'null', '-1', '1e999', '[]', '{}', '"__proto__":', '\\u0000'),
    decode: (bytes) => decodeIdentity(decodeUtf8(bytes) ?? ''),
    check: (identity) => {
      const again = decodeIdentity(encodeIdentity(identity))
      demand(again !== undefined && encodeIdentity(again) === encodeIdentity(identity), 'an identity stays itself')
    },
  }),
  {
    name: 'node/store/home',
    kind: 'machine',
    covers: ['openHome', 'openStore'],
    allocatesBytes: 64 << 20,
    inputBytes: 512,
    casesInCi: 60,
    seeds: () => [
      choose(0, 0, 0, 40, 1, 9),
      choose(1, 1, 0, 100, 3, 255),
      choose(2, 3, 0, 30, 40, 7),
      choose(3, 0, 1, 44, 1, 1),
    ],
    run: runHome,
  },
]

function sampleRecord(place: PlaceName): Uint8Array {
  const [chunk, held] = [chunkItem(1, 40), headOf({ log: keyOf(1), length: 1 })]
  const aged = { ageS: 1, seenMs: 2 }
  const common: Item[] = [
    chunk,
    { type: 'value', key: 'key', bytes: Uint8Array.of(1) },
    { type: 'name', ...aged, certificateBytes: certificateOf(1, 0, 1) },
    { type: 'card', ...aged, headBytes: cardHeadOf(1, 0, 1) },
    { type: 'forget', name: chunk.name },
  ]
  const others: Item[] = [
    { type: 'head', ...aged, ...held },
    { type: 'fork', first: held, second: held },
  ]
  const own: Item[] = [
    { type: 'run', log: keyOf(1), position: 1, bytes: Uint8Array.of(1, 2) },
    { type: 'head', ...aged, headBytes: held.headBytes, page: undefined },
  ]
  return encodeRecord(crypto, place, [...common, ...(place === 'own' ? own : others)]).record
}

function withChecksum(place: PlaceName, items: Uint8Array): Uint8Array {
  const prefix = new Writer(5).u8(placeCodes[place]).u32(items.length).bytes()
  const checksum = crypto.hashParts(prefix, items).subarray(0, 16)
  return new Writer(items.length + 24).put(encodeUtf8('RNL1')).u32(items.length).put(checksum).put(items).bytes()
}

/** The bytes with the last sixteen of them the beginning of the hash of all before. */
function endingInHash(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16) return bytes
  const body = bytes.subarray(0, -16)
  return concat(body, crypto.hash(body).subarray(0, 16))
}

/** A home with changes at rest: it opens, or says in a RunnelError why not, and gives nothing that does not verify. */
async function runHome(bytes: Uint8Array): Promise<void> {
  const choices = new Choices(bytes)
  const files = (await sampleHome()).copy()
  const paths = files.paths().filter((path) => !path.endsWith('/lock'))
  for (let count = 0; choices.left > 0 && count < 16; count++) damage(files, paths, choices)
  let store: Awaited<ReturnType<typeof openMemoryStore>>
  try {
    store = await openMemoryStore(files)
  } catch (thrown) {
    demand(isRunnelError(thrown), `a home that does not open says why, and not ${String(thrown)}`)
    demand(files.openFiles === 0, 'a home that does not open leaves nothing open')
    return
  }
  try {
    for (const name of await chunkNames()) {
      const found = store.readChunk(name)
      demand(found === undefined || equal(crypto.hash(found.bytes), name), `${toHex(name)} is what its name says`)
    }
    for (const { log } of store.ownHeads()) store.head(log)
    store.values()
    store.forks()
    await store.scrub()
    await store.commit([{ type: 'value', key: 'after', bytes: Uint8Array.of(1) }]).catch((thrown: unknown) => {
      demand(isRunnelError(thrown), `a commit that fails says why, and not ${String(thrown)}`)
    })
  } finally {
    await store.close()
  }
  demand(files.openFiles === 0, 'what was opened is closed')
}

/** One change: some bytes of one file; with `how` 3 the record around them gets a checksum that fits. */
function damage(files: MemoryFiles, paths: readonly string[], choices: Choices): void {
  const [how, which, where, length, value] = [choices.below(4), choices.u8(), choices.u16(), choices.u8(), choices.u8()]
  const path = paths[which % paths.length]
  if (path === undefined) return
  const content = files.content(path)
  const at = where % Math.max(1, content.length)
  if (how === 0) content[at] = value
  else if (how === 1) content.fill(value, at, at + length)
  else if (how === 2) content.copyWithin(at, value * 16, value * 16 + length)
  else mend(content, at, value, path)
}

function mend(content: Uint8Array, at: number, value: number, path: string): void {
  const place = places.find((name) => path.includes(`/${name}/`))
  for (let start = 0; place !== undefined && start + RECORD_HEADER_BYTES < content.length; ) {
    const header = decodeRecordHeader(content.subarray(start, start + RECORD_HEADER_BYTES))
    if (typeof header === 'string') return
    const end = start + RECORD_HEADER_BYTES + header.itemsBytes
    if (at >= start + RECORD_HEADER_BYTES && at < end && end <= content.length) {
      content[at] = value
      content.set(withChecksum(place, content.subarray(start + RECORD_HEADER_BYTES, end)), start)
      return
    }
    start = end
  }
}
