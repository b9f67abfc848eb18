// Random work against a model, with ends and starts of every kind in between: orderly, killed, and with derived indexes that
// are missing, damaged or outdated. What is found is always what was acknowledged, and nothing counts as damaged.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { randomFrom } from './testing/samples.js'
import { matches, Scenario } from './testing/scenario.js'

const test = suite('model')

for (let seed = 1; seed <= 12; seed++) {
  test(`holds what was acknowledged through restarts of every kind, seed ${seed}`, async () => {
    const random = randomFrom(seed + 500)
    const files = new MemoryFiles()
    const scenario = new Scenario(randomFrom(seed), files)
    const outdated = new Map<string, Uint8Array>()
    let restarts = 0
    await scenario.run(250, async (store) => {
      restarts++
      const where = `restart ${restarts}`
      assert.ok(matches(store, scenario.state), `${where}: before`)
      await end(store, files, random, outdated)
      const next = await openMemoryStore(files)
      assert.ok(matches(next, scenario.state), `${where}: after`)
      assert.equal(next.damage, [], where)
      return next
    })
    assert.ok(restarts > 3)
    assert.is(files.openFiles, 0)
  })
}

/** Ends a store in one of many ways. */
async function end(
  store: Store,
  files: MemoryFiles,
  random: () => number,
  outdated: Map<string, Uint8Array>,
): Promise<void> {
  if (random() < 0.3) {
    // Killed: what it has on disk then is all that there is; its own end afterwards does not count.
    const before = files.copy()
    await store.close()
    files.become(before)
  } else await store.close()
  for (const path of files.paths('.idx')) {
    const choice = random()
    const older = outdated.get(path)
    outdated.set(path, files.content(path).slice())
    if (choice < 0.2) await files.remove(path)
    else if (choice < 0.4) {
      const content = files.content(path)
      const at = Math.floor(random() * content.length)
      content[at] = (content[at] ?? 0) ^ 1
    } else if (choice < 0.6 && older !== undefined) {
      await files.remove(path)
      const file = files.open(path, 'create')
      await file.write(0, older)
      file.close()
    }
  }
}

test.run()
