// A value means the same in a flag, a variable and the file, and what is none is none in all of them.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  domain,
  list,
  oneOf,
  optional,
  ownPlaces,
  packetBytes,
  places,
  seconds,
  size,
  text,
  tunnelInterface,
  yesOrNo,
} from './kinds.js'

const test = suite('kinds of settings')

test('sizes are bytes, or powers of 1024 or 1000 by their unit', () => {
  const sizes: [unknown, number | undefined][] = [
    ['0', 0],
    ['1000', 1000],
    ['12b', 12],
    ['1k', 1024],
    ['1K', 1024],
    ['1KiB', 1024],
    ['1kB', 1000],
    ['512M', 512 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2 TB', 2e12],
    [4096, 4096],
    [4096n, 4096],
    ['', undefined],
    ['x', undefined],
    ['10X', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['99999999T', undefined],
    [1.5, undefined],
    [-1, undefined],
    [true, undefined],
    [[], undefined],
  ]
  for (const [given, expected] of sizes) assert.is(size.read(given), expected, String(given))
})

test('an interface has a name of at most 15 letters, digits, - and _, and a place for a number', () => {
  for (const good of ['tun0', 'tun%d', 'runnel-1_a', 'off', 'labels', 'abcdefghijklmno'])
    assert.is(tunnelInterface.read(good), good)
  for (const bad of ['', '0tun', 'tun 0', 'tun/0', 'tun%s', 'tun%d0', 'abcdefghijklmnop', 'tun.0', 7, undefined]) {
    assert.is(tunnelInterface.read(bad), undefined, String(bad))
  }
})

test('the largest packet is 1280 to 65535 bytes', () => {
  for (const good of ['1280', 1280, 1280n, '65535']) assert.is(packetBytes.read(good), Number(good))
  for (const bad of ['1279', 65_536, '1e4', '', ' 1400', 1400.5, true, ['1400'], undefined]) {
    assert.is(packetBytes.read(bad), undefined, String(bad))
  }
})

test('what is shown of a size is the size', () => {
  fc.assert(fc.property(fc.maxSafeInteger().map(Math.abs), (bytes) => size.read(size.show(bytes)) === bytes))
  assert.is(size.show(10 * 1024 ** 3), '10G')
})

test('times are seconds, or by their unit', () => {
  const times: [unknown, number | undefined][] = [
    ['10', 10],
    ['0.5', 0.5],
    ['500ms', 0.5],
    ['30s', 30],
    ['5m', 300],
    ['2h', 7200],
    ['1d', 86_400],
    [7, 7],
    [0.25, 0.25],
    ['', undefined],
    ['5 minutes', undefined],
    ['-1', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ]
  for (const [given, expected] of times) assert.is(seconds.read(given), expected, String(given))
})

test('lists are arrays, or texts with commas or blanks between', () => {
  assert.equal(list.read('a,b'), ['a', 'b'])
  assert.equal(list.read(' a  b,, c '), ['a', 'b', 'c'])
  assert.equal(list.read(''), [])
  assert.equal(list.read(['a', 'b']), ['a', 'b'])
  for (const bad of [['a', 1], [''], 5, true, {}]) assert.is(list.read(bad), undefined)
})

test('places are addresses with a port, or off', () => {
  assert.equal(places.read('127.0.0.1:7280, [::1]:7280'), ['127.0.0.1:7280', '[::1]:7280'])
  assert.equal(places.read(['7280']), ['7280'])
  assert.equal(places.read('off'), [])
  assert.is(places.show([]), 'off')
  for (const bad of ['nowhere', '127.0.0.1', '127.0.0.1:70000', ['off', '7280'], '::1:80', 5]) {
    assert.is(places.read(bad), undefined, String(bad))
  }
})

test('places of this machine alone are those', () => {
  assert.equal(ownPlaces.read('127.1.2.3:53,[::1]:53,5354'), ['127.1.2.3:53', '[::1]:53', '5354'])
  assert.equal(ownPlaces.read('off'), [])
  for (const bad of ['0.0.0.0:53', '[::]:53', 'localhost:53', '10.0.0.1:53', '127.0.0.1.example:53']) {
    assert.is(ownPlaces.read(bad), undefined, bad)
  }
})

test('a domain is labels with dots between, in either case', () => {
  assert.is(domain.read('Key'), 'key')
  assert.is(domain.read('key.example'), 'key.example')
  for (const bad of ['', '.', 'a..b', '-a', 'a.', 'a b', 'ä', 'a'.repeat(64), 5]) assert.is(domain.read(bad), undefined)
})

test('switches know the words for yes and no', () => {
  for (const yes of [true, 'true', '1', 'yes']) assert.is(yesOrNo.read(yes), true)
  for (const no of [false, 'false', '0', 'no']) assert.is(yesOrNo.read(no), false)
  for (const bad of ['', 'maybe', 1, 0, null]) assert.is(yesOrNo.read(bad), undefined)
})

test('a choice is one of its words, and says them', () => {
  const kind = oneOf(['a', 'b'])
  assert.is(kind.read('a'), 'a')
  assert.is(kind.read('A'), undefined)
  assert.is(kind.expects, 'one of a, b')
})

test('an empty text is none, and what is left out shows as nothing', () => {
  assert.is(text.read(''), undefined)
  assert.is(optional(size).show(undefined), '')
})

test('nothing that a file can hold makes a reader throw', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const kind of [text, list, places, domain, yesOrNo, size, seconds, oneOf(['a'])]) kind.read(value)
    }),
  )
})

test.run()
