// What a request may say about host, path, ranges, conditions and positions: each reader is total, and takes nothing for
// what it is not.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readAuthority } from './authority.js'
import { checkConditions, rangeCounts } from './conditions.js'
import { escapeHtml } from './html.js'
import { maxPositionLogs, maxRanges, maxTargetCharacters } from './limits.js'
import { mediaTypeOf } from './media-type.js'
import { Position, readPosition } from './position.js'
import { readRanges } from './range.js'
import { readTarget } from './target.js'

const suffixes = ['key.localhost', 'key']
const name = 'a'.repeat(56)
const anything = fc.string({ unit: 'binary', maxLength: 200 })

const hosts = suite('hosts of requests')

hosts('a host is a name with or without a label, in either case, with any port', () => {
  const around = '.key.localhost:7280'
  const stream = { kind: 'stream', label: undefined, key: name, around }
  assert.equal(readAuthority(`${name}${around}`, suffixes), stream)
  assert.equal(readAuthority(`${name.toUpperCase()}.KEY.Localhost:7280`, suffixes), stream)
  assert.equal(readAuthority(`posts.${name}.key`, suffixes), {
    kind: 'stream',
    label: 'posts',
    key: name,
    around: '.key',
  })
  assert.equal(readAuthority('key.localhost', suffixes), { kind: 'front', around: '.key.localhost' })
})

hosts('what is not below a suffix that is served is foreign, however it looks', () => {
  const foreign = [
    undefined,
    '',
    'localhost:7280',
    '127.0.0.1:7280',
    '[::1]:7280',
    'example.org',
    `${name}.key.localhost.example.org`,
    `${name}.monkey`,
    `${name}.keyzz`,
    `${name}.key.localhosts`,
    `${name}.key.localhost.`,
    `a.b.${name}.key`,
    `.${name}.key`,
    `-a.${name}.key`,
    `${name}.key:80:80`,
    `${name}.key:123456`,
    `user@${name}.key`,
    `${name}.key/x`,
    `${name}.key `,
    `ä.${name}.key`,
    `${'a'.repeat(64)}.key`,
  ]
  for (const host of foreign) assert.equal(readAuthority(host, suffixes), { kind: 'foreign' }, String(host))
})

hosts('any text gives an answer, and a stream only below a suffix', () => {
  fc.assert(
    fc.property(fc.oneof(anything, fc.domain()), (text) => {
      const read = readAuthority(text, suffixes)
      return read.kind === 'foreign' || /(^|\.)key(\.localhost)?(:\d+)?$/i.test(text)
    }),
  )
})

hosts.run()

const targets = suite('targets of requests')

targets('names are decoded once', () => {
  assert.equal(readTarget('/a%20b/%252e%252e/%C3%BC?x=/..', undefined), {
    raw: '/a%20b/%252e%252e/%C3%BC',
    names: ['a b', '%2e%2e', 'ü'],
    folder: false,
    query: '?x=/..',
  })
  assert.equal(readTarget('/', undefined), { raw: '/', names: [], folder: true, query: '' })
  assert.equal(readTarget('/a/', undefined), { raw: '/a/', names: ['a'], folder: true, query: '' })
})

targets('what could mean another place, or is not UTF-8, is refused', () => {
  for (const bad of [
    '',
    '*',
    'a',
    '/..',
    '/../x',
    '/a/./b',
    '/%2e%2e/x',
    '/%2E./x',
    '/a%2fb',
    '/a%00b',
    '//x',
    '/a//b',
    '/%',
    '/%zz',
    '/%ff',
    '/%c0%ae%c0%ae/',
    '/%ed%a0%80',
    'ftp://host/',
  ]) {
    assert.is(readTarget(bad, 'host'), 'bad-target', bad)
  }
  assert.is(readTarget(`/${'a'.repeat(maxTargetCharacters)}`, undefined), 'too-long')
  assert.type(readTarget(`/${'a'.repeat(maxTargetCharacters - 1)}`, undefined), 'object')
})

targets('a target that names its host counts only with the same host', () => {
  assert.equal((readTarget('http://host:1/a', 'HOST:1') as { names: readonly string[] }).names, ['a'])
  assert.equal((readTarget('http://host:1', 'host:1') as { raw: string }).raw, '/')
  assert.is(readTarget('http://host:12/a', 'host:1'), 'bad-target')
  assert.is(readTarget('http://other/a', 'host'), 'bad-target')
  assert.is(readTarget('http://host/a', undefined), 'bad-target')
})

targets('what is encoded comes back, and no name ever leads elsewhere', () => {
  const safe = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => {
    return text !== '.' && text !== '..' && !/[/\0]/.test(text)
  })
  fc.assert(
    fc.property(fc.array(safe, { maxLength: 5 }), (names) => {
      const read = readTarget(`/${names.map(encodeURIComponent).join('/')}`, undefined)
      if (typeof read === 'string') throw new Error(read)
      assert.equal(read.names, names)
    }),
  )
  fc.assert(
    fc.property(anything, (text) => {
      const read = readTarget(text, 'host')
      return (
        typeof read === 'string' || read.names.every((part) => !['', '.', '..'].includes(part) && !part.includes('/'))
      )
    }),
  )
})

targets.run()

const ranges = suite('ranges')

ranges('one, several, open and from the end', () => {
  assert.equal(readRanges('bytes=0-3', 10), [{ from: 0, to: 4 }])
  assert.equal(readRanges('Bytes= 2-2 ,, 5-99', 10), [
    { from: 2, to: 3 },
    { from: 5, to: 10 },
  ])
  assert.equal(readRanges('bytes=7-', 10), [{ from: 7, to: 10 }])
  assert.equal(readRanges('bytes=-3', 10), [{ from: 7, to: 10 }])
  assert.equal(readRanges('bytes=-30', 10), [{ from: 0, to: 10 }])
})

ranges('what lies beyond the end is unsatisfiable, also of an empty file', () => {
  for (const beyond of ['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=99999999999999999999-', 'bytes=12-,13-'])
    assert.is(readRanges(beyond, 10), 'unsatisfiable', beyond)
  assert.is(readRanges('bytes=0-', 0), 'unsatisfiable')
  assert.is(readRanges('bytes=-5', 0), 'unsatisfiable')
  assert.equal(readRanges('bytes=12-,1-1', 10), [{ from: 1, to: 2 }])
})

ranges('what is no range means all of it', () => {
  for (const none of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=3-2',
    'items=0-1',
    'bytes=1-2-3',
  ])
    assert.is(readRanges(none, 10), 'whole', String(none))
  assert.is(readRanges('bytes=18014398509481985-18014398509481984', 10), 'whole')
})

ranges('more than 16, and more bytes than there are, mean all of it', () => {
  const spread = (count: number) => `bytes=${Array.from({ length: count }, (_, at) => `${at * 2}-${at * 2}`).join(',')}`
  assert.is((readRanges(spread(maxRanges), 1000) as unknown[]).length, maxRanges)
  assert.is(readRanges(spread(maxRanges + 1), 1000), 'whole')
  assert.is(readRanges('bytes=0-,0-', 10), 'whole')
})

ranges('every range that is given is inside, not empty, and as a reader of the RFC finds it', () => {
  const number = fc.oneof(fc.nat(30), fc.constant(''))
  const spec = fc.tuple(number, number).map(([first, last]) => `${first}-${last}`)
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 4 }), fc.nat(20), (specs, size) => {
      const read = readRanges(`bytes=${specs.join(',')}`, size)
      const bytes = Array.from({ length: size }, (_, at) => at)
      const wanted = specs.map((text) => {
        const [first = '', last = ''] = text.split('-')
        if (first === '') return last === '' ? undefined : bytes.slice(Math.max(0, size - Number(last)))
        if (last !== '' && Number(last) < Number(first)) return undefined
        return bytes.filter((at) => at >= Number(first) && (last === '' || at <= Number(last)))
      })
      if (wanted.some((one) => one === undefined)) return read === 'whole'
      const filled = wanted.filter((one) => one !== undefined && one.length > 0)
      if (filled.length === 0) return read === 'unsatisfiable'
      if (read === 'whole') return filled.length > 1 && filled.flat().length > size
      if (read === 'unsatisfiable') return false
      assert.equal(
        read.map(({ from, to }) => bytes.slice(from, to)),
        filled,
      )
      return true
    }),
  )
  fc.assert(fc.property(anything, fc.nat(), (text, size) => readRanges(text, size) !== undefined))
})

ranges.run()

const conditions = suite('conditions')
const now = { etag: '"x"', modifiedMs: Date.parse('Wed, 21 Oct 2026 07:28:00 GMT') + 500 }

conditions('who has it already gets 304, by tag before date', () => {
  assert.is(checkConditions({}, now), 200)
  for (const tags of ['"x"', 'W/"x"', '"a", "x"', '*', '"a",W/"x"'])
    assert.is(checkConditions({ 'if-none-match': tags }, now), 304, tags)
  for (const tags of ['"y"', 'x', '', '"X"', '"a,x"'])
    assert.is(checkConditions({ 'if-none-match': tags }, now), 200, tags)
  assert.is(checkConditions({ 'if-modified-since': 'Wed, 21 Oct 2026 07:28:00 GMT' }, now), 304)
  assert.is(checkConditions({ 'if-modified-since': 'Wed, 21 Oct 2026 07:27:59 GMT' }, now), 200)
  assert.is(checkConditions({ 'if-modified-since': '2030' }, now), 200)
  const both = { 'if-none-match': '"y"', 'if-modified-since': 'Wed, 21 Oct 2027 07:28:00 GMT' }
  assert.is(checkConditions(both, now), 200)
})

conditions('who wants another one gets 412', () => {
  assert.is(checkConditions({ 'if-match': '"y"' }, now), 412)
  assert.is(checkConditions({ 'if-match': 'W/"x"' }, now), 412)
  assert.is(checkConditions({ 'if-match': '"y", "x"' }, now), 200)
  assert.is(checkConditions({ 'if-match': '*' }, now), 200)
  assert.is(checkConditions({ 'if-unmodified-since': 'Wed, 21 Oct 2026 07:27:59 GMT' }, now), 412)
  assert.is(checkConditions({ 'if-unmodified-since': 'Wed, 21 Oct 2026 07:28:00 GMT' }, now), 200)
  const both = { 'if-match': '"x"', 'if-unmodified-since': 'Wed, 21 Oct 2020 07:28:00 GMT' }
  assert.is(checkConditions(both, now), 200)
})

conditions('a range counts while what it is of is the same', () => {
  assert.ok(rangeCounts(undefined, now))
  assert.ok(rangeCounts('"x"', now))
  assert.not(rangeCounts('"y"', now))
  assert.not(rangeCounts('W/"x"', now))
  assert.ok(rangeCounts('Wed, 21 Oct 2026 07:28:00 GMT', now))
  assert.not(rangeCounts('Wed, 21 Oct 2026 07:28:01 GMT', now))
})

conditions('any header gives an answer', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const headers = { 'if-match': text, 'if-none-match': text, 'if-modified-since': text }
      return [200, 304, 412].includes(checkConditions(headers, now)) && typeof rangeCounts(text, now) === 'boolean'
    }),
  )
})

conditions.run()

const rest = suite('positions, types and texts')

rest('a position is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z2-7]{56}$/), fc.maxSafeNat(), { minKeys: 1, maxKeys: 8 }),
      (next) => {
        assert.equal(readPosition(new Position(next).toString()), { ...next })
      },
    ),
  )
  const position = new Position({ [name]: 3 })
  position.pass({ log: name, sequence: 7 })
  assert.is(String(position), `${name}:8`)
})

rest('any other id is none, and one of too many logs too', () => {
  for (const bad of ['', '5', `${name}:`, `${name}:-1`, `${name}:9007199254740993`, `__proto__:1`, `${name}:1,`])
    assert.is(readPosition(bad), undefined, bad)
  const many = (count: number) => Array.from({ length: count }, () => `${name}:1`).join(',')
  assert.type(readPosition(many(maxPositionLogs)), 'object')
  assert.is(readPosition(many(maxPositionLogs + 1)), undefined)
  fc.assert(fc.property(anything, (text) => readPosition(text) === undefined || text.length >= 58))
})

rest('a type comes from the name, and text says that it is UTF-8', () => {
  assert.is(mediaTypeOf('index.html'), 'text/html; charset=utf-8')
  assert.is(mediaTypeOf('a.JS'), 'text/javascript; charset=utf-8')
  assert.is(mediaTypeOf('a.json'), 'application/json; charset=utf-8')
  assert.is(mediaTypeOf('a.svg'), 'image/svg+xml; charset=utf-8')
  assert.is(mediaTypeOf('a.wasm'), 'application/wasm')
  for (const unknown of ['a', 'a.', 'a.unheard-of', 'constructor', 'a.__proto__'])
    assert.is(mediaTypeOf(unknown), 'application/octet-stream', unknown)
})

rest('no text gets out of its place in a page', () => {
  assert.is(escapeHtml(`<a href="'&`), '&lt;a href=&quot;&#39;&amp;')
  assert.is(escapeHtml('a\u202eb\u0007c\n'), 'a\ufffdb\ufffdc\ufffd')
  fc.assert(fc.property(anything, (text) => !/[<>"']|&(?!(amp|lt|gt|quot|#39);)/.test(escapeHtml(text))))
})

rest.run()
