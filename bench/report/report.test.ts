// The page says what was measured, what is lost and what is missing, fetches nothing, and takes no text for markup. The
// README's figures are those of the raw data.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { figuresOf } from '../frame/figures.js'
import { root } from '../frame/machine.js'
import { renderNumber } from '../frame/number.js'
import { allScenarios } from '../suites/all.js'
import { ratiosOf } from './charts.js'
import { powerLabel, wrap } from './draw/labels.js'
import { lossesOf } from './losses.js'
import { renderPage } from './page.js'
import { currentReadme, rawDataOf, renderReadmeFigures, withFigures } from './readme.js'
import { sampleResults, sampleSimulation } from './testing/sample.js'

const test = suite('bench/report')
const results = sampleResults()
const figures = figuresOf(results, allScenarios, 'native')
const content = { results, path: 'bench/results/x.json', script: '' }

test('the page has every scenario that ran, its table, and how to repeat it', () => {
  const page = renderPage(content)
  for (const name of new Set(results.samples.map(({ scenario }) => scenario))) {
    assert.match(page, `npm run bench -- objects --only ${name}`)
  }
  assert.match(page, results.commit)
  assert.match(page, 'second reader, from the router’s cache')
})

test('what Runnel loses stands there, the worst first, and what nobody can do without is no loss', () => {
  const losses = lossesOf(figures)
  assert.ok(losses.length > 0)
  const ratios = losses.map(({ beside }) => beside.ratio)
  assert.equal(
    ratios,
    [...ratios].sort((a, b) => a - b),
  )
  for (const { beside } of losses) {
    assert.ok(beside.ratio < 1)
    assert.not(['fdatasync', 'node'].includes(beside.against.peer))
  }
  const page = renderPage(content)
  assert.ok(page.indexOf('What Runnel loses') < page.indexOf('one large file</h2>'))
})

test('a peer that is as good within the interval is no loss', () => {
  const [figure] = figures.filter(({ beside }) => beside.some(({ interval }) => interval !== undefined))
  assert.ok(figure !== undefined)
  if (figure === undefined) return
  const beside = figure.beside.map((one) => ({ ...one, ratio: 0.99, interval: { ratio: 0.99, low: 0.9, high: 1.1 } }))
  assert.equal(lossesOf([{ ...figure, beside }]), [])
})

test('charts have the best ratio first, and none of what is no peer', () => {
  const { bars } = ratiosOf(figures)
  const values = bars.map(({ value }) => value)
  assert.equal(
    values,
    [...values].sort((a, b) => b - a),
  )
  assert.not(bars.some(({ name }) => name.includes('fdatasync')))
})

test('what is missing is named with its reason', () => {
  const page = renderPage({
    ...content,
    results: {
      ...results,
      absent: { nginx: 'is not installed' },
      leftOut: [{ scenario: 'restart', reason: 'no time was left for it' }],
      failures: [{ scenario: 'file', contender: 'hypercore', round: 0, error: 'ended:\nlater lines' }],
      interrupted: true,
      probes: [],
    },
  })
  assert.match(page, 'Without nginx: is not installed.')
  assert.match(page, 'Without restart: no time was left for it.')
  assert.match(page, 'file of hypercore failed: ended:')
  assert.match(page, 'interrupted before it was done')
  assert.match(page, 'Nobody looked at how noisy the machine was.')
})

test('text of results is never markup, and the page fetches nothing', () => {
  const evil = '</script><img onerror=alert(1)>'
  const machine = { ...results.machine, processor: evil }
  const page = renderPage({
    ...content,
    results: { ...results, machine },
    simulation: { ...sampleSimulation(), seed: evil },
  })
  assert.not.match(page, '<img')
  assert.not.match(page, /(src|href)=|url\(|@import/)
})

test('labels break between words, and marks are those of round numbers', () => {
  assert.equal(wrap('read cold through a router', 12), ['read cold', 'through a', 'router'])
  assert.equal(wrap('', 5), [''])
  assert.equal(
    [0.1, 0.2, 0.3, 50, 1_000].map((value) => powerLabel(value, [1, 2, 5])),
    ['0.1', '0.2', '', '50', '1000'],
  )
})

test('the command writes a page of its own, and refuses what is no file of results', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-report-test-'))
  try {
    const main = join(import.meta.dirname, '..', 'main.js')
    const command = (...args: string[]) => spawnSync(process.execPath, [main, 'report', ...args], { encoding: 'utf8' })
    const [file, page] = [join(directory, 'results.json'), join(directory, 'page', 'index.html')]
    writeFileSync(file, JSON.stringify(results))
    const { status, stderr } = command(file, '--report', page)
    assert.is(status, 0, stderr)
    assert.match(readFileSync(page, 'utf8'), 'What Runnel loses')
    assert.is(command(join(directory, 'none.json')).status, 2)
    assert.is(command().status, 2)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('the README shows the two best and the worst figure of the runs that docs/benchmarks.md is written from', () => {
  assert.is(readFileSync(join(root, 'README.md'), 'utf8'), currentReadme(), 'write it anew: npm run bench -- readme')
})

test('the README’s three figures are the best, the second and the worst, whatever the order of the rows', () => {
  const ratios = ratiosOf(figures).bars.map(({ value }) => value)
  const rows = renderReadmeFigures([results]).split('\n').slice(2)
  assert.is(rows.length, 3)
  assert.match(rows[0] ?? '', `${renderNumber(ratios[0] ?? Number.NaN)} times as good`)
  assert.match(rows[2] ?? '', /\*\*0\.\d+ times as good\*\*/)
  assert.throws(() => withFigures('# Without a place', 'x'), 'no place')
  assert.equal(rawDataOf('Raw data: `a/b.json`. Raw data: `c.json`'), ['a/b.json', 'c.json'])
})

test.run()
