// Power loss after each change that random scenarios make to the disk. Every image opens, and holds a prefix of the commits
// that contains all that were acknowledged before. A failure prints its seed: run with RUNNEL_STORE_SEED to repeat it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { type PowerLoss, powerLosses } from './testing/power-cut.js'
import { randomFrom } from './testing/samples.js'
import { type Acknowledged, matches, Scenario } from './testing/scenario.js'

const test = suite('power loss')
const first = Number(process.env.RUNNEL_STORE_SEED ?? 1)
const scenarios = Number(process.env.RUNNEL_STORE_SCENARIOS ?? 8)

for (let seed = first; seed < first + scenarios; seed++) {
  test(`loses nothing that was acknowledged, seed ${seed}`, async () => {
    const files = new MemoryFiles()
    const scenario = new Scenario(randomFrom(seed), files)
    await scenario.run(40)
    const random = randomFrom(seed * 7919)
    const { changes } = files
    for (let count = 0; count <= changes.length; count += 1 + Math.floor(random() * 3)) {
      const loss = powerLosses[Math.floor(random() * powerLosses.length)] as PowerLoss
      await check(files, scenario.acknowledged, count, loss, `seed ${seed}, change ${count}, ${loss}`)
    }
  })
}

async function check(
  files: MemoryFiles,
  acknowledged: readonly Acknowledged[],
  count: number,
  loss: PowerLoss,
  where: string,
): Promise<void> {
  const image = MemoryFiles.afterPowerLoss(files, count, loss, randomFrom(count))
  let store: Store
  try {
    store = await openMemoryStore(image)
  } catch (thrown) {
    throw new Error(`${where}: does not open: ${thrown}`)
  }
  try {
    const least = acknowledged.filter(({ changes }) => changes <= count).length
    const prefix = acknowledged.findIndex((state, index) => index >= least - 1 && matches(store, state))
    assert.ok(prefix >= 0, `${where}: not a prefix with the ${least} acknowledged ones`)
    assert.equal(store.damage, [], `${where}: names damage`)
    // What was recovered can be written on, and is found again.
    await store.setValue('after', new Uint8Array([1]))
  } finally {
    await store.close()
  }
  const again = await openMemoryStore(image)
  assert.equal(again.value('after'), new Uint8Array([1]), where)
  assert.equal(again.damage, [], `${where}: names damage after a further start`)
  await again.close()
  assert.is(image.openFiles, 0, where)
}

test.run()
