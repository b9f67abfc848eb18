// wall limit: 300 s
// Damage at rest on the whole of a home: more than a thousand images. More of them, and any one again: `npm run disk -- flips`.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runFlips } from './campaign.js'

const test = suite('damage on a home')

test('is found and named wherever it is, and nothing is given that never was', async () => {
  const { images, findings } = await runFlips({ seed: 1, seeds: 4, operations: 120 }, 1_000)
  assert.equal(findings, [])
  assert.ok(images >= 1_000)
})

test.run()
