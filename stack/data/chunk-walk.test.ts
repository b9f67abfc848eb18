// The walk of a carrier: everything once, whoever else leads to it, within limits, and without any secret.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ChunkMemory } from '../../test/samples/chunks.js'
import { toHex } from '../bytes/index.js'
import { type ChunkWalk, type ChunkWalkLimits, walkChunks } from './chunk-walk.js'
import { FileBuilder } from './file-builder.js'
import { type BuiltItem, buildDirectory, type DirectoryRef } from './folder-builder.js'

const crypto = await openTestCrypto()
const secret = new Uint8Array(32).fill(6)
const seed = new Uint8Array(8).fill(9)
const test = suite('data/chunk-walk')

const plenty: ChunkWalkLimits = { maxChunks: 10_000, maxBytes: 2 ** 40 }

function directory(name: string, root: DirectoryRef): BuiltItem {
  return { kind: 'directory', name, mode: 0o755, ...root }
}

/** A folder of two files and a split directory. */
function story(): { root: DirectoryRef; memory: ChunkMemory } {
  const memory = new ChunkMemory(crypto)
  const builder = new FileBuilder(crypto, secret, memory.emit)
  const items = Array.from({ length: 600 }, (_, at): BuiltItem => {
    builder.push(Uint8Array.of(at, at >> 8))
    return { kind: 'file', name: `file ${at}`, mode: 0o644, ...builder.end() }
  })
  for (let part = 0; part < 20; part++) builder.push(new Uint8Array(100_000).map((_, at) => at * part))
  items.push({ kind: 'file', name: 'large', mode: 0o644, ...builder.end() })
  return { root: buildDirectory(crypto, secret, items, memory.emit), memory }
}

function walk(
  roots: readonly Uint8Array[],
  memory: ChunkMemory,
  limits = plenty,
): { walk: ChunkWalk; visited: string[]; most: number } {
  const walked = walkChunks(seed, roots, limits)
  const visited: string[] = []
  const underWay: Uint8Array[] = []
  let most = 0
  while (!walked.done && walked.failed === undefined) {
    underWay.push(...walked.wanted(7).map(({ name }) => name))
    most = Math.max(most, underWay.length)
    const name = underWay.shift()
    if (name === undefined) throw new Error('it is not done and wants nothing')
    visited.push(toHex(name))
    walked.handleChunk(name, memory.take(name))
  }
  return { walk: walked, visited, most }
}

test('all chunks of a sealed folder are visited, each once, and no more than the limit are under way', () => {
  const { root, memory } = story()
  const { walk: walked, visited, most } = walk([root.child], memory)
  assert.equal([...visited].sort(), memory.names().sort())
  assert.equal([walked.chunks, walked.done, walked.failed], [memory.size, true, undefined])
  assert.is(most, 7)
})

test('a small tree with exponentially many paths is visited in as many steps as it has chunks', () => {
  const memory = new ChunkMemory(crypto)
  let root = buildDirectory(crypto, secret, [], memory.emit)
  for (let depth = 0; depth < 40; depth++) {
    const half = buildDirectory(crypto, secret, [directory('x', root)], memory.emit)
    root = buildDirectory(crypto, secret, [directory('l', root), directory('r', half)], memory.emit)
  }
  assert.is(walk([root.child, root.child], memory).visited.length, memory.size)
})

test('it ends at its limits, and not before', () => {
  const { root, memory } = story()
  const bytes = walk([root.child], memory).walk.bytes
  const at = (limits: Partial<ChunkWalkLimits>) => walk([root.child], memory, { ...plenty, ...limits }).walk.failed
  assert.is(at({ maxChunks: memory.size }), undefined)
  assert.is(at({ maxChunks: memory.size - 1 }), 'too-many')
  assert.is(at({ maxBytes: bytes }), undefined)
  assert.is(at({ maxBytes: bytes - 1 }), 'too-large')
})

test('it ends at a chunk whose children cannot be read, and then wants nothing', () => {
  const memory = new ChunkMemory(crypto)
  const broken = Uint8Array.of(4, 0, 1, 1)
  const name = crypto.hash(broken)
  memory.emit(name, broken)
  const { walk: walked } = walk([name], memory)
  assert.is(walked.failed, 'bad-count')
  assert.equal([walked.wanted(5), walked.done], [[], false])
})

test('a chunk that it did not ask for is ignored', () => {
  const { root, memory } = story()
  const walked = walkChunks(seed, [root.child], plenty)
  assert.is(walked.handleChunk(root.child, memory.take(root.child)), undefined)
  assert.is(walked.chunks, 0)
  assert.is(walked.wanted(5).length, 1)
})

test.run()
