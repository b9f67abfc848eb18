// All inputs that are kept, those that once broke a promise among them, and those that our encoders write.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isCrash, maxCorpusBytes, maxCorpusFiles, readCorpus, readOwnCorpus } from './corpus.js'
import { assertKept } from './run.js'
import { targets } from './targets/all.js'

const test = suite('fuzz/replay')

for (const target of targets) {
  test(`${target.name} keeps its promises for every input that is kept`, async () => {
    const kept = readCorpus(target)
    const seeds = (target.seeds?.() ?? []).map((bytes, index) => ({ path: `its seed ${index}`, bytes }))
    assert.ok(kept.length + seeds.length > 0, 'there is nothing to begin from')
    for (const { path, bytes } of [...seeds, ...kept]) await assertKept(target, bytes, path)
  })
}

test('what is kept stays small', () => {
  let total = 0
  for (const target of targets) {
    const kept = readOwnCorpus(target).filter(({ path }) => !isCrash(path))
    const bytes = kept.reduce((sum, input) => sum + input.bytes.length, 0)
    assert.ok(
      kept.length <= maxCorpusFiles && bytes <= maxCorpusBytes,
      `${target.name}: ${kept.length}, ${bytes} bytes`,
    )
    total += 2 * bytes
  }
  assert.ok(total <= 2_000_000, `${total} bytes of hex`)
})

test.run()
