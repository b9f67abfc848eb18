// Anything, in any order: nothing throws, nothing grows beyond its limit, every question ends, and the same input gives the
// same output. RUNNEL_CHAOS_RUNS sets how many sequences are tried.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ChaosRun, met } from '../../test/samples/chaos.js'
import { chaosStep, crypto } from '../../test/samples/chaos-input.js'

const test = suite('forward/chaos')

const runs = Number(process.env.RUNNEL_CHAOS_RUNS ?? 400)

// protocol.md §9 MUST: Unknown types, and bodies that do not decode
test('nothing throws, grows beyond its limit, or stays open', () => {
  fc.assert(
    fc.property(fc.array(chaosStep, { minLength: 20, maxLength: 150, size: 'max' }), (steps) => {
      const run = new ChaosRun()
      run.link()
      for (const next of steps) run.step(next)
      run.end()
      for (const event of run.store.stored) {
        if (event.what === 'chunk') assert.equal(crypto.hash(event.bytes), event.name)
      }
    }),
    { numRuns: runs },
  )
})

test('the same input gives the same output', () => {
  fc.assert(
    fc.property(fc.array(chaosStep, { minLength: 20, maxLength: 100, size: 'max' }), (steps) => {
      const transcripts = [0, 1].map(() => {
        const run = new ChaosRun()
        run.link()
        for (const next of steps) run.step(next)
        run.end()
        return run.transcript.join('\n')
      })
      assert.is(transcripts[0], transcripts[1])
    }),
    { numRuns: Math.ceil(runs / 8) },
  )
})

test('the runs have met everything that they are meant to meet', () => {
  const counted = ['hits', 'joined', 'answered', 'nacked', 'expired', 'copiesSent', 'verified']
  const wanted = [...counted, 'answer', 'nack', 'read', 'refresh', 'store', 'blame', 'heard', 'behind']
  assert.equal(
    wanted.filter((name) => (met.get(name) ?? 0) < runs / 20),
    [],
  )
})

test.run()
