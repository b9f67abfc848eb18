// Links and neighbours: what a user copies, types and mistypes.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus } from '../../test/samples/decoders.js'
import { filled, SampleName, sampleSeeds } from '../../test/samples/name.js'
import { decodeUtf8 } from '../bytes/index.js'
import { isLabel } from './label.js'
import { formatLink, type Link, parseLink } from './link.js'
import { formatNeighbour, parseNeighbour } from './neighbour.js'
import { encodeText, TextKind } from './text.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/link')

const name = encodeText(crypto, TextKind.name, sample.name)
const log = encodeText(crypto, TextKind.log, sample.log)
const device = encodeText(crypto, TextKind.device, sample.device)
const secret = encodeText(crypto, TextKind.secret, sampleSeeds.secret)
const bare: Link = { target: 'name', key: sample.name, label: undefined, secret: undefined, path: [] }

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
const pathName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..')
const link: fc.Arbitrary<Link> = fc
  .record({
    target: fc.constantFrom('name' as const, 'log' as const),
    key: bytes32,
    label: fc.option(label, { nil: undefined }),
    secret: fc.option(bytes32, { nil: undefined }),
    path: fc.array(pathName, { maxLength: 6 }),
  })
  .map((link) => ({ ...link, label: link.target === 'log' ? undefined : link.label }))

test('every link is read as it was written', () => {
  fc.assert(fc.property(link, (link) => assert.equal(parseLink(crypto, formatLink(crypto, link)), link)))
})

test('each part of a link can be left out', () => {
  assert.equal(parseLink(crypto, name), bare)
  assert.equal(parseLink(crypto, `posts.${name}`), { ...bare, label: 'posts' })
  assert.equal(parseLink(crypto, `${name}+${secret}`), { ...bare, secret: sampleSeeds.secret })
  assert.equal(parseLink(crypto, `${name}/docs/index.html`), { ...bare, path: ['docs', 'index.html'] })
  assert.equal(parseLink(crypto, log), { ...bare, target: 'log', key: sample.log })
})

test('upper case of keys is read, of labels it is not', () => {
  assert.equal(parseLink(crypto, name.toUpperCase()), bare)
  assert.is(parseLink(crypto, `Posts.${name}`), 'bad-label')
})

test('one slash at the end changes nothing, and the path is taken as it is', () => {
  assert.equal(parseLink(crypto, `${name}/docs/`), { ...bare, path: ['docs'] })
  assert.equal(parseLink(crypto, `${name}/`), bare)
  assert.equal(parseLink(crypto, `${name}/a%20b+c.d@é`), { ...bare, path: ['a%20b+c.d@é'] })
})

test('a path cannot climb, be empty inside, or hold what no folder can', () => {
  for (const path of ['..', '.', 'a/../b', 'a/./b', 'a//b', '/a', 'a//', '/', 'a\0b', '\ud800', 'x'.repeat(256)]) {
    assert.is(parseLink(crypto, `${name}/${path}`), 'bad-path', JSON.stringify(path))
  }
  assert.equal(parseLink(crypto, `${name}/${'x'.repeat(255)}`), { ...bare, path: ['x'.repeat(255)] })
  assert.is(parseLink(crypto, `${name}/${'é'.repeat(128)}`), 'bad-path')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a path has at most 128 names', () => {
  const names = Array.from({ length: 129 }, () => 'd')
  assert.equal(parseLink(crypto, `${name}/${names.slice(1).join('/')}`), { ...bare, path: names.slice(1) })
  assert.is(parseLink(crypto, `${name}/${names.join('/')}`), 'too-deep')
})

test('a text of another kind is refused in each place', () => {
  assert.is(parseLink(crypto, device), 'bad-kind')
  assert.is(parseLink(crypto, secret), 'bad-kind')
  assert.is(parseLink(crypto, `${name}+${name}`), 'bad-kind')
  assert.is(parseLink(crypto, `${name}+${log}`), 'bad-kind')
})

test('a log has no label', () => {
  assert.is(parseLink(crypto, `posts.${log}`), 'bad-label')
  assert.throws(() => formatLink(crypto, { ...bare, target: 'log', label: 'posts' }), /no label/)
})

test('a typing error in name or secret is named as one', () => {
  const typo = (text: string): string => `${text.slice(0, 10)}${text[10] === 'a' ? 'b' : 'a'}${text.slice(11)}`
  assert.is(parseLink(crypto, typo(name)), 'bad-checksum')
  assert.is(parseLink(crypto, `${name}+${typo(secret)}`), 'bad-checksum')
  assert.is(parseLink(crypto, `${name}+${secret.slice(1)}`), 'bad-length')
  assert.is(parseLink(crypto, `${name}+`), 'bad-length')
  assert.is(parseLink(crypto, `${name}+${secret}+${secret}`), 'bad-length')
  assert.is(parseLink(crypto, ` ${name}`), 'bad-length')
  assert.is(parseLink(crypto, ''), 'bad-length')
})

test('a label is one DNS label in lower case', () => {
  for (const good of ['a', '0', 'a-b', 'a--b', 'x'.repeat(63)]) assert.ok(isLabel(good), good)
  for (const bad of ['', '-a', 'a-', 'A', 'a_b', 'a.b', 'é', 'a\n', 'x'.repeat(64)]) assert.not(isLabel(bad), bad)
  assert.is(parseLink(crypto, `a.b.${name}`), 'bad-label')
  assert.is(parseLink(crypto, `.${name}`), 'bad-label')
  assert.throws(() => formatLink(crypto, { ...bare, label: 'a.b' }), RangeError)
})

test('a path that could not be read again is not written', () => {
  for (const path of [['..'], ['a/b'], [''], ['\ud800']]) {
    assert.throws(() => formatLink(crypto, { ...bare, path }), RangeError)
  }
})

test('no text makes the reader of links throw', () => {
  const pieces = fc.constantFrom(name, log, device, secret, '.', '+', '/', '@', 'posts', '..', '%2f', '\0', '[::1]:80')
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(pieces, { maxLength: 8 })), (text) => {
      const joined = typeof text === 'string' ? text : text.join('')
      const parsed = parseLink(crypto, joined)
      if (typeof parsed !== 'string') assert.equal(parseLink(crypto, formatLink(crypto, parsed)), parsed)
      const neighbour = parseNeighbour(crypto, joined)
      if (typeof neighbour !== 'string') {
        assert.equal(parseNeighbour(crypto, formatNeighbour(crypto, neighbour)), neighbour)
      }
    }),
  )
})

test('a neighbour has a device, a host and a port', () => {
  for (const host of ['router', 'router.example', '10.0.0.1', '2001:db8::1', '::', 'fe80::1%eth0', 'a_b-c']) {
    const neighbour = { device: sample.device, host, port: 7254 }
    assert.equal(parseNeighbour(crypto, formatNeighbour(crypto, neighbour)), neighbour)
  }
  assert.is(formatNeighbour(crypto, { device: sample.device, host: '::1', port: 1 }), `${device}@[::1]:1`)
})

test('a neighbour without host, port or key is refused for that', () => {
  for (const address of [
    '',
    ':80',
    'host',
    'host:',
    '::1:80',
    '[::1]',
    '[host]:80',
    '[10.0.0.1]:80',
    '[]:80',
    'a b:80',
    'host:x',
  ]) {
    assert.is(parseNeighbour(crypto, `${device}@${address}`), 'bad-path', address)
  }
  assert.is.not(typeof parseNeighbour(crypto, `${device}@host:65535`), 'string')
  for (const port of [0, 65_536, 99_999]) assert.is(parseNeighbour(crypto, `${device}@host:${port}`), 'bad-range')
  assert.is(parseNeighbour(crypto, device), 'bad-path')
  assert.is(parseNeighbour(crypto, `${device.slice(0, 55)}@host:80`), 'bad-length')
  assert.is(parseNeighbour(crypto, `${name}@host:80`), 'bad-kind')
})

test('a host is at most 253 characters', () => {
  const host = 'h'.repeat(253)
  assert.equal(parseNeighbour(crypto, `${device}@${host}:1`), { device: sample.device, host, port: 1 })
  assert.is(parseNeighbour(crypto, `${device}@${host}h:1`), 'bad-path')
})

test('keys of links are of 32 bytes', () => {
  assert.throws(() => formatLink(crypto, { ...bare, key: filled(1).subarray(1) }), RangeError)
})

test('the corpora are read and refused as their names say', () => {
  assertCorpus('stack/name/corpus/link', (bytes) => parseLink(crypto, decodeUtf8(bytes) ?? ''))
  assertCorpus('stack/name/corpus/neighbour', (bytes) => parseNeighbour(crypto, decodeUtf8(bytes) ?? ''))
})

test.run()
