// A directory's chunk: its layout, and everything that no builder would have written.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { idIn, sealed, unsealed } from '../../test/samples/chunks.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { concat, encodeUtf8, equal, Writer } from '../bytes/index.js'
import { fileScope } from '../crypto/index.js'
import { decodeDirectory, encodeDirectory } from './directory.js'
import type { FileItem, Item } from './item.js'
import { compareNames } from './item-name.js'
import { maxChildren, maxItemMode, maxTargetBytes } from './limits.js'

const crypto = await openTestCrypto()
const scope = fileScope(crypto, undefined)
const test = suite('data/directory')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
/** Few children, so that items share them. */
const child = fc.integer({ min: 0, max: 5 }).map((value) => new Uint8Array(32).fill(value))
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..')
const mode = fc.integer({ min: 0, max: maxItemMode })
const bytes = fc.integer({ min: 0, max: 2 ** 40 })
const items: fc.Arbitrary<Item[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: list(
      fc.oneof(
        fc.record({
          kind: fc.constantFrom('file' as const, 'directory' as const),
          name,
          mode,
          bytes,
          child,
          id: bytes32,
        }),
        fc.record({ kind: fc.constant('symlink' as const), name, target: name }),
      ),
    ),
  },
  { weight: 1, arbitrary: list(fc.record({ kind: fc.constant('more' as const), name, child, id: bytes32 })) },
)

function list(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> {
  return fc
    .uniqueArray(item, { maxLength: 12, selector: (value) => value.name })
    .map((found) => found.map((value) => ({ ...value })).sort((a, b) => compareNames(a.name, b.name)))
}

const decode = (chunk: Uint8Array) => decodeDirectory(crypto, scope, idIn(chunk), chunk)
const encode = (value: readonly Item[]) => encodeDirectory(crypto, scope, value).chunk
const decodeClear = (clear: Uint8Array) => {
  const { id, chunk } = sealed(crypto, scope, clear)
  return decodeDirectory(crypto, scope, id, chunk)
}
const encodeClear = (value: readonly Item[]) => unsealed(crypto, scope, encode(value))

/** A directory's chunk before it is sealed, made by hand. */
function clear(children: readonly number[], ...list: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer().u8(5).u16(children.length)
  for (const value of children) writer.put(new Uint8Array(32).fill(value))
  return writer.put(concat(...list)).bytes()
}

function fileBytes(itemName: string | Uint8Array, index = 0, fileMode = 0o644): Uint8Array {
  const raw = typeof itemName === 'string' ? encodeUtf8(itemName) : itemName
  return new Writer().lp8(raw).u8(0).u16(fileMode).u64(1).u8(index).zeros(32).bytes()
}

function moreBytes(itemName: string, index = 0): Uint8Array {
  return new Writer().lp8(encodeUtf8(itemName)).u8(3).u8(index).zeros(32).bytes()
}

function linkBytes(target: string | Uint8Array): Uint8Array {
  return new Writer()
    .lp8(encodeUtf8('l'))
    .u8(2)
    .lp16(typeof target === 'string' ? encodeUtf8(target) : target)
    .bytes()
}

function file(itemName: string, value = 0): FileItem {
  const filled = new Uint8Array(32).fill(value)
  return { kind: 'file', name: itemName, mode: 0o644, bytes: 1, child: filled, id: filled }
}

test('a directory is read as it was written, sealed and behind its seal', () => {
  assertDecoder({ valid: items.map(encode), decode, encode }, 50)
  // Behind the seal a list may end after any item that needs no child.
  assertDecoder({ valid: items.map(encodeClear), decode: decodeClear, encode: encodeClear, extensible: true }, 100)
})

test('directories replay their corpus', () => {
  assertCorpus('stack/data/corpus/directory', decode)
})

test('a directory may be empty', () => {
  assert.equal(decode(encode([])), [])
  assert.is(encode([]).length, 35)
})

test('the samples made by hand are read where nothing is wrong with them', () => {
  assert.is((decodeClear(clear([1], fileBytes('a'), fileBytes('b'))) as Item[]).length, 2)
  assert.is((decodeClear(clear([1, 2], moreBytes('a', 0), moreBytes('b', 1))) as Item[]).length, 2)
  assert.is((decodeClear(clear([], linkBytes('a'))) as Item[]).length, 1)
})

// protocol.md §6.4 MUST: Items MUST be sorted strictly
test('names out of order and names that come twice are refused', () => {
  assert.is(decodeClear(clear([1], fileBytes('b'), fileBytes('a'))), 'bad-order')
  assert.is(decodeClear(clear([1], fileBytes('a'), fileBytes('a'))), 'bad-order')
  assert.is(decodeClear(clear([1], fileBytes('\u{10000}'), fileBytes('\uffff'))), 'bad-order')
  assert.throws(() => encode([file('b'), file('a')]), RangeError)
  assert.throws(() => encode([file('a'), file('a')]), RangeError)
})

// protocol.md §6.4 MUST: A name MUST be 1 to 255 bytes
test('names that no folder can hold are refused', () => {
  for (const bad of ['', '.', '..', 'a/b', '/', 'a\0']) {
    assert.is(decodeClear(clear([1], fileBytes(bad))), 'bad-path', JSON.stringify(bad))
    assert.throws(() => encode([file(bad)]), RangeError)
  }
  // Not UTF-8: a lone continuation, an overlong slash, a surrogate, an end that is missing.
  for (const bad of [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
    assert.is(decodeClear(clear([1], fileBytes(Uint8Array.from(bad)))), 'bad-text')
  }
})

test('a mode of 0o777 is read, and one above it is refused', () => {
  assert.is(((decodeClear(clear([1], fileBytes('a', 0, 0o777))) as Item[])[0] as FileItem).mode, 0o777)
  assert.is(decodeClear(clear([1], fileBytes('a', 0, 0o1000))), 'bad-range')
  assert.throws(() => encode([{ ...file('a'), mode: 0o1000 }]), RangeError)
})

// protocol.md §6.4 MUST: `child` is an index into the chunk's children
test('children out of range, twice, out of the order of their use or not used are refused', () => {
  assert.is(decodeClear(clear([], fileBytes('a'))), 'bad-index')
  assert.is(decodeClear(clear([1], fileBytes('a', 0), fileBytes('b', 1))), 'bad-index')
  assert.is(decodeClear(clear([1, 1], fileBytes('a', 0), fileBytes('b', 1))), 'bad-order')
  assert.is(decodeClear(clear([1, 2], fileBytes('a', 1), fileBytes('b', 0))), 'not-canonical')
  assert.is(decodeClear(clear([1, 2], fileBytes('a', 0))), 'bad-count')
})

// protocol.md §6.4 MUST: A directory chunk MUST hold either
test('`more` among other items is refused', () => {
  assert.is(decodeClear(clear([1], moreBytes('a'), fileBytes('b'))), 'bad-kind')
  assert.is(decodeClear(clear([1], fileBytes('a'), moreBytes('b'))), 'bad-kind')
  assert.throws(() => encode([file('a'), { ...file('b'), kind: 'more' }]), RangeError)
})

test('a kind that is not known is refused', () => {
  const unknown = fileBytes('a')
  unknown[2] = 4
  assert.is(decodeClear(clear([1], unknown)), 'bad-kind')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a target of 4096 bytes is read, and one that is longer, empty, absolute or no text is refused', () => {
  const longest = 'a'.repeat(maxTargetBytes)
  assert.equal(decodeClear(clear([], linkBytes(longest))), [{ kind: 'symlink', name: 'l', target: longest }])
  assert.is(decodeClear(clear([], linkBytes(`${longest}a`))), 'too-long')
  for (const bad of ['', '/', '/etc', 'a\0']) assert.is(decodeClear(clear([], linkBytes(bad))), 'bad-path')
  assert.is(decodeClear(clear([], linkBytes(Uint8Array.of(0xff)))), 'bad-text')
  assert.throws(() => encode([{ kind: 'symlink', name: 'l', target: '/etc' }]), RangeError)
})

test('256 children are read, and 257 are neither written nor read', () => {
  const many = Array.from({ length: maxChildren }, (_, at) => file(String(at).padStart(4, '0'), at))
  assert.is((decode(encode(many)) as Item[]).length, 256)
  const other = { ...file('z'), child: new Uint8Array(32).fill(1, 0, 1) }
  assert.throws(() => encode([...many, other]), RangeError)
  const wide = concat(Uint8Array.of(5, 1, 1), new Uint8Array(257 * 32))
  assert.is(decodeClear(wide), 'bad-count')
})

test('more bytes of a file than a number can count are refused', () => {
  const huge = fileBytes('a')
  huge.set([0, 0x20], 5)
  assert.is(decodeClear(clear([1], huge)), 'too-large')
})

test('a chunk of more than 61,440 bytes is neither written nor read', () => {
  const target = 'a'.repeat(4000)
  const links = Array.from({ length: 15 }, (_, at): Item => ({ kind: 'symlink', name: `n${at + 10}`, target }))
  assert.is((decode(encode(links)) as Item[]).length, 15)
  assert.throws(() => encode([...links, { kind: 'symlink', name: 'z', target }]), RangeError)
  assert.is(decode(concat(Uint8Array.of(5, 0, 0), new Uint8Array(61_438))), 'too-long')
})

// protocol.md §5 MUST: Where an id stands in the parent and in the chunk
test('another id than the parent says is refused, also where the parent is right', () => {
  const { id, chunk } = encodeDirectory(crypto, scope, [file('a')])
  assert.is(decodeDirectory(crypto, scope, new Uint8Array(32), chunk), 'bad-seal')
  const at = chunk.findIndex((_, start) => equal(chunk.subarray(start, start + 32), id))
  chunk[at] = (chunk[at] ?? 0) ^ 1
  assert.is(decodeDirectory(crypto, scope, id, chunk), 'bad-seal')
})

test.run()
