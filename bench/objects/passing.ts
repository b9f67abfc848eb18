// A router that passes on much more than it keeps: its memory, sampled all the time.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFile } from '../frame/material.js'
import { residentBytes } from '../frame/process-facts.js'
import { megabytesPerSecond, settleDisk, timed } from '../frame/quiet.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import { median } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import { countersOf, runnelContenders, type Village } from '../runnel/village.js'

const sampleEveryMs = 200

/** So small that all of the time something is evicted. */
const cacheArgs = ['--cache', '1G']

export const passingScenario: Scenario = {
  name: 'passing',
  title: 'a router that passes on 10 GiB',
  costS: 150,
  sizes: ['passedBytes'],
  long: true,
  rows: [
    { title: 'peak of resident memory', measure: 'peak', unit: 'MB', better: 'lower', goal: 200 },
    { title: 'median of resident memory', measure: 'median', unit: 'MB', better: 'lower' },
    { title: 'speed', measure: 'speed', unit: 'MB/s', better: 'higher' },
  ],
  open: async (surroundings) => {
    const source = join(surroundings.directory, 'passing.bin')
    writeRandomFile(source, surroundings.sizes.passedBytes, 'passing')
    const contenders = runnelContenders(surroundings, 'passing', (village) => passing(village, surroundings, source))
    const close = async (): Promise<void> => rmSync(source, { force: true })
    return contenders.map((one) => ({ ...one, close }))
  },
}

async function passing(village: Village, surroundings: Surroundings, source: string): Promise<Outcome> {
  const samples: number[] = []
  let timer: NodeJS.Timeout | undefined
  try {
    const router = await village.router(cacheArgs)
    const publisher = await village.publisher(router)
    const { link } = await publisher.client.publish(source)
    const reader = await village.reader(router, 'reader', cacheArgs)
    await settleDisk(surroundings)
    for (const node of [publisher, router, reader]) node.beginCosts()
    timer = setInterval(() => samples.push(residentBytes(router.child.pid)), sampleEveryMs)
    const output = village.path('copy.bin')
    const got = await timed(() => reader.client.get({ link, output }))
    const costs = { ...publisher.costs('pass'), ...router.costs('pass'), ...reader.costs('pass') }
    rmSync(output)
    const peak = costs['pass.router.peakBytes'] ?? Number.NaN
    const speed = megabytesPerSecond(got.result.bytes, got.milliseconds)
    samples.push(residentBytes(router.child.pid))
    return {
      values: { peak: peak / 1e6, median: median(samples) / 1e6, speed },
      counters: countersOf('pass', got.result),
      costs,
    }
  } finally {
    clearInterval(timer)
  }
}
