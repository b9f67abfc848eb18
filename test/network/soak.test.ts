// Publisher, router and reader for some rounds of publishing, reading, evicting, ending and starting again: they hold nothing
// more than before, neither open nor in memory nor on disk. `npm run soak` does it for twenty minutes, with more.
// wall limit: 300 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { networked } from '../lab/networked.js'
import { tableOf } from '../soak/finding.js'
import { tellCounts } from '../soak/report.js'
import { shortRounds, shortSizes } from '../soak/sizes.js'
import { runSoak } from '../soak/soak.js'

const test = suite('network/soak')
const it = networked(test)

/** RUNNEL_TEST_SEED repeats who is ended when; how far each node was by then nobody can repeat. */
const seed = Number(process.env.RUNNEL_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32))

it('after many rounds and restarts nobody holds more files, sockets, memory or disk than before', async () => {
  console.log(`seed ${seed}`)
  const startedMs = performance.now()
  const { findings, counts, lives } = await runSoak({
    seed,
    sizes: shortSizes,
    progress: (rounds) => rounds / shortRounds,
  })
  console.log(tellCounts(counts, lives, performance.now() - startedMs))
  const broken = findings.filter(({ kept }) => !kept)
  assert.ok(broken.length === 0, `\n${tableOf(broken)}`)
  // Everything that can be held to a bound was looked at.
  assert.ok(findings.length > 50, `${findings.length} findings`)
})

test.run()
