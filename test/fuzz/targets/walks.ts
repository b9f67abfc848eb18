// Targets of the walks through files and folders: any tree, asked for in any order and with any patience.

import { equal, KeySet } from '../../../stack/bytes/index.js'
import {
  checkItemName,
  checkSymlink,
  compareNames,
  type FolderEntry,
  type HeldHead,
  KeepWalk,
  listDirectory,
  openFileReader,
  openPathReader,
  walkFolder,
} from '../../../stack/data/index.js'
import { tinyPage } from '../../samples/tiny-pages.js'
import { Choices, choose } from '../choices.js'
import { block, chunkOf, type Grown, growTrees } from '../grove.js'
import { crypto, fileScopes, sampleLog } from '../samples.js'
import { demand, type Target } from '../target.js'

const scope = fileScopes.public

/** Steps of a walk after which it counts as one that does not end: far more than the chunks of an input allow. */
const maxSteps = 4_000
const common = { kind: 'machine', inputBytes: 4_096, allocatesBytes: 1 << 20, seeds: trees } as const

export const walkTargets: readonly Target[] = [
  { ...common, name: 'stack/data/folder-walk', covers: [], run: runFolderWalk },
  { ...common, name: 'stack/data/file-reader', covers: ['openFileReader'], run: runFileReader },
  { ...common, name: 'stack/data/path-reader', covers: ['openPathReader'], run: runPathReader },
  { ...common, name: 'stack/data/keep-walk', covers: [], run: runKeepWalk },
]

interface Stepper {
  readonly failed: string | undefined
  readonly done: boolean
  wanted(limit: number): { readonly name: Uint8Array }[]
  handleChunk(name: Uint8Array, chunk: Uint8Array): string | undefined
}

/** Drives a walk; false when it needs what is not there. A foolish driver brings each chunk twice, and some unasked. */
function drive(walk: Stepper, grown: readonly Grown[], choices: Choices, each: () => void): boolean {
  const [limit, foolish] = [1 + choices.below(8), choices.below(4) === 3]
  const underWay: Uint8Array[] = []
  for (let step = 0; step < maxSteps; step++) {
    each()
    if (walk.done || walk.failed !== undefined) return true
    for (const { name } of walk.wanted(limit)) {
      demand(!underWay.some((other) => equal(other, name)), 'a chunk is asked for once')
      underWay.push(name)
    }
    const name = underWay.splice(step % Math.max(1, underWay.length), 1)[0]
    if (name === undefined) return false
    const chunk = chunkOf(grown, name)
    if (foolish && step % 3 === 0) walk.handleChunk(new Uint8Array(32), chunk ?? new Uint8Array(0))
    if (chunk === undefined) return false
    const refusal = walk.handleChunk(name, chunk)
    demand(refusal === walk.failed, 'a refusal is told and stays')
    if (foolish) walk.handleChunk(name, chunk)
  }
  demand(false, 'a walk ends')
}

/** Nine bytes of choices, then the blocks of a tree; the last one is its top. */
function readInput(bytes: Uint8Array): { choices: Choices; grown: Grown[]; root: Grown | undefined } {
  const all = new Choices(bytes)
  const choices = new Choices(all.take(9))
  const grown = growTrees(all)
  return { choices, grown, root: grown.at(-1) }
}

function runFolderWalk(bytes: Uint8Array): void {
  const { choices, grown, root } = readInput(bytes)
  const limits = {
    maxFiles: choices.u8(),
    maxBytes: choices.u16(),
    maxDirectories: choices.u8(),
    maxDepth: choices.below(16),
  }
  const [recursive, inexact] = [choices.below(4) > 0, choices.below(8) === 7]
  if (root === undefined) return
  const tree = { child: root.name, id: root.id, bytes: root.bytes + (inexact ? 1 : 0) }
  const walk = (recursive ? walkFolder : listDirectory)(crypto, scope, tree, { limits })
  const last = new Map<string, string>()
  let [files, total] = [0, 0]
  drive(walk, grown, choices, () => {
    for (const entry of walk.take()) {
      checkEntry(entry, last, limits.maxDepth)
      if (entry.item.kind !== 'directory') files++
      if (entry.item.kind === 'file') total += entry.item.bytes
    }
  })
  demand(files <= limits.maxFiles && total <= limits.maxBytes, 'no more is listed than is allowed')
  demand(!walk.done || !recursive || total === tree.bytes, 'a folder that was listed has the bytes that were declared')
  demand(!walk.done || (files === walk.files && total === walk.bytes), 'a walk counts what it gave')
}

/** An item may be made where it stands, and its directory has listed nothing that comes after it. */
function checkEntry({ directoryPath, item }: FolderEntry, last: Map<string, string>, maxDepth: number): void {
  demand(directoryPath.length <= maxDepth, 'no deeper than is allowed')
  demand(checkItemName(item.name) === undefined, 'every name may be one')
  for (const name of directoryPath) demand(checkItemName(name) === undefined, 'every directory too')
  if (item.kind === 'symlink') demand(checkSymlink(directoryPath, item.target) === undefined, 'symlinks stay inside')
  const directory = directoryPath.join('/')
  const before = last.get(directory)
  demand(before === undefined || compareNames(before, item.name) < 0, 'names ascend')
  last.set(directory, item.name)
}

function runFileReader(bytes: Uint8Array): void {
  const { choices, grown, root } = readInput(bytes)
  const [fanOut, from, length] = [2 + choices.below(4), choices.u16(), choices.u16()]
  if (root === undefined) return
  const start = Math.min(from % 128, root.bytes)
  const to = length === 0 ? root.bytes : Math.min(root.bytes, start + length)
  const reader = openFileReader(
    crypto,
    scope,
    { child: root.name, id: root.id, bytes: root.bytes },
    { from: start, to, fanOut },
  )
  let given = 0
  drive(reader, grown, choices, () => {
    for (const piece of reader.take()) given += piece.length
    demand(start + given <= to && reader.offset === start + given, 'no more is given than was asked for')
  })
  demand(!reader.done || start + given === to, 'all of the range was given')
}

/** What a walk lists is found under its path, and nothing else is. */
function runPathReader(bytes: Uint8Array): void {
  const { choices, grown, root } = readInput(bytes)
  const [pick, extra] = [choices.u8(), choices.below(4)]
  if (root === undefined) return
  const tree = { child: root.name, id: root.id, bytes: root.bytes }
  const listed: FolderEntry[] = []
  const walk = walkFolder(crypto, scope, tree, { limits: { maxFiles: 200, maxDirectories: 200 } })
  drive(walk, grown, new Choices(new Uint8Array(0)), () => {
    listed.push(...walk.take())
  })
  const chosen = listed[pick % Math.max(1, listed.length)]
  const path = chosen === undefined ? ['a'] : [...chosen.directoryPath, chosen.item.name]
  if (extra === 1) path.push('b')
  if (extra === 2) path[path.length - 1] += '\0'
  const reader = openPathReader(crypto, scope, tree, path)
  for (let step = 0; step < 300 && reader.result === undefined; step++) {
    const [wanted] = reader.wanted()
    const chunk = wanted && chunkOf(grown, wanted.name)
    if (wanted === undefined || chunk === undefined) break
    reader.handleChunk(wanted.name, chunk)
  }
  const { result } = reader
  if (!walk.done || result === undefined || chosen === undefined || extra > 0) return
  demand(typeof result !== 'string' && 'found' in result, 'what is listed is found')
  demand(result.found.kind === chosen.item.kind && result.found.name === chosen.item.name, 'and is what was listed')
}

/** What a keeper of a log fetches: whatever its newest entry leads to, each chunk once, within its limits. */
function runKeepWalk(bytes: Uint8Array): void {
  const { choices, grown } = readInput(bytes)
  const [maxChunks, maxBytes] = [1 + choices.below(40), choices.u16() * 4]
  const seed = new Uint8Array(8)
  const walk = new KeepWalk(logAbove(grown.slice(-2)), { seed, maxChunks, maxBytes })
  const stepper: Stepper = {
    get failed() {
      return walk.failed
    },
    get done() {
      return walk.done
    },
    wanted: (limit) => walk.wanted(limit).map((name) => ({ name })),
    handleChunk: (name, chunk) => walk.handleChunk(name, chunk),
  }
  drive(stepper, grown, choices, () => {
    demand(walk.chunks <= maxChunks, 'no more chunks than are allowed')
    demand(walk.failed !== undefined || walk.bytes <= maxBytes, 'no more bytes than are allowed')
  })
  const names = new KeySet(seed)
  for (const { name } of grown) names.add(name)
  demand(!walk.done || walk.chunks <= names.size + 1, 'each chunk is visited once, and the open page')
}

/** A log of one entry in its open page, which refers to these. */
function logAbove(roots: readonly Grown[]): HeldHead {
  const children = roots.map(({ name, chunk }) => ({ name, reachable: chunk.length }))
  const page = tinyPage(0, 1, 0, children)
  const { head, headBytes } = sampleLog.held
  return { head: { ...head, closedLength: 0, openPage: crypto.hash(page) }, headBytes, page }
}

/** A file of one part, one of several levels, and a folder with one of everything; before each, generous choices. */
function trees(): Uint8Array[] {
  const parts = [block.part(40, 1), block.part(3, 2), block.part(9, 3), block.part(1, 4)]
  const [file, directory] = [0, 1]
  const inner = block.directory([0], [{ name: 'in', kind: file }])
  const folder = block.directory(
    [0, 4, 5],
    [
      { name: 'a', kind: file, child: 0 },
      { name: 'b', kind: file, child: 1 },
      { name: 'c', kind: directory, child: 2 },
      { name: 'd', kind: 2, target: './c/in' },
    ],
  )
  const more = [block.directory([0], [{ name: 'a', kind: file }]), block.directory([0], [{ name: 'm', kind: file }])]
  const split = block.directory(
    [1, 2],
    [
      { name: 'a', kind: 3 },
      { name: 'm', kind: 3, child: 1 },
    ],
  )
  const groves = [
    [parts[0]],
    [...parts, block.node(0, 0, 1, 2, 3)],
    [...parts, block.node(0, 0, 1), block.node(0, 2, 3), block.node(1, 4, 5)],
    [block.node(0)],
    [block.directory([], [])],
    [...parts, block.node(0, 0, 1, 2, 3), inner, folder],
    [parts[0], ...more, split],
    [
      parts[0],
      inner,
      block.directory(
        [1],
        [
          { name: 'x', kind: directory },
          { name: 'y', kind: directory },
        ],
      ),
    ],
  ] as readonly Uint8Array[][]
  // Every target reads its own choices first; these are generous ones for all of them.
  const generous = groves.map((blocks) => choose(...[255, 255, 255, 255, 15, 1, 0, 4, 0], ...blocks))
  // And one short of what the largest folder takes: files, bytes (a u16), directories, depth.
  const short = [
    [3, 255, 255, 255, 15],
    [255, 0, 132, 255, 15],
    [255, 255, 255, 0, 15],
    [255, 255, 255, 255, 0],
  ]
  const tight = short.map((most) => choose(...most, 1, 0, 4, 0, ...(groves[5] ?? [])))
  return [...generous, ...tight]
}
