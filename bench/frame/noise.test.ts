// What is called noise: work that takes longer at some times, processors that are given to others, a load before the
// bench began. A quiet machine is not accused.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NoiseMeter, noiseOf, type Probe, ticksOf } from './noise.js'

const test = suite('bench/noise')

function probe(given: Partial<Probe> = {}): Probe {
  return {
    at: '2026-01-02T03:04:05.000Z',
    spinsMs: [4, 4.1, 4],
    stolenShare: 0,
    othersShare: 0.01,
    load: 0.5,
    ...given,
  }
}

function reasonsOf(probes: readonly Probe[]): string {
  return noiseOf(probes, 2)?.reasons.join('; ') ?? ''
}

test('a quiet machine has no reason against it', () => {
  assert.equal(noiseOf([probe(), probe({ spinsMs: [4.2, 4.1, 4.2] }), probe()], 2)?.reasons, [])
})

test('each kind of noise is named', () => {
  assert.match(reasonsOf([probe(), probe({ spinsMs: [5, 5, 5] }), probe()]), 'up to 25 % longer between some runs')
  assert.match(reasonsOf([probe({ spinsMs: [4, 4, 4, 6, 6] })]), 'a tenth of the same work took 50 % longer')
  assert.match(reasonsOf([probe(), probe({ stolenShare: 0.1 })]), 'a hypervisor took 10 %')
  assert.match(reasonsOf([probe({ othersShare: 0.4 }), probe({ othersShare: 0.5 })]), 'others took 45 %')
  assert.match(reasonsOf([probe({ load: 7 })]), 'the load was 7.0 on 2 processors')
})

test('where nobody looked, nothing is said', () => {
  assert.is(noiseOf([], 2), undefined)
})

test('the processors’ times are read in their order', () => {
  assert.equal(ticksOf('cpu  10 1 5 80 4 0 0 3 7 7\ncpu0 1 1 1 1 1 1 1 1\n'), { all: 103, busy: 19, stolen: 3 })
  assert.equal(ticksOf(''), { all: 0, busy: 0, stolen: 0 })
})

test('a look measures the same work several times, and shares lie between none and all', () => {
  const meter = new NoiseMeter()
  for (const { spinsMs, stolenShare, othersShare } of [meter.probe(), meter.probe()]) {
    assert.ok(spinsMs.length > 10 && spinsMs.every((ms) => ms > 0))
    for (const share of [stolenShare, othersShare]) assert.ok(share >= 0 && share <= 1, `${share}`)
  }
})

test.run()
