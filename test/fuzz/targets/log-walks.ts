// Targets of the walks through logs: any pages and trees under a head that is signed and whole, read by number and by byte,
// compared with another state of the log, and opened again at the right edge.

import { concat, equal, Writer } from '../../../stack/bytes/index.js'
import {
  decodePage,
  decodeTree,
  emptyRoot,
  encodeHead,
  encodeTree,
  type HeldHead,
  LogReader,
  openHeldHead,
  PrefixCheck,
  pathTo,
  RightEdge,
  signHead,
} from '../../../stack/data/index.js'
import { tinyPage } from '../../samples/tiny-pages.js'
import { Choices, choose } from '../choices.js'
import { slot } from '../grove.js'
import { crypto, nowMs, sampleLog } from '../samples.js'
import { demand, type Target } from '../target.js'

interface Piece {
  readonly name: Uint8Array
  readonly chunk: Uint8Array
  readonly entries: number
  readonly bytes: number
  readonly reachable: number
}

const maxSteps = 2_000
const maxPieces = 64
const common = { kind: 'machine', inputBytes: 4_096, allocatesBytes: 1 << 20, seeds: logs } as const

export const logWalkTargets: readonly Target[] = [
  { ...common, name: 'stack/data/log-reader', covers: ['openHeldHead'], run: runLogReader },
  { ...common, name: 'stack/data/right-edge', covers: [], run: runRightEdge },
  { ...common, name: 'stack/data/prefix-check', covers: [], run: runPrefixCheck },
]

/** The pieces of an input: pages as they are, trees with the names and, unless told otherwise, the counts of children. */
function growLog(choices: Choices): Piece[] {
  const pieces: Piece[] = []
  let first = 0
  const inOrder = choices.below(4) > 0
  while (choices.left > 0 && pieces.length < maxPieces) {
    const chunk = choices.block16()
    if (chunk[0] === 2) growTree(chunk, pieces)
    const page = decodePage(inOrder ? renumbered(chunk, first) : chunk)
    const kept = typeof page === 'string' || !inOrder ? chunk : renumbered(chunk, first)
    if (typeof page !== 'string') first += page.entries
    pieces.push({ name: crypto.hash(kept), chunk: kept, ...countsOf(kept) })
  }
  return pieces
}

/** A page whose runs follow each other from `first` on. */
function renumbered(chunk: Uint8Array, first: number): Uint8Array {
  const page = chunk.slice()
  if (page[0] !== 1) return page
  let next = first
  for (let at = 1; at + 45 <= page.length; ) {
    const length = (page[at] ?? 0) * 256 + (page[at + 1] ?? 0)
    const numbers = at + 3 + 40 * (page[at + 2] ?? 0)
    if (numbers + 10 > page.length) break
    page.set(new Writer(8).u64(next).bytes(), numbers)
    next += (page[numbers + 8] ?? 0) * 256 + (page[numbers + 9] ?? 0)
    at += 2 + length
  }
  return page
}

function growTree(chunk: Uint8Array, pieces: readonly Piece[]): void {
  for (let at = 4; at + 56 <= chunk.length; at += 56) {
    const piece = pieces[(chunk[at] ?? 0) % Math.max(1, pieces.length)]
    const asSaid = (chunk[at + 1] ?? 0) % 2 === 1
    if (piece === undefined) continue
    chunk.set(piece.name, at)
    if (asSaid) continue
    const counts = new Writer(24).u64(piece.entries).u64(piece.bytes).u64(piece.reachable).bytes()
    chunk.set(counts, at + 32)
  }
}

function countsOf(chunk: Uint8Array): Pick<Piece, 'entries' | 'bytes' | 'reachable'> {
  const page = decodePage(chunk)
  if (typeof page !== 'string') return page
  const tree = decodeTree(chunk)
  const counts = { entries: 0, bytes: 0, reachable: chunk.length }
  if (typeof tree === 'string') return counts
  for (const child of tree.children) {
    counts.entries += child.entries
    counts.bytes += child.bytes
    counts.reachable += child.reachable
  }
  const safe = Object.values(counts).every(Number.isSafeInteger)
  return safe ? counts : { entries: 0, bytes: 0, reachable: chunk.length }
}

/** A head with this tree and this open page, where one can be signed that verifies. */
function headOf(closed: Piece | undefined, page: Uint8Array): HeldHead | undefined {
  const counts = closed ?? { entries: 0, bytes: 0, reachable: 0, name: emptyRoot }
  const whole = renumbered(page, counts.entries)
  const open = decodePage(whole)
  if (typeof open === 'string') return undefined
  const numbers = {
    length: counts.entries + open.entries,
    bytes: counts.bytes + open.bytes,
    reachable: counts.reachable + open.reachable,
  }
  if (!Object.values(numbers).every(Number.isSafeInteger)) return undefined
  const head = signHead(crypto, sampleLog.seed, {
    log: sampleLog.log,
    ...numbers,
    closedLength: counts.entries,
    closedRoot: counts.entries === 0 ? emptyRoot : counts.name,
    openPage: crypto.hash(whole),
    openBytes: whole.length,
    timeMs: nowMs,
    maxAgeS: 300,
  })
  const held = openHeldHead(crypto, nowMs, sampleLog.log, encodeHead(head), whole)
  return typeof held === 'string' ? undefined : held
}

function chunkOf(pieces: readonly Piece[], name: Uint8Array): Uint8Array | undefined {
  return pieces.find((piece) => equal(piece.name, name))?.chunk
}

interface Stepper {
  wanted(limit?: number): Uint8Array[]
  handleChunk(name: Uint8Array, chunk: Uint8Array): string | undefined
  result(): unknown
}

/** Brings a stepper what it wants, as far as it is there; what it does not want changes nothing. */
function drive(stepper: Stepper, pieces: readonly Piece[], limit: number, each: () => void): void {
  for (let step = 0; step < maxSteps; step++) {
    each()
    if (stepper.result() !== undefined) return
    const names = stepper.wanted(limit)
    const name = names[step % Math.max(1, names.length)]
    const chunk = name && chunkOf(pieces, name)
    if (name === undefined || chunk === undefined) return
    demand(stepper.handleChunk(new Uint8Array(32), chunk) === undefined, 'what nobody asked for is ignored')
    stepper.handleChunk(name, chunk)
  }
  demand(false, 'a walk ends')
}

/** Choices, the open page, then the pieces; the last of them is the top. */
function readInput(bytes: Uint8Array): {
  choices: Choices
  held: HeldHead | undefined
  pieces: Piece[]
  top: Piece | undefined
} {
  const choices = new Choices(bytes)
  const own = new Choices(choices.take(8))
  const page = choices.block16()
  const pieces = growLog(choices)
  const top = pieces.at(-1)
  return { choices: own, held: headOf(top, page), pieces, top }
}

function runLogReader(bytes: Uint8Array): void {
  const { choices, held, pieces } = readInput(bytes)
  if (held === undefined) return
  const [unit, from, span, limit] = [choices.below(2), choices.u8(), choices.u16(), 1 + choices.below(8)]
  const range = {
    unit: unit === 0 ? ('sequence' as const) : ('byte' as const),
    from,
    to: span === 0 ? 2 ** 53 - 1 : from + span,
  }
  const reader = span === 1 && unit === 0 ? pathTo(held, from) : new LogReader(held, range)
  let last = -1
  let end = 0
  drive(reader, pieces, limit, () => {
    demand(reader.wanted(limit).length <= limit, 'no more is wanted than was allowed')
    for (let page = reader.pollPage(); page !== undefined; page = reader.pollPage()) {
      demand(page.page.first > last || page.page.entries === 0, 'pages come in order')
      demand(last < 0 || page.page.first === end, 'and without a gap')
      demand(page.page.first + page.page.entries <= held.head.length, 'and end with the log')
      demand(page.firstByte + page.page.bytes <= held.head.bytes, 'by bytes too')
      ;[last, end] = [page.page.first, page.page.first + page.page.entries]
    }
  })
}

function runRightEdge(bytes: Uint8Array): void {
  const { held, pieces } = readInput(bytes)
  if (held === undefined) return
  const edge = new RightEdge(held)
  drive(edge, pieces, 1, () => {
    demand(edge.wanted().length <= 1, 'one chunk a level')
  })
  const result = edge.result()
  if (result === undefined || typeof result === 'string') return
  const root = result.root(crypto, () => {})
  demand(equal(root?.name ?? emptyRoot, held.head.closedRoot), 'the edge is that of the tree that the head names')
}

function runPrefixCheck(bytes: Uint8Array): void {
  const { choices, held, pieces } = readInput(bytes)
  if (held === undefined) return
  // The other state: an earlier piece as its top, or none, and a first part of the open page or one of the pages.
  const tops = [undefined, ...pieces]
  const other = headOf(tops[choices.below(tops.length)], pageOf(choices, held, pieces))
  if (other === undefined) return
  const verdicts = [
    [held, other],
    [other, held],
  ].map(([a, b]) => {
    const check = new PrefixCheck(crypto, a as HeldHead, b as HeldHead)
    drive(check, pieces, 1, () => {
      demand(check.wanted().length <= 1 && check.chunks().length <= 9, 'at most a chunk a level')
    })
    return check.result()
  })
  if (held.head.length !== other.head.length) demand(verdicts[0] === verdicts[1], 'in either order')
  const same = new PrefixCheck(crypto, held, held)
  demand(same.result() !== 'fork', 'a state is no fork of itself')
}

function pageOf(choices: Choices, held: HeldHead, pieces: readonly Piece[]): Uint8Array {
  const which = choices.below(4)
  if (which === 0) return Uint8Array.of(1)
  if (which === 1) return held.page
  const page = pieces[choices.below(256) % Math.max(1, pieces.length)]?.chunk ?? held.page
  return which === 2 ? page : page.subarray(0, 1 + choices.u8())
}

/** Logs of one page, of several under one tree, and of two levels. */
function logs(): Uint8Array[] {
  const start = [0, 0, 0, 0, 0, 1, 1, 0]
  const page = (first: number, count: number) => tinyPage(first, count, first)
  const tree = (level: number, ...children: number[]): Uint8Array => {
    const empty = { name: slot(0), entries: 1, bytes: 0, reachable: 1 }
    return encodeTree({ level, children: children.map((child) => ({ ...empty, name: slot(child) })) })
  }
  const many = Array.from({ length: 12 }, (_, index) => page(2 * index, 2))
  const wide = tree(0, ...Array.from({ length: 256 }, (_, index) => index % 12))
  const open = page(0, 3)
  return [
    choose(...start, Uint8Array.of(1), 1, page(0, 2), tree(0, 0)),
    choose(...start, open, 1, ...many, tree(0, ...many.keys())),
    choose(...start, concat(open, page(3, 1).subarray(1)), 1, page(0, 2), page(2, 2), tree(0, 0), tree(0, 0, 1)),
    choose(...start, open, 1, page(0, 1), page(1, 1), tree(0, 0), tree(0, 1), tree(1, 2, 3)),
    choose(...start, Uint8Array.of(1), 0, page(0, 2), page(5, 2), tree(0, 0, 1)),
    choose(...start, open, 0, page(0, 1), wide, tree(0, 0), tree(1, 1, 2)),
  ]
}
