// Folders built and read back; large directories and what a change of them costs.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ChunkMemory, driven, oneByOne } from '../../test/samples/chunks.js'
import {
  buildFolder,
  describeFolder,
  readFolder,
  type SampleEntry,
  type SampleFolder,
} from '../../test/samples/folder.js'
import { fileScope } from '../crypto/index.js'
import { childrenOf } from './children.js'
import { decodeDirectory } from './directory.js'
import { type BuiltItem, buildDirectory, type DirectoryRef } from './folder-builder.js'
import { listDirectory } from './folder-walk.js'
import type { Item } from './item.js'
import { maxSplitItems, minSplitItems } from './limits.js'

const crypto = await openTestCrypto()
const scope = fileScope(crypto, undefined)
const test = suite('data/folder-builder')

const child = (value: number) => crypto.hash(Uint8Array.from(Buffer.from(`child ${value}`)))

function file(name: string, value: number): BuiltItem {
  return { kind: 'file', name, mode: 0o644, bytes: value, child: child(value), id: child(value), reachable: value + 1 }
}

/** `count` files whose names are not in the order of their numbers. */
function files(count: number): BuiltItem[] {
  return Array.from({ length: count }, (_, at) => file(`file ${((at * 7919) % 100_003).toString(36)}.txt`, at))
}

function build(items: Iterable<BuiltItem>, secret?: Uint8Array): { root: DirectoryRef; memory: ChunkMemory } {
  const memory = new ChunkMemory(crypto)
  return { root: buildDirectory(crypto, secret, items, memory.emit), memory }
}

function itemsOf(root: { child: Uint8Array; id: Uint8Array }, memory: ChunkMemory): Item[] {
  const items = decodeDirectory(crypto, scope, root.id, memory.take(root.child))
  assert.is.not(typeof items, 'string', String(items))
  return items as Item[]
}

function namesIn(root: DirectoryRef, memory: ChunkMemory): string[] {
  const entries = driven(listDirectory(crypto, scope, root), memory, { ...oneByOne, limit: 8 })
  assert.is.not(typeof entries, 'string', String(entries))
  return (entries as { item: Item }[]).map(({ item }) => item.name)
}

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Names as people have them: plain, emoji, combining, right-to-left, any code point. */
const name = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
    fc.constantFrom('👩‍👩‍👧', 'u\u0308', 'ü', 'שלום', 'مرحبا', '.hidden', '...', 'a b', '\u{10000}', '\uffff'),
  )
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..')
const mode = fc.integer({ min: 0, max: 0o777 })
const { folder } = fc.letrec<{ folder: SampleFolder; entry: SampleEntry }>((tie) => ({
  folder: fc
    .uniqueArray(fc.tuple(name, tie('entry')), { maxLength: 6, selector: ([text]) => text, depthIdentifier: 'folder' })
    .map((entries) => new Map(entries)),
  entry: fc.oneof(
    { depthIdentifier: 'folder', depthSize: 'small' },
    fc.record({ file: fc.uint8Array({ maxLength: 40 }), mode }),
    fc.constantFrom({ symlink: 'a/./b' }, { symlink: './x' }),
    fc.record({ directory: tie('folder'), mode }),
  ),
}))
const secret = fc.constantFrom(undefined, new Uint8Array(32).fill(6))

test('any folder comes back: names in any script, modes, symlinks, empty folders and files', () => {
  fc.assert(
    fc.property(folder, secret, fc.integer({ min: 1, max: 9 }), fc.nat(99), (tree, key, limit, pick) => {
      const memory = new ChunkMemory(crypto)
      const root = buildFolder(crypto, key, tree, memory.emit)
      assert.equal(readFolder(crypto, key, root, memory, { limit, pick: () => pick }), describeFolder(tree))
    }),
    { numRuns: 200 },
  )
})

test('a folder without items comes back', () => {
  const { root, memory } = build([])
  assert.equal(namesIn(root, memory), [])
  assert.equal([root.bytes, root.reachable, memory.size], [0, 35, 1])
})

test('items may come in any order', () => {
  const items = files(300)
  assert.equal(build(items).root, build([...items].reverse()).root)
})

test('256 items are one chunk whatever their names, and 257 are several under `more`', () => {
  const one = build(files(maxSplitItems))
  assert.is(one.memory.size, 1)
  const several = build(files(maxSplitItems + 1))
  const top = itemsOf(several.root, several.memory)
  assert.ok(top.length >= 2 && top.every((item) => item.kind === 'more'))
  assert.is(several.memory.size, top.length + 1)
  assert.equal(
    namesIn(several.root, several.memory),
    files(257)
      .map((item) => item.name)
      .sort(bytewise),
  )
})

test('long names split a directory by its bytes', () => {
  const items = files(250).map((item) => ({ ...item, name: item.name.padEnd(255, 'x') }))
  const { root, memory } = build(items)
  assert.ok(memory.size > 1)
  assert.is(namesIn(root, memory).length, 250)
})

test('ten thousand files in one directory come back in order, from chunks of 32 to 256 items', () => {
  const items = files(10_000)
  const { root, memory } = build(items)
  assert.equal(namesIn(root, memory), items.map((item) => item.name).sort(bytewise))
  const groups = itemsOf(root, memory)
  assert.ok(groups.length > 50 && groups.length < 200, `${groups.length} chunks`)
  for (const [at, group] of groups.entries()) {
    const below = itemsOf(group as { child: Uint8Array; id: Uint8Array } & Item, memory)
    assert.is(below[0]?.name, group.name)
    assert.ok(below.length <= maxSplitItems && (below.length >= minSplitItems || at === groups.length - 1))
  }
})

test('a name that is added to ten thousand, or removed, or changed, changes few chunks', () => {
  const items = files(10_000)
  const before = build(items).memory
  const changed: [string, BuiltItem[]][] = [
    ['added', [...items, file('file between', 1)]],
    ['removed', items.filter((_, at) => at !== 5000)],
    ['changed', items.map((item, at) => (at === 5000 ? file(item.name, 77) : item))],
  ]
  for (const [what, next] of changed) {
    const after = build(next).memory
    const news = after.names().filter((chunk) => !before.names().includes(chunk))
    assert.ok(news.length >= 2 && news.length <= 4, `${what}: ${news.length} new chunks`)
  }
})

test('a directory of 40,000 items has two levels of `more`, and a change costs a chunk or two on each', () => {
  const items = files(40_000)
  const { root, memory } = build(items)
  const [first] = itemsOf(root, memory)
  assert.is(first?.kind, 'more')
  assert.is(itemsOf(first as { child: Uint8Array; id: Uint8Array } & Item, memory)[0]?.kind, 'more')
  assert.is(namesIn(root, memory).length, 40_000)
  const after = build([...items, file('file between', 1)]).memory
  const news = after.names().filter((chunk) => !memory.has(Uint8Array.from(Buffer.from(chunk, 'hex'))))
  assert.ok(news.length >= 3 && news.length <= 6, `${news.length} new chunks`)
})

test('reachable and bytes are what is below, and a child that items share counts once', () => {
  const shared = [file('a', 5), file('b', 5), file('c', 9), { kind: 'symlink', name: 'd', target: 'a' } as const]
  const { root, memory } = build(shared)
  assert.is(root.bytes, 19)
  assert.is(root.reachable, memory.emittedBytes + 6 + 10)
  assert.is((childrenOf(memory.take(root.child)) as unknown[]).length, 2)
  const large = build(files(1000))
  assert.is(large.root.reachable, large.memory.emittedBytes + (999 * 1000) / 2 + 1000)
})

test('a secret makes other chunks, cut at other names', () => {
  const items = files(2000)
  const open = build(items).memory
  const closed = build(items, new Uint8Array(32).fill(6)).memory
  assert.not.ok(closed.names().some((chunk) => open.names().includes(chunk)))
  assert.is.not(closed.size, build(items, new Uint8Array(32).fill(7)).memory.size)
})

test('what no directory may hold is a mistake of the caller', () => {
  for (const items of [
    [file('a', 1), file('a', 2)],
    [file('a/b', 1)],
    [file('..', 1)],
    [{ ...file('a', 1), mode: 0o1777 } as BuiltItem],
    [{ kind: 'symlink', name: 'a', target: '/etc' } as const],
    [{ ...file('a', 1), bytes: Number.MAX_SAFE_INTEGER } as BuiltItem, file('b', 1)],
  ]) {
    assert.throws(() => build(items), RangeError)
  }
})

test.run()
