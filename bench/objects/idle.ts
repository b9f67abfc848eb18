// A router with two neighbours and nothing to do: what it takes of a processor and of memory.

import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs, residentBytes } from '../frame/process-facts.js'
import type { Contender, Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { Village } from '../runnel/village.js'

export const idleScenario: Scenario = {
  name: 'idle',
  title: 'an idle router with two neighbours',
  rows: [
    { title: 'part of one core', measure: 'cpu', unit: '%', better: 'lower', goal: 1 },
    { title: 'resident memory', measure: 'resident', unit: 'MB', better: 'lower', goal: 80 },
  ],
  open: async (surroundings) => surroundings.providers.map((provider) => new IdleRouter(surroundings, provider)),
}

class IdleRouter implements Contender {
  readonly name = 'runnel'
  readonly provider: string
  readonly #surroundings: Surroundings

  constructor(surroundings: Surroundings, provider: string) {
    this.#surroundings = surroundings
    this.provider = provider
  }

  async run(): Promise<Outcome> {
    const { sizes } = this.#surroundings
    const village = new Village(this.#surroundings, this.provider, 'idle')
    try {
      const router = await village.router()
      await village.reader(router, 'a')
      await village.reader(router, 'b')
      const { pid } = router.child
      // What the start left to do is not idleness.
      await sleep(Math.min(3_000, sizes.idleMs))
      const before = cpuMs(pid)
      await sleep(sizes.idleMs)
      const values = { cpu: (100 * (cpuMs(pid) - before)) / sizes.idleMs, resident: residentBytes(pid) / 1e6 }
      const { neighbours } = await router.client.status()
      return { values, counters: { neighbours: neighbours.up }, costs: {} }
    } finally {
      await village.close()
    }
  }

  async close(): Promise<void> {}
}
