// A process is killed in any of its calls to the disk, the next one goes on, and then the power is lost: what the second one
// acknowledged is there.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { powerLosses } from './testing/power-cut.js'
import { chunkItem, chunkOf, randomFrom } from './testing/samples.js'

const test = suite('killed, then without power')

/** From before the home is there until some segments are full. */
async function live(files: MemoryFiles): Promise<void> {
  const store = await openMemoryStore(files, { segmentBytes: 8192 })
  for (let number = 0; number < 12; number++) {
    await store.commit([chunkItem(number, 3000)])
    await store.keep([chunkItem(number + 100, 3000)])
  }
  await store.close()
}

test('what is committed after a kill in any call survives a power loss', async () => {
  const whole = new MemoryFiles()
  await live(whole)
  const { calls } = whole.faults
  assert.ok(calls > 150)
  for (let call = 1; call <= calls; call++) {
    const killed = new MemoryFiles()
    killed.faults.dieAt(call)
    await Promise.race([live(killed).catch(() => {}), killed.faults.death])
    const files = killed.successor()
    const store = await openMemoryStore(files, { segmentBytes: 8192 })
    await store.commit([chunkItem(50, 100)])
    await store.keep([chunkItem(150, 100)])
    await store.close()
    for (const loss of powerLosses) {
      const image = MemoryFiles.afterPowerLoss(files, files.changes.length, loss, randomFrom(call))
      const again = await openMemoryStore(image, { segmentBytes: 8192 })
      const where = `killed in call ${call}, ${loss}`
      assert.is(again.readChunk(chunkOf(50, 100).name)?.place, 'own', where)
      assert.is(again.readChunk(chunkOf(150, 100).name)?.place, 'kept', where)
      assert.equal(again.damage, [], where)
      await again.close()
    }
  }
})

test.run()
