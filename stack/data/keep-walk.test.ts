// The walk of who keeps a log for others: newest first, nothing twice, no more than was declared, nothing but a log.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { patterned, SampleLog } from '../../test/samples/log.js'
import { concat, toHex } from '../bytes/index.js'
import { FileBuilder } from './file-builder.js'
import { type BuiltItem, buildDirectory, type DirectoryRef } from './folder-builder.js'
import type { HeldHead } from './head.js'
import { KeepWalk, type KeepWalkOptions } from './keep-walk.js'
import { ReferenceKind } from './reference.js'
import { decodeTree, encodeTree } from './tree.js'

const crypto = await openTestCrypto()
const test = suite('data/keep-walk')
const plenty: KeepWalkOptions = { seed: new Uint8Array(8).fill(9), maxChunks: 10_000, maxBytes: 2 ** 40 }

/** A log of several closed pages; each commit has an entry that refers to a file of its own. */
function story(commits = 6): SampleLog {
  const log = new SampleLog(crypto)
  for (let commit = 0; commit < commits; commit++) {
    const builder = new FileBuilder(crypto, log.scope, (name, bytes) => void log.chunks.set(toHex(name), bytes))
    builder.push(patterned(150_000, commit))
    const file = builder.end()
    log.append([{ bytes: new Uint8Array(0), reference: { ...file, kind: ReferenceKind.file } }])
    log.appendSizes(20_000, 20_000)
  }
  return log
}

function run(
  log: SampleLog,
  held: HeldHead,
  options: Partial<KeepWalkOptions> = {},
  chunks: ReadonlyMap<string, Uint8Array> = log.chunks,
): { walk: KeepWalk; visited: string[] } {
  const walk = new KeepWalk(held, { ...plenty, ...options })
  const visited: string[] = []
  while (!walk.done && walk.failed === undefined) {
    for (const name of walk.wanted(1)) {
      const chunk = chunks.get(toHex(name))
      if (chunk === undefined) throw new Error('it wants what nobody has')
      const before = walk.chunks
      walk.handleChunk(name, chunk)
      if (walk.chunks > before) visited.push(toHex(name))
    }
  }
  return { walk, visited }
}

/** A log whose one entry refers to this chunk. */
function referringTo(log: SampleLog, child: Uint8Array): SampleLog {
  const reference = { child, id: child, bytes: 1, reachable: 1, kind: ReferenceKind.file }
  log.append([{ bytes: new Uint8Array(0), reference }])
  return log
}

test('all that the newest head reaches is visited, each chunk once, and no more bytes than it declares', () => {
  const log = story()
  const { walk, visited } = run(log, log.held)
  assert.ok(visited.length > 20)
  assert.is(new Set(visited).size, visited.length)
  assert.is(walk.chunks, visited.length + 1)
  const bytes = visited.reduce((sum, name) => sum + (log.chunks.get(name)?.length ?? 0), log.held.page.length)
  assert.is(walk.bytes, bytes)
  assert.ok(walk.bytes <= log.held.head.reachable)
})

test('what was written last comes first: pages and their files from the right edge to the left', () => {
  const log = story()
  const { visited } = run(log, log.held)
  const firsts = visited.flatMap((name) => {
    const chunk = log.chunks.get(name)
    // The sequence of the first entry of a closed page: after kind, length and count of children.
    if (chunk?.[0] !== 1) return []
    const children = chunk[3] ?? 0
    return [new DataView(chunk.buffer, chunk.byteOffset + 4 + 40 * children).getUint32(4)]
  })
  assert.ok(firsts.length > 2)
  assert.equal(
    firsts,
    firsts.toSorted((a, b) => b - a),
  )
})

test('a later state costs only what is new, once what an earlier one reached is known', () => {
  const log = story(3)
  const { walk } = run(log, log.held)
  const names = walk.takeNames()
  log.appendSizes(30_000, 30_000)
  const all = run(log, log.held).visited
  const { walk: newer, visited } = run(log, log.held, { isKnown: (name) => names.has(name) })
  assert.ok(visited.length < all.length / 2)
  assert.ok(visited.every((name) => !names.has(log.crypto.hash(log.chunks.get(name) ?? new Uint8Array(0)))))
  const [left = new Uint8Array(0)] = [log.chunks.get(visited[0] ?? '')]
  assert.ok(newer.takeNames().has(log.crypto.hash(left)))
})

test('it ends at its limits and not before, and what ended it was not visited', () => {
  const log = story()
  const { walk: whole } = run(log, log.held)
  const { bytes, chunks } = whole
  assert.is(run(log, log.held, { maxBytes: bytes, maxChunks: chunks }).walk.failed, undefined)
  assert.is(run(log, log.held, { maxChunks: chunks - 1 }).walk.failed, 'too-many')
  const { walk, visited } = run(log, log.held, { maxBytes: bytes - 1 })
  assert.is(walk.failed, 'too-large')
  assert.ok(walk.bytes < bytes)
  assert.is(walk.takeNames().size, visited.length + 1)
  assert.is(run(log, log.held, { maxBytes: 0 }).walk.failed, 'too-large')
})

test('a tree that does not count what was declared above it ends the walk', () => {
  const log = story()
  const { closedRoot } = log.held.head
  const tree = decodeTree(log.chunk(closedRoot))
  if (typeof tree === 'string') throw new Error(tree)
  const [first, ...others] = tree.children
  if (first === undefined) throw new Error('no child')
  const wrong = encodeTree({ level: tree.level, children: [{ ...first, reachable: first.reachable + 1 }, ...others] })
  const name = crypto.hash(wrong)
  const held = log.sign({ closedRoot: name })
  assert.is(run(log, held, {}, new Map([...log.chunks, [toHex(name), wrong]])).walk.failed, 'bad-count')
})

test('a page, a tree or a card in the place of a file ends the walk', () => {
  for (const kind of [1, 2, 6, 7]) {
    const chunk = Uint8Array.of(kind)
    const child = crypto.hash(chunk)
    const log = referringTo(new SampleLog(crypto), child)
    assert.is(run(log, log.held, {}, new Map([[toHex(child), chunk]])).walk.failed, 'bad-kind', `kind ${kind}`)
  }
})

test('a small tree with exponentially many paths is visited in as many steps as it has chunks', () => {
  const log = new SampleLog(crypto)
  const emit = (name: Uint8Array, chunk: Uint8Array): void => void log.chunks.set(toHex(name), chunk)
  const directory = (name: string, root: DirectoryRef): BuiltItem => ({ kind: 'directory', name, mode: 0o755, ...root })
  let root = buildDirectory(crypto, log.scope, [], emit)
  for (let depth = 0; depth < 40; depth++) {
    const half = buildDirectory(crypto, log.scope, [directory('x', root)], emit)
    root = buildDirectory(crypto, log.scope, [directory('l', root), directory('r', half)], emit)
  }
  const { walk, visited } = run(log, referringTo(log, root.child).held)
  assert.equal([walk.failed, visited.length], [undefined, 81])
})

test('a chunk whose children cannot be read ends the walk, which then wants nothing', () => {
  const broken = Uint8Array.of(4, 0, 1, 1)
  const name = crypto.hash(broken)
  const log = referringTo(new SampleLog(crypto), name)
  const { walk } = run(log, log.held, {}, new Map([[toHex(name), broken]]))
  assert.equal([walk.failed, walk.wanted(5), walk.done], ['bad-count', [], false])
})

test('a part that is kept already is counted without being read, and only where a file may have one', () => {
  const log = story(1)
  const walk = new KeepWalk(log.held, plenty)
  const full = run(log, log.held).walk
  while (!walk.done && walk.failed === undefined) {
    for (const name of walk.wanted(4)) {
      const chunk = log.chunk(name)
      if (chunk[0] === 3) walk.handlePart(name, chunk.length)
      else walk.handleChunk(name, chunk)
    }
  }
  assert.equal([walk.failed, walk.bytes, walk.chunks], [undefined, full.bytes, full.chunks])
  const wrong = new KeepWalk(story().held, plenty)
  for (let next = wrong.wanted(256); next.length > 0 && wrong.failed === undefined; next = wrong.wanted(256)) {
    for (const name of next) wrong.handlePart(name, 10)
  }
  assert.is(wrong.failed, 'bad-kind')
})

test('what it did not ask for is ignored, and what is skipped leads nowhere', () => {
  const log = story()
  const walk = new KeepWalk(log.held, plenty)
  const some = log.chunk(log.held.head.closedRoot)
  assert.is(walk.handleChunk(crypto.hash(some), some), undefined)
  assert.is(walk.chunks, 1)
  for (let next = walk.wanted(8); next.length > 0; next = walk.wanted(8)) for (const name of next) walk.skip(name)
  assert.equal([walk.done, walk.chunks], [true, 1])
  assert.is(walk.handleChunk(new Uint8Array(32), concat(some)), undefined)
})

test.run()
