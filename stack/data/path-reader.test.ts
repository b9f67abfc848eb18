// One path in a folder: found, missing, or refused, with as few chunks as there are names and splits on the way.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ChunkMemory } from '../../test/samples/chunks.js'
import { fileScope } from '../crypto/index.js'
import { type BuiltItem, buildDirectory } from './folder-builder.js'
import { maxFolderDepth } from './limits.js'
import { OpenedDirectories } from './opened-directories.js'
import { openPathReader, type PathReader } from './path-reader.js'

const crypto = await openTestCrypto()
const scope = fileScope(crypto, undefined)
const memory = new ChunkMemory(crypto)
const test = suite('data/path-reader')

function file(name: string, bytes = 1): BuiltItem {
  const child = crypto.hash(Uint8Array.from(Buffer.from(name)))
  return { kind: 'file', name, mode: 0o644, bytes, child, id: child, reachable: 1 }
}

function directory(name: string, items: readonly BuiltItem[]): BuiltItem {
  const built = buildDirectory(crypto, undefined, items, memory.emit)
  return { kind: 'directory', name, mode: 0o755, ...built }
}

const many = Array.from({ length: 10_000 }, (_, at) => file(`n${at}`, at))
const root = buildDirectory(
  crypto,
  undefined,
  [
    file('readme'),
    directory('docs', [file('🚀'), directory('many', many)]),
    { kind: 'symlink', name: 'latest', target: 'docs/many' },
    directory('bad', [{ kind: 'symlink', name: 'out', target: '../../x' }]),
  ],
  memory.emit,
)

function look(...path: string[]) {
  return follow(openPathReader(crypto, scope, root, path))
}

function follow(reader: PathReader) {
  let chunks = 0
  while (reader.result === undefined) {
    const [wanted] = reader.wanted()
    if (wanted === undefined) throw new Error('it has no result and wants nothing')
    assert.equal(reader.wanted(), [])
    chunks++
    reader.handleChunk(wanted.name, memory.take(wanted.name))
  }
  assert.equal(reader.wanted(), [])
  return { result: reader.result, chunks }
}

test('a file at the root takes one chunk', () => {
  const { result, chunks } = look('readme')
  assert.is((result as { found: { name: string } }).found.name, 'readme')
  assert.is(chunks, 1)
})

test('each of ten thousand files is found through one more chunk than there are directories', () => {
  for (const at of [0, 1, 4711, 9999]) {
    const { result, chunks } = look('docs', 'many', `n${at}`)
    assert.is((result as { found: { bytes: number } }).found.bytes, at)
    assert.is(chunks, 4)
  }
})

test('a directory and a symlink are found as what they are', () => {
  assert.is((look('docs').result as { found: { kind: string } }).found.kind, 'directory')
  assert.is((look('latest').result as { found: { kind: string } }).found.kind, 'symlink')
  assert.is((look('docs', '🚀').result as { found: { kind: string } }).found.kind, 'file')
})

test('a name that is not there is missing, with its place', () => {
  assert.equal(look('nothing').result, { missing: 0, instead: undefined })
  assert.equal(look('docs', 'nothing', 'more').result, { missing: 1, instead: undefined })
  assert.equal(look('docs', 'many', 'n10000').result, { missing: 2, instead: undefined })
  // Before the first name of a split directory, and after the last.
  assert.equal(look('docs', 'many', 'a').result, { missing: 2, instead: undefined })
  assert.equal(look('docs', 'many', 'z').result, { missing: 2, instead: undefined })
})

test('a file and a symlink in the place of a directory are named, and not followed', () => {
  const overFile = look('readme', 'x').result as { missing: number; instead: { kind: string } }
  assert.equal([overFile.missing, overFile.instead.kind], [0, 'file'])
  const overLink = look('latest', 'n1').result as { missing: number; instead: { kind: string } }
  assert.equal([overLink.missing, overLink.instead.kind], [0, 'symlink'])
})

// protocol.md §6.4 MUST: Readers MUST refuse others
test('a symlink that leaves the folder is refused', () => {
  assert.is(look('bad', 'out').result, 'bad-path')
})

test('a path that no folder can hold is refused before anything is fetched', () => {
  for (const path of [['..'], ['a', '.'], [''], ['a/b'], ['a\0']]) {
    assert.equal(look(...path), { result: 'bad-path', chunks: 0 })
  }
  assert.equal(look('a'.repeat(256)), { result: 'too-long', chunks: 0 })
  assert.is(look(...Array(maxFolderDepth + 1).fill('a')).chunks, 1)
  assert.equal(look(...Array(maxFolderDepth + 2).fill('a')), { result: 'too-deep', chunks: 0 })
  assert.throws(() => look(), RangeError)
})

test('another secret opens nothing', () => {
  const reader = openPathReader(crypto, fileScope(crypto, new Uint8Array(32).fill(6)), root, ['readme'])
  reader.wanted()
  assert.is(reader.handleChunk(root.child, memory.take(root.child)), 'bad-seal')
  assert.is(reader.result, 'bad-seal')
})

test('directories that were opened before take no chunk, and have the same items', () => {
  const opened = new OpenedDirectories(new Uint8Array(8))
  const again = (...path: string[]) => follow(openPathReader(crypto, scope, root, path, opened))
  for (const path of [['docs', 'many', 'n4711'], ['readme'], ['docs', '🚀'], ['latest', 'n1'], ['docs', 'none']]) {
    const first = again(...path)
    assert.equal(first.result, look(...path).result)
    assert.equal(again(...path), { result: first.result, chunks: 0 })
  }
  assert.is(again('docs', 'many', 'n4711').chunks, 0)
  assert.is(again('bad', 'out').result, 'bad-path')
  assert.equal(again('bad', 'out'), { result: 'bad-path', chunks: 0 })
})

test('what was opened with one secret is not shown without it', () => {
  const opened = new OpenedDirectories(new Uint8Array(8))
  follow(openPathReader(crypto, scope, root, ['readme'], opened))
  const reader = openPathReader(crypto, fileScope(crypto, new Uint8Array(32).fill(6)), root, ['readme'], opened)
  assert.is(reader.result, undefined)
  assert.is(reader.wanted().length, 1)
  assert.is(reader.handleChunk(root.child, memory.take(root.child)), 'bad-seal')
})

test('a chunk that it did not ask for is ignored', () => {
  const reader = openPathReader(crypto, scope, root, ['readme'])
  assert.is(reader.handleChunk(new Uint8Array(32), Uint8Array.of(1)), undefined)
  assert.is(reader.result, undefined)
})

test.run()
