// A bounded exploration of the targets of one kind from what is kept, the same for the same seed: a test each. RUNNEL_FUZZ_SEED
// chooses another seed; `npm run fuzz` explores by time and learns from what it reaches.

import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { readCorpus } from './corpus.js'
import { explore } from './explore.js'
import { casesInCi, type Target } from './target.js'
import { targetsNamed } from './targets/all.js'

/** Adds the tests. `names` are parts of targets' names, for whoever looks at one of them; all where there are none. */
export function addExploration(test: Test, kind: Target['kind'], names: readonly string[]): readonly Target[] {
  const seed = Number(process.env.RUNNEL_FUZZ_SEED ?? 1)
  const explored = targetsNamed(names).filter((target) => target.kind === kind)
  for (const target of explored) {
    test(`${target.name} keeps its promises for ${casesInCi(target)} changed inputs`, async () => {
      const inputs = [...(target.seeds?.() ?? []), ...readCorpus(target).map(({ bytes }) => bytes)]
      const cases = casesInCi(target)
      const { crashes, executions } = await explore(target, { seed, inputs, goesOn: (done) => done < cases })
      assert.is(
        crashes.map(({ text, input }) => `${text}\ninput: ${Buffer.from(input).toString('hex')}`).join('\n'),
        '',
      )
      assert.ok(executions >= cases)
    })
  }
  return explored
}
