// How soon something is there: the answer of `runnel status`, the first byte of a file from the own node's store through
// a new connection, and a node that starts. Beside it what Node itself takes to start.

import { writeFileSync } from 'node:fs'
import { connect } from '../../api/index.js'
import { timed } from '../frame/quiet.js'
import type { Contender, Outcome, Scenario } from '../frame/scenario.js'
import { median } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import { command } from '../runnel/node.js'
import { runnelContenders, type Village } from '../runnel/village.js'

export const startScenario: Scenario = {
  name: 'start',
  title: 'starts and first bytes',
  costS: 2,
  sizes: ['starts'],
  rows: [
    {
      title: '`runnel status`',
      measure: 'status',
      unit: 'ms',
      better: 'lower',
      goal: 150,
      against: [{ peer: 'node', measure: 'empty', isBound: true }],
    },
    {
      title: 'first byte of a running node, new connection',
      measure: 'firstByte',
      unit: 'ms',
      better: 'lower',
      goal: 10,
    },
    { title: '`runnel up` until its API answers', measure: 'up', unit: 'ms', better: 'lower' },
  ],
  open: async (surroundings) => [
    ...runnelContenders(surroundings, 'start', (village) => runnelStart(village, surroundings)),
    new NodeStart(surroundings),
  ],
}

async function runnelStart(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const { children, sizes } = surroundings
  // The first start makes a name; the second is what a service does.
  await (await village.up('node', ['--root'])).stop()
  const started = await timed(() => village.up('node', ['--root']))
  const { home, client } = started.result
  const source = village.path('file.bin')
  writeFileSync(source, new Uint8Array(200_000).fill(3))
  const { link } = await client.publish(source)
  const statuses: number[] = []
  const firstBytes: number[] = []
  for (let start = 0; start < sizes.starts; start++) {
    const args = ['status', '--json', '--home', home]
    statuses.push((await timed(() => children.finish('runnel status', command, args))).milliseconds)
    firstBytes.push((await timed(() => firstByte(home, link))).milliseconds)
  }
  const values = { status: median(statuses), firstByte: median(firstBytes), up: started.milliseconds }
  return { values, counters: {}, costs: {} }
}

async function firstByte(home: string, link: string): Promise<void> {
  const client = await connect({ home })
  try {
    for await (const piece of (await client.openStream(link)).read()) if (piece.length > 0) return
    throw new Error('the file is empty')
  } finally {
    await client.close()
  }
}

class NodeStart implements Contender {
  readonly name = 'node'
  readonly #surroundings: Surroundings

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  async run(): Promise<Outcome> {
    const { children, sizes } = this.#surroundings
    const times: number[] = []
    for (let start = 0; start < sizes.starts; start++) {
      times.push((await timed(() => children.finish('node', process.execPath, ['-e', '0']))).milliseconds)
    }
    return { values: { empty: median(times) }, counters: {}, costs: {} }
  }

  async close(): Promise<void> {}
}
