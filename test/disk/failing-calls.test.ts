// wall limit: 300 s
// Calls to the disk fail on the whole life of a home. More of them, and any one again: `npm run disk -- calls`.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runFailingCalls } from './campaign.js'

const test = suite('failing calls on a home')

test('one of them costs no more than what it was to do, and is said by a RunnelError', async () => {
  const { images, findings } = await runFailingCalls({ seed: 1, seeds: 1, operations: 30 }, 9)
  assert.equal(findings, [])
  assert.ok(images > 250, `${images} runs`)
})

test.run()
