// What changed between two folders, counted from their trees.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KeyMap } from '../../stack/bytes/index.js'
import { fileScope } from '../../stack/crypto/index.js'
import { crypto, seed } from '../../test/node/temporary.js'
import { buildFolder, type SampleEntry, type SampleFolder } from '../../test/samples/folder.js'
import type { Store } from '../store/index.js'
import { compareTrees, type TreeRef } from './compare-folders.js'

const test = suite('compare folders')
const scope = fileScope(crypto, undefined)
const chunks = new KeyMap<Uint8Array>(seed)
let reads = 0
const store = {
  readChunk: (name: Uint8Array) => {
    reads += 1
    const bytes = chunks.get(name)
    return bytes && { bytes, place: 'own' }
  },
} as unknown as Store

const file = (text: string, mode = 0o644): SampleEntry => ({ file: new TextEncoder().encode(text), mode })
const folder = (entries: Record<string, SampleEntry>): SampleFolder => new Map(Object.entries(entries))
const inside = (entries: Record<string, SampleEntry>): SampleEntry => ({ directory: folder(entries), mode: 0o755 })

function treeOf(sample: SampleFolder): TreeRef {
  return { kind: 'directory', ...buildFolder(crypto, undefined, sample, (name, bytes) => chunks.set(name, bytes)) }
}

const compare = (before: SampleFolder | undefined, after: SampleFolder) =>
  compareTrees(crypto, store, scope, before && treeOf(before), treeOf(after))

test('counts everything as added at first', () => {
  const first = folder({ a: file('a'), d: inside({ b: file('b'), l: { symlink: 'b' }, e: inside({}) }) })
  assert.equal(compare(undefined, first), { added: 3, changed: 0, removed: 0 })
})

test('counts bytes, modes and targets that changed', () => {
  const before = folder({ a: file('a'), b: file('b'), c: file('c'), l: { symlink: 'a' } })
  const after = folder({ a: file('A'), b: file('b', 0o755), c: file('c'), l: { symlink: 'b' } })
  assert.equal(compare(before, after), { added: 0, changed: 3, removed: 0 })
})

test('counts a file that became a folder as removed, and what is in the folder as added', () => {
  const before = folder({ x: file('x'), y: inside({ a: file('a'), b: file('b') }) })
  const after = folder({ x: inside({ a: file('a') }), y: { symlink: 'x' } })
  assert.equal(compare(before, after), { added: 2, changed: 0, removed: 3 })
})

test('opens only folders that differ', () => {
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`d${index}`, inside({ f: file(`${index}`) })]),
  )
  const [before, after] = [treeOf(folder(many)), treeOf(folder({ ...many, d7: inside({ f: file('new') }) }))]
  reads = 0
  assert.equal(compareTrees(crypto, store, scope, before, after), { added: 0, changed: 1, removed: 0 })
  assert.is(reads, 4)
})

test('agrees with a comparison by name, for any two folders', () => {
  const entry = fc.option(fc.tuple(fc.constantFrom('1', '2'), fc.constantFrom(0o644, 0o755)), { nil: undefined })
  const names = ['a', 'b', 'c', 'd']
  const sample = fc.array(fc.array(entry, { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 3 })
  const build = (rows: readonly (readonly (readonly [string, number] | undefined)[])[]): SampleFolder =>
    folder(
      Object.fromEntries(
        rows.map((row, index) => [
          `d${index}`,
          inside(
            Object.fromEntries(
              row.flatMap((item, at) => (item ? [[names[at] as string, file(item[0], item[1])]] : [])),
            ),
          ),
        ]),
      ),
    )
  fc.assert(
    fc.property(sample, sample, (old, now) => {
      const count = { added: 0, changed: 0, removed: 0 }
      old.forEach((row, index) => {
        row.forEach((item, at) => {
          const other = now[index]?.[at]
          if (item === undefined && other !== undefined) count.added += 1
          else if (item !== undefined && other === undefined) count.removed += 1
          else if (String(item) !== String(other)) count.changed += 1
        })
      })
      assert.equal(compare(build(old), build(now)), count)
    }),
  )
})

test('goes on when the old tree has lost a chunk', () => {
  const before = { ...treeOf(folder({ a: file('a') })), child: new Uint8Array(32), id: new Uint8Array(32) }
  assert.equal(compareTrees(crypto, store, scope, before, treeOf(folder({ a: file('b') }))), {
    added: 1,
    changed: 0,
    removed: 0,
  })
})

test.run()
