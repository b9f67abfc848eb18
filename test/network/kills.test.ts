// Publisher, router and reader under load, killed with -9 twenty times: nothing that was acknowledged is lost, nobody is
// shown less than before, and each node opens again in time. `npm run kills` does it longer.
// wall limit: 240 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCampaign } from '../kills/campaign.js'
import { networked } from '../lab/networked.js'

const test = suite('network/kills')
const it = networked(test)

const kills = 20
/** RUNNEL_TEST_SEED repeats who is killed when; how far each node was by then nobody can repeat. */
const seed = Number(process.env.RUNNEL_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32))

it('twenty kills under load lose nothing, fork nothing and take nothing back', async () => {
  console.log(`seed ${seed}`)
  const result = await runCampaign({ seed, kills })
  assert.ok(Object.values(result.kills).reduce((sum, count) => sum + count) >= kills)
  // It was under load: each kind of call was answered many times.
  const { appends, publishes, tails, gets } = result.counts
  assert.ok(appends > kills && publishes > kills / 2 && tails > 5 && gets > 5, JSON.stringify(result.counts))
})

test.run()
