// The router in the middle is gone while a program asks for what only the publisher has. The clock starts with the router's
// new process and stops when the program has the object.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeRandomFolder } from '../frame/material.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import { median } from '../frame/statistics.js'
import { lineContenders, type PeerName, type Setting } from './contenders.js'
import type { Program, Published } from './distribution.js'

const objectBytes = 16 * 1024

const peers: readonly PeerName[] = ['nginx', 'ndnd']

/** After which it is given up, and how soon somebody asks again who was refused. */
const patienceMs = 60_000
const againMs = 20

/** So long the program has been asking before the router comes back. */
const absenceMs = 300

/** So long the line is whole between two restarts. */
const wholeMs = 1_500

export const restartScenario: Scenario = {
  name: 'line-restart',
  title: 'the router in the middle restarts',
  costS: 18,
  sizes: ['lineRestarts'],
  rows: [
    {
      title: 'an object from the publisher, after the start of the router’s process',
      measure: 'restart',
      unit: 'ms',
      better: 'lower',
      against: peers.map((peer) => ({ peer })),
    },
  ],
  open: async (surroundings) => {
    const folder = join(surroundings.directory, 'line-restart')
    mkdirSync(folder, { recursive: true })
    const paths = writeRandomFolder(folder, 1 + surroundings.sizes.lineRestarts, objectBytes, 'line-restart')
    return lineContenders(surroundings, 'line-restart', peers, (setting) => restart(setting, folder, paths))
  },
}

async function restart({ distribution }: Setting, folder: string, paths: readonly string[]): Promise<Outcome> {
  const published = await distribution.publish(folder, paths)
  const program = await distribution.program('third', published)
  const [known = '', ...fresh] = paths
  await program.read(published, [known])
  const times: number[] = []
  for (const path of fresh) {
    // A link that ends as soon as it is there is redialled ever more slowly; a router seldom restarts that often.
    if (times.length > 0) await sleep(wholeMs)
    await distribution.end('second')
    const reading = untilRead(program, published, path)
    await sleep(absenceMs)
    const began = performance.now()
    const [ended] = await Promise.all([reading, distribution.start('second')])
    times.push(ended - began)
  }
  await program.close()
  return { values: { restart: median(times) }, counters: { restarts: times.length }, costs: {} }
}

/** Asks until it has the object; gives when. */
async function untilRead(program: Program, published: Published, path: string): Promise<number> {
  const endMs = performance.now() + patienceMs
  for (;;) {
    try {
      await program.read(published, [path])
      return performance.now()
    } catch (error) {
      if (performance.now() > endMs) throw error
      await sleep(againMs)
    }
  }
}
