// Values as people read them, and nothing from others that a terminal would obey.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../errors/index.js'
import { custodyText } from './custody-text.js'
import { nearest } from './nearest.js'
import { isPlainName } from './output-name.js'
import { endedText } from './process.js'
import { sourcesText } from './sources.js'
import { bytesText, clean, columns, counted, dayText, jsonLine, secondsText, timeText } from './text.js'

const test = suite('text')
const obeyed = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

test('texts from others keep their letters and lose what a terminal would obey', () => {
  assert.is(clean('plain ü 水 😀'), 'plain ü 水 😀')
  assert.is(clean('\u001b[31mred\u0007'), '\\u001b[31mred\\u0007')
  assert.is(clean('a\nb\tc'), 'a\\nb\\tc')
  assert.is(clean('\u009b31m'), '\\u009b31m')
  assert.is(clean('gpj.\u202eexe'), 'gpj.\\u202eexe')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !obeyed.test(clean(text))))
})

test('a record is one line that a terminal does not obey, and says the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = jsonLine({ text })
      assert.not(obeyed.test(line))
      assert.equal(JSON.parse(line), { text })
    }),
  )
})

test('a time that no calendar has is shown as the last one that there is', () => {
  assert.is(timeText(1_700_000_000_000), '2023-11-14T22:13:20.000Z')
  assert.is(dayText(1_700_000_000_000), '2023-11-14')
  assert.is(timeText(Number.MAX_SAFE_INTEGER), '+275760-09-13T00:00:00.000Z')
  assert.is(dayText(Number.MAX_SAFE_INTEGER), '+275760-09-13')
  const who = { custodian: 'a'.repeat(56), label: 'x', log: 'l' }
  const custodian = { ...who, state: 'kept', untilMs: Number.MAX_SAFE_INTEGER } as const
  assert.match(custodyText(custodian, 1_700_000_000_000), /until \+275760-09-13,/)
})

test('what the other side of a conversation gives as its reason moves no cursor', () => {
  const error = new RunnelError('CONVERSATION_RESET', 'it was given up: \u001b[2J\u001b]0;title\u0007')
  assert.not(obeyed.test(endedText({ code: 0, signal: null, error })))
})

test('bytes have three figures and a unit of thousands', () => {
  const samples: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [30_100_000, '30.1 MB'],
    [1_073_741_824, '1.07 GB'],
    [5e15, '5.00 PB'],
  ]
  for (const [bytes, expected] of samples) assert.is(bytesText(bytes), expected)
})

test('times are told in the unit that says most', () => {
  const samples: [number, string][] = [
    [0, '0 s'],
    [0.0421, '0.042 s'],
    [4.26, '4.3 s'],
    [12.4, '12 s'],
    [119, '119 s'],
    [180, '3 min'],
    [18_000, '5 h'],
    [1_036_800, '12 d'],
  ]
  for (const [seconds, expected] of samples) assert.is(secondsText(seconds), expected)
})

test('one is one, and more are many', () => {
  assert.is(counted(1, 'file'), '1 file')
  assert.is(counted(0, 'file'), '0 files')
  assert.is(counted(2, 'entry', 'entries'), '2 entries')
})

test('columns stand under each other', () => {
  assert.equal(columns([['a', 'bb', 'c'], ['aaa', 'b', 'cc'], ['x']]), ['a    bb  c', 'aaa  b   cc', 'x'])
  assert.equal(columns([]), [])
})

test('who served is told nearest first, with whole percents that never hide a rest', () => {
  const shares = [
    { hop: 2, cached: false, bytes: 1 },
    { hop: 1, cached: true, bytes: 98_999 },
    { hop: 0, cached: true, bytes: 1000 },
    { hop: 3, cached: true, bytes: 0 },
  ]
  assert.is(sourcesText(shares), 'own cache 1.00 kB (1 %), hop 1 99.0 kB (99 %), hop 2 (the writer) 1 B (<1 %)')
  assert.is(sourcesText([{ hop: 1, cached: true, bytes: 5 }]), 'hop 1 5 B (100 %)')
  assert.is(sourcesText([]), '')
})

test('the word that was meant is found, and none where none is near', () => {
  assert.is(nearest('upstraem', ['upstream', 'listen']), 'upstream')
  assert.is(nearest('Log_Level', ['log-level']), 'log-level')
  assert.is(nearest('zzzzzz', ['upstream', 'listen']), undefined)
  assert.is(nearest('x'.repeat(100_000), ['x']), undefined)
})

test('a name that a publisher chose becomes a file only when it is plain', () => {
  for (const name of ['site', 'a b.txt', 'ü', 'x'.repeat(255)]) assert.ok(isPlainName(name), name)
  const bad = ['', '.', '..', '.bashrc', '-rf', 'a/b', 'a\\b', 'a\u001bb', 'a\nb', '\u202ea', 'x'.repeat(256)]
  for (const name of bad) assert.not(isPlainName(name), name)
})

test.run()
