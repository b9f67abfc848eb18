// What reads transcripts finds what differs.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { differenceOf, stepsOf } from './transcript.js'

const test = suite('docs/transcript')

test('reads commands with what they print and how they end, and nothing else of a page', () => {
  const page = [
    '# x',
    '```',
    'a$ runnel no',
    '```',
    '```console',
    'a$ runnel id',
    'n [..]',
    '[exit 2]',
    'b$ echo a & b | runnel up',
    'c$ curl -s x &',
    'c$ fg',
    '```',
  ]
  const plain = { input: '', stays: false, expected: [], exitCode: 0 }
  assert.equal(stepsOf(page.join('\n')), [
    { ...plain, host: 'a', program: 'runnel', words: ['id'], expected: ['n [..]'], exitCode: 2, at: 6 },
    { ...plain, host: 'b', program: 'runnel', words: ['up'], input: 'a & b\n', at: 9 },
    { ...plain, host: 'c', program: 'curl', words: ['-s', 'x'], stays: true, at: 10 },
    { ...plain, host: 'c', program: 'fg', words: [''], at: 11 },
  ])
  assert.throws(() => stepsOf('```console\nls\n```'), /no command/)
})

test('a wildcard stands for anything in a line, and nothing else is let pass', () => {
  assert.is(differenceOf(['a [..] (c)', '[...]'], ['a b (c)', 'whatever']), undefined)
  assert.match(differenceOf(['a'], ['b']) ?? '', 'expected: a')
  assert.match(differenceOf(['a', 'b'], ['a']) ?? '', 'a line is missing: b')
  assert.match(differenceOf(['a'], ['a', 'b']) ?? '', 'a line too many: b')
  assert.match(differenceOf(['a.c'], ['abc']) ?? '', 'expected')
})

test.run()
