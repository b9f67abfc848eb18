// Vectors of the protocol's pages on the seal of runs, pages, log trees, sites, heads and head answers (§5, §6.1, §6.2,
// §6.5, §7, §10.2): one unlisted log that appends three times, forks once, and closes a page. Byte strings are lower-case
// hex; times are milliseconds since 1970.

import { toHex } from '../../stack/bytes/index.js'
import { type Crypto, runScope } from '../../stack/crypto/index.js'
import {
  decodePage,
  emptyRoot,
  encodeHeadAnswer,
  encodeNote,
  encodeReference,
  encodeTree,
  type HeldHead,
  haveOfHead,
  type Page,
  ReferenceKind,
} from '../../stack/data/index.js'
import { SampleLog } from '../samples/log.js'
import { filled, sampleSeeds, sampleTimeMs } from '../samples/name.js'

const ascii = (text: string) => new TextEncoder().encode(text)

/** What the third entry refers to: a root that only has a name here. */
const root = { child: filled(0x11), id: filled(0x22), kind: ReferenceKind.directory, bytes: 1_234, reachable: 5_678 }
const note = { files: 3, bytes: 1_234, mode: 0o755, added: 3, changed: 0, removed: 0, name: 'site' }

/** A plain object that JSON holds. */
export function dataLogVectors(crypto: Crypto): Record<string, unknown> {
  const log = new SampleLog(crypto)
  log.append([{ bytes: ascii('first') }, { bytes: ascii('second') }])
  log.append([{ bytes: encodeNote(note), reference: root, site: true }])
  const grown = log.fork()
  const forked = log.fork(1)
  forked.append([{ bytes: ascii('another third') }])
  const commit = grown.append(bigEntries())
  return {
    seed: toHex(log.seed),
    log: toHex(log.log),
    secret: toHex(sampleSeeds.secret),
    emptyRoot: toHex(emptyRoot),
    scope: { secret: toHex(log.scope), public: toHex(runScope(crypto, log.log, undefined)) },
    entries: entries(log),
    reference: { ...hexOf({ ...root, child: 0 }), encoded: toHex(encodeReference({ ...root, child: 0 })) },
    note: { ...note, encoded: toHex(encodeNote(note)) },
    runs: runs(log),
    heads: log.heads.map(headVector),
    closing: {
      appended: bigEntries().map(({ bytes }) => ({ byte: bytes[0], length: bytes.length })),
      chunks: commit.chunks.map(({ name, bytes }) => ({
        name: toHex(name),
        length: bytes.length,
        // A page of 31,000 equal bytes is left out: its name tells whether it was made right.
        chunk: bytes.length > 1_000 ? undefined : toHex(bytes),
      })),
      head: headVector(commit.held),
    },
    tree: tree(crypto),
    answers: answers(crypto, log, forked.held),
  }
}

/** Enough to close the page that holds the first three entries, and to begin another. */
function bigEntries() {
  return [31_000, 32_000].map((length, index) => ({ bytes: new Uint8Array(length).fill(index + 1) }))
}

function hexOf(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, value instanceof Uint8Array ? toHex(value) : value]),
  )
}

function entries(log: SampleLog) {
  return log.entries.map(({ bytes, reference }, sequence) => ({
    sequence,
    timeMs: sampleTimeMs + (sequence < 2 ? 1_000 : 2_000),
    flags: reference === undefined ? 0 : 3,
    bytes: toHex(bytes),
  }))
}

function runs(log: SampleLog) {
  const page = decodePage(log.held.page) as Page
  return page.runs.map(({ first, count, id, sealed, children }) => ({
    first,
    count,
    id: toHex(id),
    sealed: toHex(sealed),
    children: children.map((child) => hexOf({ ...child })),
  }))
}

function headVector({ head, headBytes, page }: HeldHead) {
  return {
    ...hexOf({ ...head }),
    bytes: head.bytes,
    head: toHex(headBytes),
    page: page.length > 1_000 ? undefined : toHex(page),
  }
}

/** A tree of level 1 whose children only have names here. */
function tree(crypto: Crypto) {
  const children = [1, 2].map((value) => ({
    name: filled(value),
    entries: 100 * value,
    bytes: 5_000 * value,
    reachable: 9_000 * value,
  }))
  const chunk = encodeTree({ level: 1, children })
  return { level: 1, children: children.map(hexOf), chunk: toHex(chunk), name: toHex(crypto.hash(chunk)) }
}

/** Answers with the third head for who has nothing, the second head, the third, and for anyone when the writer forked. */
function answers(crypto: Crypto, log: SampleLog, other: HeldHead) {
  const answer = (have: HeldHead | undefined, fork?: HeldHead) => ({
    have: hexOf({ ...haveOfHead(have) }),
    payload: toHex(
      encodeHeadAnswer(
        crypto,
        log.held,
        haveOfHead(have),
        fork === undefined ? undefined : { log: log.log, first: log.held, second: fork },
      ),
    ),
  })
  return {
    nothing: answer(undefined),
    earlier: answer(log.heads[1]),
    same: answer(log.held),
    conflict: answer(log.held, other),
  }
}
