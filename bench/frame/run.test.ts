// Contenders run in turn, in another order each round; one that fails or hangs stops nobody else.

import { tmpdir } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Children } from './children.js'
import { type Failure, runScenarios, type Sample } from './run.js'
import type { Contender, Outcome } from './scenario.js'
import { quickSizes } from './sizes.js'
import type { Surroundings } from './surroundings.js'

const test = suite('bench/run')

const nothing: Outcome = { values: { figure: 1 }, counters: {}, costs: {} }

function surroundings(): Surroundings {
  return {
    directory: tmpdir(),
    children: new Children(),
    sizes: quickSizes,
    providers: ['portable'],
    peers: new Set(),
    remove: () => {},
    profileDirectory: undefined,
  }
}

function contender(name: string, run: () => Promise<Outcome>, closed: string[]): Contender {
  return { name, run, close: async () => void closed.push(name) }
}

async function runThem(contenders: readonly Contender[], rounds: number, given = surroundings(), limitMs = 60_000) {
  const told: string[] = []
  const scenario = { name: 'made', title: 'made up', rows: [], open: async () => [...contenders] }
  const tell = (result: Sample | Failure): void => void told.push(`${result.round} ${result.contender}`)
  const options = { rounds, told: tell, signal: new AbortController().signal, limitMs }
  return { ran: await runScenarios([scenario], given, options), told }
}

test('contenders take turns, each round beginning with another one, and all are closed', async () => {
  const closed: string[] = []
  const { ran, told } = await runThem(
    ['a', 'b', 'c'].map((name) => contender(name, async () => nothing, closed)),
    3,
  )
  assert.equal(told, ['0 a', '0 b', '0 c', '1 b', '1 c', '1 a', '2 c', '2 a', '2 b'])
  assert.is(ran.samples.length, 9)
  assert.equal(closed, ['a', 'b', 'c'])
})

test('what one fails with is kept, and the others go on', async () => {
  const closed: string[] = []
  const failing = contender('a', () => Promise.reject(new Error('broken')), closed)
  const { ran } = await runThem([failing, contender('b', async () => nothing, closed)], 2)
  assert.equal(
    ran.samples.map(({ contender }) => contender),
    ['b', 'b'],
  )
  assert.is(ran.failures.length, 2)
  assert.match(ran.failures[0]?.error ?? '', 'broken')
  assert.equal(closed, ['a', 'b'])
})

test('one that hangs has failed after the limit, and its processes are gone', async () => {
  const given = surroundings()
  const hanging = contender('a', async () => {
    const child = given.children.start('sleeper', 'sleep', ['600'])
    await child.ended
    return new Promise<never>(() => {})
  }, [])
  const { ran } = await runThem([hanging], 1, given, 300)
  assert.match(ran.failures[0]?.error ?? '', 'not done after 300 ms')
  assert.is(
    await given.children.finish('look', 'sh', ['-c', 'ps --ppid $PPID -o comm= | grep -c sleep || true']),
    '0\n',
  )
})

test.run()
