// Two runs are compared row by row: a loss beyond doubt ends with 1, noise is none, and what must not be compared is refused
// with the reason and 2.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../test/simulator/random.js'
import type { Results } from '../frame/results.js'
import type { Sample } from '../frame/run.js'
import { fullSizes } from '../frame/sizes.js'
import { fileScenario } from '../objects/file.js'
import { changedCounters, compareResults } from './compare.js'

const test = suite('bench/compare')
const directory = mkdtempSync(join(tmpdir(), 'bench-compare-test-'))
const main = join(import.meta.dirname, '..', 'main.js')

test.after(() => rmSync(directory, { recursive: true, force: true }))

const quiet = { at: '2026-01-02T03:04:05.000Z', spinsMs: [4, 4, 4], stolenShare: 0, othersShare: 0, load: 0.2 }

/** A run in which a router's cache gave so many MB/s, and everything else was as ever. */
function results(cached: readonly number[], changes: Partial<Results> = {}): Results {
  const samples = cached.map((speed, round): Sample => {
    const values = { publish: 300 + round, cached: speed, routerPeak: 100 + round }
    const who = { scenario: 'file', contender: 'runnel', provider: 'native' }
    return { ...who, round, at: quiet.at, loadBefore: 0, values, counters: { 'cached.verified': 1 }, costs: {} }
  })
  return {
    suite: 'objects',
    at: quiet.at,
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
    peers: {},
    absent: {},
    providers: { native: 'native (x)' },
    rounds: cached.length,
    sizes: fullSizes,
    loadBefore: [0.2, 0.2, 0.2],
    samples,
    failures: [],
    probes: [quiet, quiet],
    ...changes,
  }
}

function compare(before: unknown, after: unknown, ...more: string[]): { status: number | null; output: string } {
  const files = [before, after].map((value, index) => {
    const file = join(directory, `${index}.json`)
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
    return file
  })
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'compare', ...files, ...more], {
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

const usual = [200, 204, 198, 202, 201]

test('a row that lost a third is worse, and the exit code says so', () => {
  const { status, output } = compare(results(usual), results(usual.map((speed) => (speed * 2) / 3)))
  assert.is(status, 1, output)
  assert.match(output, /\| file: second reader.*\| native \| 201 MB\/s \(5 runs\) \| 134 MB\/s.*\| WORSE \|/)
  assert.match(output, '3 rows: 1 worse, 0 better, 2 the same, 0 unsure')
})

test('where less is better, more is worse', () => {
  const grown = results(usual)
  const samples = grown.samples.map((one) => ({ ...one, values: { ...one.values, routerPeak: 150 + one.round } }))
  const [row] = compareResults(results(usual), { ...grown, samples }, [fileScenario]).filter(
    ({ row }) => row.measure === 'routerPeak',
  )
  assert.is(row?.verdict, 'worse')
  assert.ok((row?.ratio?.ratio ?? 1) < 0.7)
})

test('the same figures in another order are the same, a gain is better, and both end with 0', () => {
  assert.is(compare(results(usual), results([...usual].reverse())).status, 0)
  const { status, output } = compare(results(usual), results(usual.map((speed) => 2 * speed)))
  assert.is(status, 0)
  assert.match(output, '1 better')
})

test('of many pairs of the same thing few are called worse, and of a loss of two fifths most', () => {
  const random = new Random('compare')
  const speeds = (middle: number): number[] =>
    Array.from({ length: 3 }, () => middle * Math.exp(0.1 * (random.unit() + random.unit() - 1)))
  let [wrong, found] = [0, 0]
  const verdictOf = (before: readonly number[], after: readonly number[]) =>
    compareResults(results(before), results(after), [fileScenario]).find(({ row }) => row.measure === 'cached')?.verdict
  const pairs = 100
  for (let pair = 0; pair < pairs; pair++) {
    if (verdictOf(speeds(200), speeds(200)) === 'worse') wrong++
    if (verdictOf(speeds(200), speeds(120)) === 'worse') found++
  }
  assert.ok(wrong <= 0.03 * pairs, `${wrong} of ${pairs}`)
  assert.ok(found >= 0.9 * pairs, `${found} of ${pairs}`)
})

test('two runs with little to go by are unsure where they differ, and not a regression', () => {
  const { status, output } = compare(results([200]), results([150]))
  assert.is(status, 0, output)
  assert.match(output, '| – | unsure: more rounds |')
})

test('a machine that was too noisy is refused, and compared when that is forced', () => {
  const noisy = results(usual, { probes: [quiet, { ...quiet, spinsMs: [6, 6, 6] }] })
  const { status, output } = compare(results(usual), noisy)
  assert.is(status, 2, output)
  assert.match(output, 'the newer run was too noisy: the same work took up to 50 % longer')
  assert.is(compare(results(usual), noisy, '--force').status, 0)
})

test('another machine is refused', () => {
  const other = results(usual)
  const { status, output } = compare(other, { ...other, machine: { ...other.machine, processors: 64 } })
  assert.is(status, 2)
  assert.match(output, "the machine's processors differs: 2 before, 64 now")
})

test('a scenario that did another amount of work is left out, and without any other there is nothing to compare', () => {
  const { status, output } = compare(results(usual), results(usual, { sizes: { ...fullSizes, fileBytes: 5 } }))
  assert.is(status, 2)
  assert.match(output, 'file is left out: fileBytes was 1073741824 before and is 5 now')
})

test('a counter that changed is a defect whatever the times say', () => {
  const after = results(usual)
  const samples = after.samples.map((one) => ({ ...one, counters: { 'cached.verified': 0 } }))
  assert.equal(changedCounters(results(usual), { ...after, samples }, [fileScenario]), [
    'file (native) cached.verified: 1 before, 0 now',
  ])
  assert.is(compare(results(usual), { ...after, samples }).status, 1)
})

test('what is no file of results is named', () => {
  assert.match(compare('{', results(usual)).output, '0.json cannot be read')
  assert.match(
    compare(results(usual), { suite: 'objects' }).output,
    '1.json holds no results of the bench: at is missing',
  )
  const { status, stderr } = spawnSync(process.execPath, [main, 'compare', 'only-one.json'], { encoding: 'utf8' })
  assert.is(status, 2)
  assert.match(stderr, 'two files are compared')
})

test.run()
