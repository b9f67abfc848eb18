// A run and a simulation for tests of the page: the newest run that is kept in the project, and a small model.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../frame/machine.js'
import { type Results, readResults } from '../../frame/results.js'
import { modelAt, sizesTo } from '../../sim/index.js'
import type { Simulation } from '../../sim/results.js'

/** Results of the object path. */
export function sampleResults(): Results {
  const directory = join(root, 'bench', 'results')
  const newest = readdirSync(directory)
    .filter((name) => name.startsWith('objects-'))
    .sort()
    .at(-1)
  const results = newest === undefined ? 'there are none' : readResults(join(directory, newest))
  if (typeof results === 'string') throw new Error(results)
  return results
}

export function sampleSimulation(): Simulation {
  const growth = sizesTo(10_000).map((nodes) => modelAt('1', nodes))
  return {
    seed: '1',
    commit: '0123456789ab',
    growth,
    checks: growth.slice(0, 1).map((real) => ({ real, model: real })),
  }
}
