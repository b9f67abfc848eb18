// A router with two neighbours and nothing to do: what it takes of a processor and of memory.

import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs, residentBytes } from '../frame/process-facts.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { runnelContenders, type Village } from '../runnel/village.js'

export const idleScenario: Scenario = {
  name: 'idle',
  title: 'an idle router with two neighbours',
  costS: 22,
  sizes: ['idleMs'],
  rows: [
    { title: 'part of one core', measure: 'cpu', unit: '%', better: 'lower', goal: 1 },
    { title: 'resident memory', measure: 'resident', unit: 'MB', better: 'lower', goal: 80 },
  ],
  open: async (surroundings) => runnelContenders(surroundings, 'idle', (village) => idleRouter(village, surroundings)),
}

async function idleRouter(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const { sizes } = surroundings
  const router = await village.router()
  await village.reader(router, 'a')
  await village.reader(router, 'b')
  const { pid } = router.child
  // What the start left to do is not idleness; and V8 collects what it left behind about 20 s after it.
  await sleep(Math.min(30_000, 3 * sizes.idleMs))
  const before = cpuMs(pid)
  await sleep(sizes.idleMs)
  const values = { cpu: (100 * (cpuMs(pid) - before)) / sizes.idleMs, resident: residentBytes(pid) / 1e6 }
  const { neighbours } = await router.client.status()
  return { values, counters: { neighbours: neighbours.up }, costs: {} }
}
