// A bounded exploration of every decoder from what is kept, the same for the same seed. RUNNEL_FUZZ_SEED chooses another one;
// `npm run fuzz` explores by time and learns from what it reaches.
// wall limit: 400 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCorpus } from './corpus.js'
import { explore } from './explore.js'
import { casesInCi } from './target.js'
import { targetsNamed } from './targets/all.js'

const test = suite('fuzz/decoders')
const seed = Number(process.env.RUNNEL_FUZZ_SEED ?? 1)
// Arguments choose targets by parts of their names, for whoever looks at one of them.
const chosen = process.argv.slice(2)
const explored = targetsNamed(chosen).filter(({ kind }) => kind === 'decoder')

for (const target of explored) {
  test(`${target.name} keeps its promises for ${casesInCi(target)} changed inputs`, async () => {
    const inputs = [...(target.seeds?.() ?? []), ...readCorpus(target).map(({ bytes }) => bytes)]
    const cases = casesInCi(target)
    const { crashes, executions } = await explore(target, { seed, inputs, goesOn: (done) => done < cases })
    assert.is(crashes.map(({ text, input }) => `${text}\ninput: ${Buffer.from(input).toString('hex')}`).join('\n'), '')
    assert.ok(executions >= cases)
  })
}

test.run()
