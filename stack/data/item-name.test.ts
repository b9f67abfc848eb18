// Names of items, targets of symlinks, and the order of names.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compare, encodeUtf8 } from '../bytes/index.js'
import { checkItemName, checkSymlink, compareNames } from './item-name.js'

const test = suite('data/item-name')

test('a name may be anything in UTF-8: emoji, combining and right-to-left characters, spaces, a newline', () => {
  const names = [
    'a',
    '…',
    '...',
    '.hidden',
    'ünïcode',
    'u\u0308',
    '👩‍👩‍👧',
    'שלום',
    'مرحبا',
    'a b',
    'a\nb',
    '\\',
    '\u{10ffff}',
    '\ufeff',
  ]
  for (const name of names) assert.is(checkItemName(name), undefined, name)
})

// protocol.md §6.4 MUST: A name MUST be 1 to 255 bytes
test('a name that would name something else is refused', () => {
  for (const name of ['', '.', '..', '/', 'a/b', '/a', 'a/', 'a\0', '\0']) {
    assert.is(checkItemName(name), 'bad-path', JSON.stringify(name))
  }
  assert.is(checkItemName('\ud800'), 'bad-text')
})

// protocol.md §6.4 MUST: A name MUST be 1 to 255 bytes
test('a name may have 255 bytes and not 256', () => {
  assert.is(checkItemName('a'.repeat(255)), undefined)
  assert.is(checkItemName('a'.repeat(256)), 'too-long')
  assert.is(checkItemName('é'.repeat(127)), undefined)
  assert.is(checkItemName('é'.repeat(128)), 'too-long')
})

test('a target may have 4096 bytes and not 4097', () => {
  assert.is(checkSymlink([], 'a/'.repeat(2048)), undefined)
  assert.is(checkSymlink([], `${'a/'.repeat(2048)}a`), 'too-long')
})

test('a symlink may point anywhere inside its folder, also to what is not there', () => {
  const inside: [string[], string][] = [
    [[], 'a'],
    [[], '.'],
    [[], './/a//.'],
    [['a'], '..'],
    [['a'], '../b'],
    [['a', 'b'], '../../c'],
    [['a'], './..//b'],
    [[], '...'],
    [[], 'a\\..\\..'],
  ]
  for (const [path, target] of inside) assert.is(checkSymlink(path, target), undefined, `${path} ${target}`)
})

// protocol.md §6.4 MUST: A symlink MUST stay inside the folder
test('a symlink that is absolute, climbs above the root, or climbs behind a name is refused', () => {
  const outside: [string[], string][] = [
    [[], ''],
    [[], '/'],
    [[], '/etc/passwd'],
    [['a'], '/a'],
    [[], '..'],
    [[], '../a'],
    [[], 'a/../..'],
    [['a'], '../..'],
    [['a'], '../../a'],
    [['a', 'b'], './.././../..'],
    [[], 'a\0b'],
    // Behind a name, which may be a symlink to elsewhere.
    [[], 'a/..'],
    [[], 'a/b/../c'],
    [['a', 'b'], '../x/../y'],
  ]
  for (const [path, target] of outside) assert.is(checkSymlink(path, target), 'bad-path', `${path} ${target}`)
  assert.is(checkSymlink([], 'a\udc00'), 'bad-text')
})

test('names are in the order of their UTF-8 bytes', () => {
  const name = fc.string({ unit: 'binary', maxLength: 6 })
  const close = fc.constantFrom('\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', 'a', '\u{1f600}', '')
  const mixed = fc.array(fc.oneof(name, close), { maxLength: 3 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(mixed, mixed, (a, b) => {
      assert.is(Math.sign(compareNames(a, b)), Math.sign(compare(encodeUtf8(a), encodeUtf8(b))))
    }),
    { numRuns: 2000 },
  )
})

test.run()
