// Contenders run in turn, in another order each round; one that fails or hangs stops nobody else.

import { tmpdir } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Budget } from './budget.js'
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
  const scenario = { name: 'made', title: 'made up', rows: [], costS: 1, sizes: [], open: async () => [...contenders] }
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

test('a scenario that cannot begin has failed, and the next one runs', async () => {
  const scenarios = [
    {
      name: 'full',
      title: '',
      rows: [],
      costS: 1,
      sizes: [],
      open: () => Promise.reject(new Error('ENOSPC: no space left')),
    },
    {
      name: 'next',
      title: '',
      rows: [],
      costS: 1,
      sizes: [],
      open: async () => [contender('a', async () => nothing, [])],
    },
  ]
  const ran = await runScenarios(scenarios, surroundings(), {
    rounds: 1,
    told: () => {},
    signal: new AbortController().signal,
  })
  assert.equal(
    ran.failures.map(({ scenario, contender }) => [scenario, contender]),
    [['full', '(all)']],
  )
  assert.equal(
    ran.samples.map(({ scenario }) => scenario),
    ['next'],
  )
})

test('interrupted, it ends at once with what it has, and says what did not run', async () => {
  const aborter = new AbortController()
  const made = (name: string, run: () => Promise<Outcome>) => {
    return { name, title: '', rows: [], costS: 1, sizes: [], open: async () => [contender(name, run, [])] }
  }
  const hanging = (): Promise<never> => {
    aborter.abort()
    return new Promise(() => {})
  }
  const scenarios = [made('done', async () => nothing), made('cut', hanging), made('never', async () => nothing)]
  const ran = await runScenarios(scenarios, surroundings(), { rounds: 1, told: () => {}, signal: aborter.signal })
  assert.equal(
    ran.samples.map(({ scenario }) => scenario),
    ['done'],
  )
  assert.equal(ran.failures, [])
  assert.equal(ran.leftOut, [{ scenario: 'never', reason: 'it was interrupted before' }])
})

test('within a budget a scenario has one round at least, and one that does not fit is named', async () => {
  let nowMs = 0
  const made = (name: string, costS: number) => {
    const run = async (): Promise<Outcome> => {
      nowMs += 1_000 * costS
      return nothing
    }
    return { name, title: '', rows: [], costS, sizes: [], open: async () => [contender(name, run, [])] }
  }
  const scenarios = [made('long', 8), made('longer', 5)]
  const budget = new Budget(
    10_000,
    scenarios.map(({ costS }) => costS),
    () => nowMs,
  )
  const options = { rounds: 1, told: () => {}, signal: new AbortController().signal, budget }
  const ran = await runScenarios(scenarios, surroundings(), options)
  assert.is(ran.samples.length, 1)
  assert.equal(ran.leftOut, [{ scenario: 'longer', reason: 'no time was left for it' }])
})

test('the machine is looked at before each round and after all', async () => {
  let looks = 0
  const probe = () => {
    looks++
    return { at: '', spinsMs: [1], stolenShare: 0, othersShare: 0, load: 0 }
  }
  const scenario = {
    name: 'a',
    title: '',
    rows: [],
    costS: 1,
    sizes: [],
    open: async () => [contender('a', async () => nothing, [])],
  }
  const options = { rounds: 3, told: () => {}, signal: new AbortController().signal, probe }
  const ran = await runScenarios([scenario], surroundings(), options)
  assert.is(ran.probes.length, 4)
  assert.is(looks, 4)
})

test.run()
