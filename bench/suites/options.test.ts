// What the command line means, and what it refuses.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fullSizes, quickSizes, tourSizes } from '../frame/sizes.js'
import { usage } from '../usage.js'
import { suites } from './all.js'
import { parseOptions, Refusal } from './options.js'

const test = suite('bench/options')

test('without a suite it is all that fits into a quarter of an hour, with one provider and a report', () => {
  const options = parseOptions([])
  assert.is(options.suite, 'all')
  assert.is(options.budgetMs, 900_000)
  assert.equal(options.sizes, tourSizes)
  assert.is(options.firstProviderOnly, true)
  assert.is(options.report, 'bench/report/index.html')
  assert.not(options.scenarios.some(({ long }) => long))
})

test('a suite has no budget, every provider and the full sizes; what is long only when it is asked for', () => {
  const options = parseOptions(['objects', '--size', '512MiB'])
  const size = 512 * 1024 ** 2
  assert.is(options.budgetMs, undefined)
  assert.is(options.firstProviderOnly, false)
  assert.equal(options.sizes, { ...fullSizes, fileBytes: size, sessionBytes: size, lineFileBytes: size })
  assert.not(options.scenarios.some(({ name }) => name === 'passing'))
  assert.ok(parseOptions(['objects', '--only', 'passing']).scenarios.some(({ name }) => name === 'passing'))
  assert.ok(parseOptions(['objects', '--long']).scenarios.some(({ name }) => name === 'passing'))
  assert.equal(parseOptions(['objects', '--quick']).sizes, quickSizes)
})

test('its help names every suite with every scenario', () => {
  for (const [suite, scenarios] of Object.entries(suites)) {
    const row = usage()
      .split('\n')
      .find((line) => line.startsWith(`  ${suite} `))
    for (const { name } of scenarios) assert.ok(row?.includes(name), `${suite}: ${name}`)
  }
})

test('the uplink of readers is made like a link of the ladder, or like all of them in turn', () => {
  assert.equal(parseOptions(['readers']).links, [])
  const named = (name: string): string[] => parseOptions(['readers', '--profile', name]).links.map(({ name }) => name)
  assert.equal(named('dsl'), ['dsl'])
  assert.ok(named('all').includes('geo-satellite'))
})

test('of the ladder it takes the link that is named, or all of them', () => {
  const names = (...args: string[]): string[] => parseOptions(['links', ...args]).scenarios.map(({ name }) => name)
  assert.equal(names('--profile', 'geo-satellite'), ['link-geo-satellite'])
  assert.ok(names().length >= 9)
  assert.equal(names('--profile', 'all'), names())
})

test('what it does not understand it refuses, and says what there is', () => {
  const refused: ReadonlyArray<readonly [string[], string]> = [
    [['nothing'], 'there are: objects'],
    [['objects', '--only', 'nothing'], 'there are: file'],
    [['tun', 'tun-start'], 'tun-start is one word too many; --only SCENARIO'],
    [['objects', '--rounds', '0'], 'no number of rounds'],
    [['objects', '--size', 'big'], 'no size'],
    [['--budget', 'soon'], 'no duration'],
    [['--unheard'], 'unheard'],
    [['objects', '--profile', 'lan'], 'of the suites readers and links'],
    [['readers', '--profile', 'soon'], 'geo-satellite'],
    [['links', '--profile', 'carrier-pigeon'], 'there are: lan, '],
    [['readers', '--profile', 'all', '--results', 'one.json'], 'leave out --results'],
  ]
  for (const [args, text] of refused) {
    assert.throws(
      () => parseOptions(args),
      (error: unknown) => error instanceof Refusal && error.message.includes(text),
      args.join(' '),
    )
  }
})

test.run()
