// wall limit: 300 s
// Power loss on the whole life of a home: scenarios of 200 operations, and more than a thousand images of what is left.
// More of them, and any one again: `npm run disk`.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { liveScenario, runPowerLoss } from './campaign.js'

const test = suite('power loss on a home')

/** What scenarios must have done together, or the images show less than they say. */
const demanded = [
  'commit',
  'append to a sample log',
  'keep',
  'append',
  'publish',
  'create a stream',
  'forget',
  'cache',
  'keep a fork',
  'read',
  'settle',
  'scrub',
  'kill',
  'adopt a copied home',
  'compact a segment',
]

test('whatever it leaves opens, and holds all that was acknowledged and nothing that never was', async () => {
  const { images, findings, events } = await runPowerLoss({ seed: 1, seeds: 8, operations: 200 }, 1_000)
  assert.equal(findings, [])
  assert.ok(images >= 1_000)
  const missing = demanded.filter((what) => (events.get(what) ?? 0) < 5)
  assert.equal(missing, [])
})

test('a seed gives the same life again', async () => {
  const lives = [await liveScenario({ seed: 3, operations: 60 }), await liveScenario({ seed: 3, operations: 60 })]
  const [first, second] = lives.map(({ files }) => files.changes)
  assert.ok((first?.length ?? 0) > 200)
  assert.equal(second, first)
})

test.run()
