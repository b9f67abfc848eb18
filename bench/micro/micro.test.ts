// Every function that is measured runs, and gives what it is said to; no time is looked at but that there is one.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { cryptoCases } from './crypto-cases.js'
import { measureInTurn } from './measure.js'
import { stackCases } from './stack-cases.js'

const test = suite('bench/micro')

test('each function of each provider runs, and what opens, verifies or decodes is not refused', async () => {
  const providers = await openProviders()
  const last = providers.at(-1)
  for (const { name, make } of cryptoCases) {
    // Thousands of keys are made for it.
    if (name.includes('new key')) continue
    for (const provider of providers) {
      const result = make(provider, last ?? provider)()
      assert.not.type(result, 'string', name)
      if (name.includes('verify')) assert.is(result, true, name)
    }
  }
  for (const { name, make } of stackCases) assert.not.type(make()(), 'string', name)
})

test('contenders take turns and have samples with an interval; what one throws is thrown', () => {
  const order: string[] = []
  const run = (name: string) => () => {
    if (order.at(-1) !== name) order.push(name)
  }
  const measured = measureInTurn([run('a'), run('b')], { turns: 2, turnS: 0.01 })
  assert.equal(order, ['a', 'b', 'a', 'b'])
  for (const { seconds, samples, interval } of measured) {
    assert.ok(seconds > 0 && samples >= 10 && interval !== undefined)
  }
  const throwing = (): never => {
    throw new Error('broken')
  }
  assert.throws(() => measureInTurn([throwing], { turns: 1, turnS: 0.01 }), 'broken')
})

test('the command prints the functions that are asked for, and refuses a word that none has', () => {
  const main = join(import.meta.dirname, '..', 'main.js')
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [main, 'micro', '--turns', '1', '--turn', '0.01', ...args], { encoding: 'utf8' })
  const { status, stdout, stderr } = command('decodeInterest')
  assert.is(status, 0, stderr)
  assert.match(stdout, /\| `decodeInterest`, a chunk \| [\d.]+ µs/)
  assert.not.match(stdout, 'KeyMap')
  assert.is(command('nothing').status, 2)
})

test.run()
