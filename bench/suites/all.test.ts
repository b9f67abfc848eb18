// What holds for the suites together.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allScenarios, scenariosOf, suiteOf, suites } from './all.js'

const test = suite('bench/suites')

test('a scenario’s name is its own over all suites, so that results of all of them can be told apart', () => {
  const names = allScenarios.map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
})

test('a scenario is found by its suite, and a suite by its scenario', () => {
  assert.is(scenariosOf('all'), allScenarios)
  assert.is(scenariosOf('nothing'), undefined)
  for (const [name, scenarios] of Object.entries(suites)) {
    assert.is(scenariosOf(name), scenarios)
    for (const scenario of scenarios) assert.is(suiteOf(scenario.name), name)
  }
})

test('two rounds of everything that is not long fit into a quarter of an hour', () => {
  const roundS = allScenarios.reduce((sum, { costS, long }) => sum + (long === true ? 0 : costS), 0)
  assert.ok(2 * roundS <= 15 * 60, `${roundS} s a round`)
})

test.run()
