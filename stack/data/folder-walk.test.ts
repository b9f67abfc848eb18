// Walks of folders: the limits that hold against bombs, and the lies of a writer.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ChunkMemory, driven, oneByOne } from '../../test/samples/chunks.js'
import { fileScope } from '../crypto/index.js'
import { encodeDirectory } from './directory.js'
import { type BuiltItem, buildDirectory } from './folder-builder.js'
import { type FolderEntry, type FolderWalk, listDirectory, type WalkOptions, walkFolder } from './folder-walk.js'
import type { TreeRoot } from './frontier.js'
import type { Item } from './item.js'
import { maxFolderDepth, maxMoreDepth } from './limits.js'

const crypto = await openTestCrypto()
const scope = fileScope(crypto, undefined)
const memory = new ChunkMemory(crypto)
const test = suite('data/folder-walk')

const some = new Uint8Array(32).fill(1)

function file(name: string, bytes = 1): BuiltItem & Item {
  return { kind: 'file', name, mode: 0o644, bytes, child: some, id: some, reachable: 1 }
}

function build(items: readonly BuiltItem[]) {
  return buildDirectory(crypto, undefined, items, memory.emit)
}

function directory(name: string, root: TreeRoot): BuiltItem & Item {
  return { kind: 'directory', name, mode: 0o755, reachable: 1, ...root }
}

/** A directory's chunk as a liar writes it. */
function chunk(items: readonly Item[], bytes: number): TreeRoot {
  const { id, chunk: made } = encodeDirectory(crypto, scope, items)
  const child = crypto.hash(made)
  memory.emit(child, made)
  return { child, id, bytes }
}

function more(name: string, { child, id }: TreeRoot): Item {
  return { kind: 'more', name, child, id }
}

function walked(root: TreeRoot, options: WalkOptions = {}): FolderWalk {
  const walk = walkFolder(crypto, scope, root, options)
  driven(walk, memory, { ...oneByOne, limit: 4 })
  return walk
}

function pathsOf(entries: FolderEntry[] | string): string[] {
  assert.is.not(typeof entries, 'string', String(entries))
  return (entries as FolderEntry[]).map(({ directoryPath, item }) => [...directoryPath, item.name].join('/'))
}

const story = build([
  file('z', 3),
  directory('docs', build([file('a', 1), directory('deep', build([file('b', 2)]))])),
  { kind: 'symlink', name: 'link', target: 'docs/deep' },
])

test('a directory comes before what is in it, and its items in the order of their names', () => {
  const walk = walkFolder(crypto, scope, story)
  assert.equal(pathsOf(driven(walk, memory, { limit: 9, pick: () => 1 })), [
    'docs',
    'docs/a',
    'docs/deep',
    'docs/deep/b',
    'link',
    'z',
  ])
  assert.equal([walk.files, walk.bytes, walk.done], [4, 6, true])
})

test('a listing stays in its directory', () => {
  assert.equal(pathsOf(driven(listDirectory(crypto, scope, story), memory)), ['docs', 'link', 'z'])
})

test('directories that are equal are asked for once and listed twice', () => {
  const twin = build([file('a')])
  const root = build([directory('x', twin), directory('y', twin)])
  const walk = walkFolder(crypto, scope, root)
  const [top] = walk.wanted(5)
  walk.handleChunk(top!.name, memory.take(top!.name))
  const wanted = walk.wanted(5)
  assert.is(wanted.length, 1)
  walk.handleChunk(twin.child, memory.take(twin.child))
  assert.equal(pathsOf(walk.take()), ['x', 'x/a', 'y', 'y/a'])
})

// protocol.md §6.5 MUST: Of a folder a reader MUST NOT create more
test('a walk ends at each of its limits, and not before', () => {
  const limits = { maxFiles: 4, maxBytes: 6, maxDirectories: 2, maxDepth: 2 }
  assert.is(walked(story, { limits }).failed, undefined)
  assert.is(walked(story, { limits: { ...limits, maxFiles: 3 } }).failed, 'too-many')
  assert.is(walked(story, { limits: { ...limits, maxDirectories: 1 } }).failed, 'too-many')
  assert.is(walked(story, { limits: { ...limits, maxBytes: 5 } }).failed, 'too-large')
  assert.is(walked(story, { limits: { ...limits, maxDepth: 1 } }).failed, 'too-deep')
})

// protocol.md §6.5 MUST: Directories more than 128 deep
test('directories nest 128 deep and no deeper', () => {
  let root = build([file('bottom')])
  for (let depth = 1; depth <= maxFolderDepth; depth++) root = build([directory('d', root)])
  assert.equal([walked(root).failed, walked(root).files], [undefined, 1])
  const deeper = walked(build([directory('d', root)]))
  assert.is(deeper.failed, 'too-deep')
  assert.is(deeper.refusedPath?.length, maxFolderDepth + 1)
})

test('a small tree with exponentially many paths to a file is refused after as many as are allowed', () => {
  let root = build([file('a', 0), file('b', 0)])
  for (let depth = 0; depth < 60; depth++) root = build([directory('l', root), directory('r', root)])
  const walk = walkFolder(crypto, scope, root, { limits: { maxFiles: 1000 } })
  let fetched = 0
  while (walk.failed === undefined) {
    for (const { name } of walk.wanted(4)) {
      fetched++
      walk.handleChunk(name, memory.take(name))
    }
    walk.take()
  }
  assert.is(walk.failed, 'too-many')
  assert.ok(walk.files <= 1001 && fetched < 3000, `${walk.files} files, ${fetched} chunks`)
})

test('one without any file is refused as well', () => {
  let root = build([])
  for (let depth = 0; depth < 100; depth++) root = build([directory('l', root), directory('r', root)])
  assert.is(walked(root, { limits: { maxDirectories: 1000 } }).failed, 'too-many')
})

test('a file that many paths share is counted on each', () => {
  const twin = build([file('a', 10)])
  const root = build([directory('x', twin), directory('y', twin)])
  assert.is(walked(root, { limits: { maxBytes: 19 } }).failed, 'too-large')
  assert.is(walked(root, { limits: { maxBytes: 20 } }).failed, undefined)
})

// protocol.md §6.4 MUST: Readers MUST refuse others
test('a symlink that leaves the folder is refused, and its path is known', () => {
  const link: BuiltItem = { kind: 'symlink', name: 'link', target: '../../x' }
  const inside = build([directory('a', build([directory('b', build([link]))]))])
  assert.is(walked(inside).failed, undefined)
  const outside = walked(build([directory('a', build([link]))]))
  assert.is(outside.failed, 'bad-path')
  assert.equal(outside.refusedPath, ['a', 'link'])
})

test('a listing below the root knows how deep its symlinks are', () => {
  const root = build([{ kind: 'symlink', name: 'link', target: '../x' }])
  assert.is(driven(listDirectory(crypto, scope, root), memory), 'bad-path')
  assert.equal(pathsOf(driven(listDirectory(crypto, scope, root, { directoryPath: ['a'] }), memory)), ['a/link'])
})

// protocol.md §6.4 MUST: `bytes` of a directory MUST be
test('bytes that are not those of the files below are refused, too many and too few', () => {
  assert.is(walked(chunk([file('a', 5)], 4)).failed, 'bad-length')
  assert.is(walked(chunk([file('a', 5)], 6)).failed, 'bad-length')
  assert.is(walked(chunk([file('a', 5)], 5)).failed, undefined)
  assert.is(walked(chunk([], 1)).failed, 'bad-length')
  const left = chunk([file('a', 5)], 0)
  const right = chunk([file('m', 5)], 0)
  assert.is(walked(chunk([more('a', left), more('m', right)], 10)).failed, undefined)
  assert.is(walked(chunk([more('a', left), more('m', right)], 11)).failed, 'bad-length')
  assert.is(walked(chunk([directory('d', { ...left, bytes: 4 })], 4)).failed, 'bad-length')
})

// protocol.md §6.4 MUST: Behind a `more` there MUST be
test('items behind a `more` that are not between its name and the next are refused', () => {
  const left = chunk([file('b'), file('c')], 0)
  const right = chunk([file('m')], 0)
  assert.is(walked(chunk([more('b', left), more('m', right)], 3)).failed, undefined)
  assert.is(walked(chunk([more('a', left), more('d', right)], 3)).failed, undefined)
  assert.is(walked(chunk([more('bb', left), more('m', right)], 3)).failed, 'bad-order')
  assert.is(walked(chunk([more('b', left), more('c', right)], 3)).failed, 'bad-order')
  // The bound of an outer `more` holds for inner ones, and for the last of them.
  const inner = chunk([more('b', chunk([file('b')], 0)), more('c', chunk([file('z')], 0))], 0)
  assert.is(walked(chunk([more('b', inner), more('m', right)], 3)).failed, 'bad-order')
})

// protocol.md §6.4 MUST: Behind a `more` there MUST be
test('nothing behind a `more` is refused', () => {
  assert.is(walked(chunk([more('a', chunk([], 0))], 0)).failed, 'bad-count')
})

// protocol.md §6.4 MUST: More than 4 `more`
test('`more` nests 4 deep and no deeper', () => {
  let root = chunk([file('a')], 1)
  for (let depth = 1; depth <= maxMoreDepth; depth++) root = chunk([more('a', root)], 1)
  assert.is(walked(root).failed, undefined)
  assert.is(walked(chunk([more('a', root)], 1)).failed, 'too-deep')
})

test('a file in the place of a directory is refused, and nothing is given after a refusal', () => {
  const part = Uint8Array.of(3, 1, 2)
  memory.emit(crypto.hash(part), part)
  const root = build([file('a'), directory('d', { child: crypto.hash(part), id: some, bytes: 0 })])
  const walk = walked(root)
  assert.is(walk.failed, 'bad-kind')
  assert.equal(walk.refusedPath, ['d'])
  assert.equal([walk.wanted(5), walk.take(), walk.done], [[], [], false])
  assert.is(walk.handleChunk(root.child, memory.take(root.child)), 'bad-kind')
})

test.run()
