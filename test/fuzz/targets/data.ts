// Targets of stack/data, one chunk or head at a time. What stands behind a seal or a signature is sealed or signed again.

import { concat, equal, Reader, toHex, Writer } from '../../../stack/bytes/index.js'
import { open, seal } from '../../../stack/crypto/index.js'
import { decodeEntries, encodeEntries } from '../../../stack/data/entry.js'
import {
  ChunkKind,
  checkChunk,
  checkForkProof,
  childrenOf,
  compareHeads,
  compareNames,
  decodeDirectory,
  decodeHead,
  decodeNode,
  decodeNote,
  decodePage,
  decodeReference,
  decodeRun,
  decodeTree,
  encodeDirectory,
  encodeHead,
  encodeHeadAnswer,
  encodeNode,
  encodeNote,
  encodePart,
  encodeReference,
  encodeRun,
  encodeTree,
  type HeadAnswer,
  type HeldHead,
  haveOfHead,
  openHeldHead,
  openPart,
  openRun,
  pagePrefixes,
  verifyHeadAnswer,
} from '../../../stack/data/index.js'
import { idIn, sealed, unsealed } from '../../samples/chunks.js'
import { codec } from '../codec.js'
import { readFolder } from '../corpus.js'
import { resignHead, resignHeadAnswer } from '../resign.js'
import { crypto, fileScopes, keys, logStates, nowMs, sampleLog, twinLog, u64 } from '../samples.js'
import { demand, type Target } from '../target.js'

const scope = fileScopes.public
const laterMs = nowMs + 86_400_000
const clear = ['page', 'tree', 'children', 'node', 'directory'].map((name) => `stack/data/corpus/${name}`)

export const dataTargets: readonly Target[] = [
  codec({
    name: 'stack/data/reference',
    covers: ['decodeReference'],
    corpora: ['stack/data/corpus/reference'],
    decode: decodeReference,
    encode: encodeReference,
  }),
  codec({
    name: 'stack/data/note',
    covers: ['decodeNote'],
    corpora: ['stack/data/corpus/note'],
    decode: decodeNote,
    encode: encodeNote,
  }),
  codec({
    name: 'stack/data/entries',
    covers: ['decodeEntries'],
    corpora: ['stack/data/corpus/entries'],
    decode: (bytes) => decodeEntries(bytes, 2, 1),
    encode: (entries) => encodeEntries(entries, 1),
  }),
  codec({
    name: 'stack/data/head',
    covers: ['decodeHead'],
    corpora: ['stack/data/corpus/head'],
    words: keys,
    decode: decodeHead,
    encode: encodeHead,
  }),
  codec({
    name: 'stack/data/tree',
    covers: ['decodeTree'],
    corpora: ['stack/data/corpus/tree'],
    words: [u64(0), u64(1), u64(2 ** 53 - 1)],
    decode: decodeTree,
    encode: encodeTree,
  }),
  codec({
    name: 'stack/data/run',
    covers: ['decodeRun', 'openRun', 'readRun'],
    corpora: ['stack/data/corpus/run'],
    inputBytes: 8_192,
    // The entries stand as they are in the input, and are sealed here.
    seeds: () => sampleRuns(),
    decode: (bytes) => decodeRun(resealedRun(bytes)),
    check: (run, bytes) => {
      const entries = openRun(crypto, sampleLog.scope, run)
      if (typeof entries === 'string') return
      const again = encodeRun(crypto, sampleLog.scope, run.first, entries, run.children)
      demand(equal(again, resealedRun(bytes)), 'a run goes back to its bytes')
    },
  }),
  codec({
    name: 'stack/data/page',
    covers: ['decodePage'],
    corpora: ['stack/data/corpus/page'],
    inputBytes: 8_192,
    seeds: () => logStates.slice(0, 3).map(({ page }) => page),
    words: [u64(0), u64(2 ** 53 - 1)],
    decode: decodePage,
    check: (page, bytes) => {
      const prefixes = pagePrefixes(bytes)
      demand(typeof prefixes !== 'string' && prefixes.at(-1)?.end === bytes.length, 'the last prefix is the page')
      const counted = page.runs.reduce((sum, run) => sum + run.count, 0)
      demand(counted === page.entries && Number.isSafeInteger(page.first + page.entries), 'a page counts its entries')
      demand(page.reachable >= bytes.length && page.bytes <= bytes.length, 'and its bytes')
      const children = childrenOf(bytes)
      demand(typeof children !== 'string' && children.length === page.children, 'whoever carries it sees its children')
    },
  }),
  codec({
    name: 'stack/data/children',
    covers: [],
    corpora: clear,
    decode: childrenOf,
    check: (children, bytes) => {
      for (const { name } of children) demand(name.length === 32, 'names have 32 bytes')
      demand(bytes[0] === ChunkKind.closings || children.length <= 256, 'at most 256 children')
      demand(checkChunk(crypto, crypto.hash(bytes), bytes) === undefined, 'what shows children is a chunk')
    },
  }),
  codec({
    name: 'stack/data/node',
    covers: ['decodeNode'],
    seeds: () => opened('stack/data/corpus/node'),
    // The list stands open in the input.
    decode: (bytes) => {
      const { id, chunk } = sealed(crypto, scope, bytes)
      return decodeNode(crypto, scope, id, chunk)
    },
    encode: (node) => unsealed(crypto, scope, encodeNode(crypto, scope, node).chunk),
  }),
  codec({
    name: 'stack/data/directory',
    covers: ['decodeDirectory'],
    seeds: () => opened('stack/data/corpus/directory'),
    words: [...keys, u64(2 ** 53 - 1)],
    decode: (bytes) => {
      const { id, chunk } = sealed(crypto, scope, bytes)
      return decodeDirectory(crypto, scope, id, chunk)
    },
    encode: (items) => unsealed(crypto, scope, encodeDirectory(crypto, scope, items).chunk),
    check: (items) => {
      for (const [index, { name }] of items.slice(1).entries()) {
        demand(compareNames(items[index]?.name ?? '', name) < 0, 'names ascend')
      }
    },
  }),
  {
    name: 'stack/data/sealed-raw',
    kind: 'decoder',
    covers: [],
    corpora: clear,
    run(bytes) {
      // Nothing is sealed again: whatever stands there, an id that is not its own does not open.
      const id = idIn(bytes.length === 0 ? Uint8Array.of(0) : bytes)
      for (const decode of [decodeNode, decodeDirectory]) decode(crypto, scope, id, bytes)
    },
  },
  {
    name: 'stack/data/part',
    kind: 'decoder',
    covers: ['openPart'],
    corpora: ['stack/data/corpus/part'],
    run(bytes) {
      demand(typeof openPart(crypto, scope, new Uint8Array(32), bytes) === 'string', 'another id does not open')
      if (bytes.length === 0) return
      const { id, chunk } = encodePart(crypto, scope, bytes)
      const opened = openPart(crypto, scope, id, chunk)
      demand(typeof opened !== 'string' && equal(opened, bytes), 'a part opens to what was sealed')
      const cut = openPart(crypto, scope, id, chunk.subarray(0, -1))
      demand(typeof cut === 'string', 'a part that was cut does not open')
    },
  },
  headAnswer('stack/data/head-answer', ['openHeldHead'], (bytes) => bytes),
  headAnswer('stack/data/head-answer-signed', [], (bytes) => resignHeadAnswer(bytes, true)),
  headAnswer('stack/data/head-answer-counted', [], (bytes) => resignHeadAnswer(bytes, false)),
  {
    name: 'stack/data/fork-proof',
    kind: 'decoder',
    covers: [],
    casesInCi: 2_000,
    allocatesBytes: 1 << 19,
    inputBytes: 8_192,
    seeds: () => [proofOf(logStates[2], twinLog.held), proofOf(logStates[1], logStates[2])],
    run(bytes) {
      const reader = new Reader(bytes)
      const [first, second] = [heldIn(reader), heldIn(reader)]
      if (reader.failed !== undefined || first === undefined || second === undefined) return
      const proof = { log: sampleLog.log, first, second }
      const refusal = checkForkProof(crypto, laterMs, proof)
      const turned = checkForkProof(crypto, laterMs, { ...proof, first: second, second: first })
      demand((refusal === undefined) === (turned === undefined), 'a proof proves the same in either order')
      const same = checkForkProof(crypto, laterMs, { ...proof, second: first })
      demand(same !== undefined, 'a state is no fork of itself')
    },
  },
]

/** The chunks of a corpus with their lists open, as far as they open. */
function opened(folder: string): Uint8Array[] {
  return readFolder(folder).flatMap(({ bytes }) => {
    try {
      return [unsealed(crypto, scope, bytes)]
    } catch {
      return []
    }
  })
}

/** An answer for the sample's log, to who has nothing and to who has each of its states. */
function headAnswer(name: string, covers: string[], made: (bytes: Uint8Array) => Uint8Array): Target {
  const holders = [undefined, ...logStates.slice(0, 4), twinLog.held]
  return {
    name,
    kind: 'decoder',
    covers: [...covers, 'verifyHeadAnswer'],
    corpora: ['stack/data/corpus/head-answer'],
    ...(covers.length === 0 ? { casesInCi: 1_000 } : {}),
    allocatesBytes: 1 << 20,
    inputBytes: 8_192,
    words: [...keys, u64(0), u64(1), u64(3)],
    seeds: () => {
      const answers = logStates.slice(0, 3).map((held) => encodeHeadAnswer(crypto, held, haveOfHead(undefined)))
      const [first, second] = [logStates[2] as HeldHead, twinLog.held]
      const fork = { log: sampleLog.log, first, second }
      return [...answers, encodeHeadAnswer(crypto, first, haveOfHead(undefined), fork)]
    },
    run(bytes) {
      const given = made(bytes)
      for (const held of holders) {
        const payload = given.slice()
        const answer = verifyHeadAnswer(crypto, laterMs, sampleLog.log, held, payload)
        if (typeof answer !== 'string') checkHeadAnswer(held, answer, payload)
      }
    },
  }
}

/** What comes of an answer is verified, never lower than what was held, and apart from the answer's memory. */
function checkHeadAnswer(before: HeldHead | undefined, answer: HeadAnswer, payload: Uint8Array): void {
  const { held, fork } = answer
  const opened = openHeldHead(crypto, laterMs, sampleLog.log, held.headBytes, held.page)
  demand(typeof opened !== 'string', `what is held from now on verifies, and is not ${String(opened)}`)
  demand(before === undefined || compareHeads(held.head, before.head) >= 0, 'never lower than what was held')
  demand(before === undefined || answer.newer === (held !== before), 'newer says whether it is another')
  demand(answer.continuity !== 'fork' || held === before, 'what forks from what is held does not replace it')
  if (fork !== undefined) demand(checkForkProof(crypto, laterMs, fork) === undefined, 'a fork that is told is proven')
  const text = toHex(concat(held.headBytes, held.page))
  payload.fill(0xee)
  demand(toHex(concat(held.headBytes, held.page)) === text, 'what is held shares no memory with the answer')
}

function proofOf(first: HeldHead | undefined, second: HeldHead | undefined): Uint8Array {
  const writer = new Writer(1_024)
  for (const held of [first, second]) {
    if (held !== undefined) writer.lp16(held.headBytes).lp16(held.page)
  }
  return writer.bytes()
}

function heldIn(reader: Reader): HeldHead | undefined {
  const [headBytes, page] = [reader.lp16(), reader.lp16()]
  const signed = resignHead(headBytes, page, true)
  const head = decodeHead(signed)
  return typeof head === 'string' ? undefined : { head, headBytes: signed, page }
}

/** Where the entries of a run begin, or undefined where the bytes do not get so far. */
function entriesAt(bytes: Uint8Array): number | undefined {
  const at = 2 + 1 + 40 * (bytes[2] ?? 0) + 8 + 2 + 32
  return at <= bytes.length ? at : undefined
}

/** A run whose entries stood open in the input, with the length that it then has. */
function resealedRun(bytes: Uint8Array): Uint8Array {
  const at = entriesAt(bytes)
  if (at === undefined) return bytes
  const context = bytes.subarray(at - 42, at - 34)
  const { id, sealed: list } = seal(crypto, sampleLog.scope, ChunkKind.page, context, bytes.subarray(at))
  return concat(bytes.subarray(0, at - 32), id, list)
}

function sampleRuns(): Uint8Array[] {
  return logStates.slice(1, 3).flatMap(({ page }) => {
    const decoded = decodePage(page)
    if (typeof decoded === 'string') return []
    let end = 1
    return decoded.runs.map((run) => {
      const bytes = page.slice(end, end + 45 + 40 * run.children.length + run.sealed.length)
      end += bytes.length
      const at = entriesAt(bytes) ?? 0
      const context = bytes.subarray(at - 42, at - 34)
      const list = open(crypto, sampleLog.scope, ChunkKind.page, context, run.id, run.sealed)
      return typeof list === 'string' ? bytes : concat(bytes.subarray(0, at), list)
    })
  })
}
