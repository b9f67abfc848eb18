// What is read off a run: medians, ratios in Runnel's favour, goals that are met or missed, and a page whose other text
// stays.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderNumber, renderQuantity } from './number.js'
import type { Results } from './results.js'
import type { Sample } from './run.js'
import type { Scenario } from './scenario.js'
import { fullSizes, parseSize } from './sizes.js'
import { renderFacts, renderTables, replaceSection } from './table.js'

const test = suite('bench/table')

const scenario: Scenario = {
  name: 'made',
  title: 'made up',
  costS: 1,
  sizes: [],
  rows: [
    {
      title: 'speed',
      measure: 'speed',
      unit: 'MB/s',
      better: 'higher',
      goal: 100,
      against: [{ peer: 'other', goal: 2 }, { peer: 'absent' }],
    },
    {
      title: 'delay',
      measure: 'delay',
      unit: 'ms',
      better: 'lower',
      goal: 1,
      against: [{ peer: 'other', measure: 'wait' }],
    },
    { title: 'nobody measured', measure: 'nothing', unit: 'ms', better: 'lower' },
  ],
  open: async () => [],
}

function sample(contender: string, round: number, values: Record<string, number>, provider?: string): Sample {
  const who = { scenario: 'made', contender, ...(provider === undefined ? {} : { provider }) }
  return { ...who, round, at: '2026-01-02T03:04:05.000Z', loadBefore: 0, values, counters: {}, costs: {} }
}

function resultsOf(samples: readonly Sample[]): Results {
  return {
    suite: 'objects',
    at: '2026-01-02T03:04:05.000Z',
    commit: '0123456789ab',
    version: '1.2.3',
    machine: {
      processor: 'Some CPU',
      processors: 2,
      memoryBytes: 8 * 1024 ** 3,
      kernel: '6.1',
      system: 'Some Linux',
      node: '20.19.0',
      congestionControl: 'cubic',
    },
    peers: { other: '1.0.0' },
    absent: { absent: 'is not there' },
    providers: { native: 'native (x)', portable: 'portable (y)' },
    rounds: 3,
    sizes: fullSizes,
    loadBefore: [0.25, 0.5, 1],
    samples,
    failures: [],
  }
}

const samples = [
  ...[90, 120, 110].map((speed, round) => sample('runnel', round, { speed, delay: 2 }, 'native')),
  ...[40, 60, 50].map((speed, round) => sample('runnel', round, { speed, delay: 4 }, 'portable')),
  ...[50, 52, 49].map((speed, round) => sample('other', round, { speed, wait: 1 })),
]

test('a row has the median, the spread, the peers, the ratio and what became of each goal', () => {
  const [native = '', portable = ''] = renderTables(resultsOf(samples), [scenario]).split('\n\n### ')
  const all =
    '110 MB/s [90.0 – 120] | other 50.0 MB/s [49.0 – 52.0] | 2.20 (1.15 – 2.93) | ≥ 100 MB/s<br>≥ 2 × other | met<br>met'
  assert.match(native, `| speed | ${all} |`)
  assert.match(portable, '| speed | 50.0 MB/s [40.0 – 60.0]')
  assert.match(portable, '| 1.00 (0.49 – 1.72) | ≥ 100 MB/s<br>≥ 2 × other | missed<br>missed |')
})

test('where less is better, the ratio says so too, and a peer’s own measure is named', () => {
  const text = renderTables(resultsOf(samples), [scenario])
  assert.match(
    text,
    '| delay | 2.00 ms [2.00 – 2.00] | other (wait) 1.00 ms [1.00 – 1.00] | 0.50 (0.50 – 0.50) | ≤ 1 ms | missed |',
  )
})

test('what nobody measured has no row', () => {
  assert.not.match(renderTables(resultsOf(samples), [scenario]), 'nobody measured')
  assert.not.match(renderTables(resultsOf([]), [scenario]), 'made up')
})

test('what stands above says the machine, the versions, the commit and who is missing', () => {
  const facts = renderFacts(resultsOf(samples), 'bench/results/x.json')
  for (const fact of ['0123456789ab', 'Some CPU', 'Linux 6.1', 'Node 20.19.0', 'cubic', 'other 1.0.0', 'x.json']) {
    assert.match(facts, fact)
  }
  assert.match(facts, 'Without absent: is not there.')
})

test('numbers have three digits that count', () => {
  assert.equal([1234.5, 99.95, 1.234, 0.01234, Number.NaN].map(renderNumber), ['1,235', '100.0', '1.23', '0.012', '–'])
})

test('what is small has a smaller unit, where it has one', () => {
  assert.is(renderQuantity(0.00096, 'MB'), '0.96 kB')
  assert.is(renderQuantity(0.015, 's'), '15.0 ms')
  assert.is(renderQuantity(0.5, 'MB'), '0.50 MB')
  assert.is(renderQuantity(0.01, 'ms'), '0.010 ms')
  assert.is(renderQuantity(0, 'MB'), '0 MB')
})

test('beside a peer that took nothing there is no ratio', () => {
  const free = [sample('runnel', 0, { speed: 1, delay: 2 }, 'native'), sample('other', 0, { speed: 1, wait: 0 })]
  assert.match(
    renderTables(resultsOf(free), [scenario]),
    '| delay | 2.00 ms | other (wait) 0 ms | – | ≤ 1 ms | missed |',
  )
})

test('a section is put at the end of a page, and replaced in place', () => {
  const once = replaceSection('# Page\n\ntext\n', 'objects', 'first')
  assert.match(once, /^# Page\n\ntext\n\n<!-- bench objects: .*\n\nfirst\n\n<!-- end of bench objects -->\n$/)
  const twice = replaceSection(`${once}\nafter\n`, 'objects', 'second')
  assert.is(twice, `${once.replace('first', 'second')}\nafter\n`)
  assert.match(replaceSection(twice, 'other', 'third'), 'second')
})

test('sizes are written with binary units', () => {
  assert.equal(['1GiB', '512MiB', '4KiB', '7'].map(parseSize), [1024 ** 3, 512 * 1024 ** 2, 4096, 7])
  assert.equal(['', '0', '1GB', '-1', '1.5GiB'].map(parseSize), [undefined, undefined, undefined, undefined, undefined])
})

test.run()
