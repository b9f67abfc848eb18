// The arithmetic of shares: what is granted, what is held against a neighbour, and who is next.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Egress, Grant } from './allowance.js'
import { FairQueue } from './fairness.js'
import { INITIAL_HOLD_BYTES, MAX_ALLOWANCE_BYTES, MIN_ALLOWANCE_BYTES, MIN_UPSTREAM_GRANT_BYTES } from './limits.js'

const test = suite('forward/fairness')

test('what a link carries in 200 ms is what is granted, within bounds', () => {
  const rates = [1_000, 1_000_000, 10_000_000, 1_000_000_000]
  const granted = rates.map((rate) => new Grant().tell(10_000_000, egressOf(rate), 1, undefined))
  assert.is(granted[0], 262_144, 'too little was sent to measure anything')
  assert.is(granted[1], 200_000)
  assert.is(granted[2], 2_000_000)
  assert.is(granted[3], MAX_ALLOWANCE_BYTES)
})

test('a grant stands for a round trip, and the larger of the last two is held against the neighbour', () => {
  const grant = new Grant()
  const unknown = new Egress()
  assert.is(grant.tell(0, unknown, 1, undefined), 262_144)
  assert.is(grant.tell(300_000, egressOf(500_000), 1, undefined), 100_000)
  assert.is(grant.acceptedBytes, 262_144)
  assert.is(grant.tell(400_000, unknown, 1, undefined), 100_000)
  assert.is(grant.tell(600_000, egressOf(100_000), 1, undefined), MIN_ALLOWANCE_BYTES)
  assert.is(grant.acceptedBytes, 100_000)
})

test('a long round trip is granted too, twice, and a neighbour that was slow at first gains no more than two satellites', () => {
  const [near, far, slow] = [0, 800_000, 60_000_000].map((rttUs) => egressOf(1_000_000, rttUs)) as [
    Egress,
    Egress,
    Egress,
  ]
  assert.is(new Grant().tell(10_000_000, near, 1, undefined), 200_000)
  assert.is(new Grant().tell(10_000_000, far, 1, undefined), 1_800_000)
  assert.is(new Grant().tell(10_000_000, slow, 1, undefined), 3_200_000)
  const grant = new Grant()
  grant.tell(10_000_000, far, 1, undefined)
  assert.is(grant.tell(10_900_000, new Egress(800_000), 1, undefined), 1_800_000, 'the asker may not know of it yet')
})

test('what was measured while a connection was beginning is forgotten when more goes at once', () => {
  const egress = egressOf(100_000)
  assert.ok((egress.bytesPerSecond ?? 0) <= 100_000)
  for (let part = 0; part < 6; part++) {
    egress.handleSent(5_000_000, 50_000)
    egress.handleDrained(5_000_100, 50_000)
  }
  assert.ok((egress.bytesPerSecond ?? 0) >= 10_000_000, String(egress.bytesPerSecond))
  const fast = egressOf(100_000_000)
  const before = fast.bytesPerSecond
  fast.handleSent(5_000_000, 70_000)
  fast.handleDrained(5_000_100, 70_000)
  assert.is(fast.bytesPerSecond, before, 'and nothing is lowered by it')
})

test('what our own upstream allows is granted, but never so little that few small questions fill it', () => {
  const fast = egressOf(10_000_000)
  assert.is(new Grant().tell(300_000, fast, 1, 700_000), 700_000)
  assert.is(new Grant().tell(300_000, fast, 1, 1), MIN_UPSTREAM_GRANT_BYTES)
  assert.is(new Grant().tell(300_000, egressOf(500_000), 1, 1), 100_000)
})

/** A link that has carried so many bytes a second for four seconds. */
function egressOf(rate: number, rttUs = 0): Egress {
  const egress = new Egress(rttUs)
  for (let nowUs = 0; nowUs < 4_000_000; nowUs += 10_000) {
    egress.handleSent(nowUs, rate / 100)
    egress.handleDrained(nowUs + 10_000, rate / 100)
    if (egress.queuedBytes !== 0) throw new Error('not drained')
  }
  return egress
}

interface Job {
  readonly face: { share: number; firstHoldBytes: number; name: number }
  readonly cost: number
}

test('several who wait get equal bytes, and a blamed one its smaller share', () => {
  const faces = [1, 1, 0.5].map((share, name) => ({ share, firstHoldBytes: MAX_ALLOWANCE_BYTES, name }))
  const queue = new FairQueue<Job['face'], Job>()
  const costs = [61_440, 1_024, 30_000]
  for (const face of faces) {
    for (let index = 0; index < 2_000; index++) queue.add({ face, cost: costs[face.name]! })
  }
  const served = [0, 0, 0]
  for (let index = 0; index < 1_200; index++) {
    const job = queue.take()
    if (job === undefined) throw new Error('nothing fits an empty window')
    served[job.face.name]! += job.cost
    queue.release(job)
  }
  assert.ok(Math.abs(served[0]! / served[1]! - 1) < 0.1, `${served}`)
  assert.ok(Math.abs(served[2]! / served[0]! - 0.5) < 0.1, `${served}`)
})

test('who holds the window gives it up to half of it, as it becomes free, to whoever waits', () => {
  const [early, late] = [0, 1].map((name) => ({ share: 1, firstHoldBytes: MAX_ALLOWANCE_BYTES, name })) as [
    Job['face'],
    Job['face'],
  ]
  const queue = new FairQueue<Job['face'], Job>()
  const flying: Job[] = []
  const take = (): void => {
    for (let job = queue.take(); job !== undefined; job = queue.take()) flying.push(job)
  }
  for (let index = 0; index < 100; index++) queue.add({ face: early, cost: 10_000 })
  take()
  const most = flying.length
  assert.is(most, 20, 'a part is kept for others')
  for (let index = 0; index < 100; index++) queue.add({ face: late, cost: 10_000 })
  take()
  assert.is(flying.length - most, 1, 'one of those who have nothing in flight')
  const release = (name: number): void => {
    const over = flying.findIndex(({ face }) => face.name === name)
    if (over >= 0) queue.release(flying.splice(over, 1)[0]!)
    take()
  }
  for (let index = 0; index < 20; index++) release(0)
  // The late one's are answered at once, the early one's never: it does not gather all of the window by that.
  for (let index = 0; index < 60; index++) release(1)
  const held = flying.filter(({ face }) => face === early).length
  // Half of what is not kept, and the item with which it went beyond.
  assert.ok(held <= 14, `${held} of ${flying.length}`)
})

test('an asker holds more as it is answered and half when it was not, even alone, and always one', () => {
  const queue = new FairQueue<Job['face'], Job>()
  queue.allowedBytes = MAX_ALLOWANCE_BYTES
  const face = { share: 1, firstHoldBytes: INITIAL_HOLD_BYTES, name: 0 }
  const cost = INITIAL_HOLD_BYTES / 2
  const flight = (): Job[] => {
    for (let index = 0; index < 100; index++) queue.add({ face, cost })
    const flying: Job[] = []
    for (let job = queue.take(); job !== undefined; job = queue.take()) flying.push(job)
    return flying
  }
  const sizes: number[] = []
  for (const ending of [
    'handleAnswered',
    'handleAnswered',
    'handleAnswered',
    'handleWasted',
    'handleWasted',
  ] as const) {
    const flying = flight()
    sizes.push(flying.length)
    for (const job of flying) {
      queue[ending](job)
      queue.release(job)
    }
  }
  assert.equal(sizes, [2, 4, 8, 16, 2], 'doubled by each round that is answered, and down by one that is not')
  const other = new FairQueue<Job['face'], Job>()
  const small = { share: 1, firstHoldBytes: 1_000, name: 1 }
  for (let index = 0; index < 2; index++) other.add({ face: small, cost: 61_440 })
  assert.equal([other.take()?.face, other.take()], [small, undefined])
})

test('whose questions were wasted has one at a time that may take long, until one is answered', () => {
  const queue = new FairQueue<Job['face'], Job>()
  const face = { share: 1, firstHoldBytes: INITIAL_HOLD_BYTES, name: 0 }
  for (let index = 0; index < 4; index++) queue.add({ face, cost: 1_024 })
  const wasteful = (job: Job | undefined): boolean => job !== undefined && queue.isWasteful(job)
  const [first, second] = [queue.take(), queue.take()] as [Job, Job]
  assert.equal([first, second].map(wasteful), [false, false], 'nothing was wasted yet')
  queue.handleWasted(first)
  queue.release(first)
  assert.not(wasteful(second), 'it is alone')
  assert.ok(wasteful(queue.take()))
  queue.handleAnswered(second)
  assert.not(wasteful(queue.take()))
})

test('who seemed to have wasted the window gets it back when the answers come after all', () => {
  const queue = new FairQueue<Job['face'], Job>()
  const face = { share: 1, firstHoldBytes: MAX_ALLOWANCE_BYTES / 4, name: 0 }
  const before = queue.mayHold(face)
  const late = [
    { face, cost: 50_000 },
    { face, cost: 50_000 },
  ]
  for (const job of late) queue.handleWasted(job)
  assert.is(queue.mayHold(face), before / 4)
  for (const job of late) queue.handleLate(job)
  assert.ok(queue.mayHold(face) >= before)
  for (const job of [...late, ...late]) queue.handleLate(job)
  assert.is(queue.mayHold(face), MAX_ALLOWANCE_BYTES)
})

test('small questions that nobody answers do not keep a whole chunk out', () => {
  const queue = new FairQueue<Job['face'], Job>()
  const face = { share: 1, firstHoldBytes: INITIAL_HOLD_BYTES, name: 0 }
  for (let index = 0; index < 20; index++) queue.add({ face, cost: 1_024 })
  for (let index = 0; index < 2; index++) queue.add({ face, cost: 61_440 })
  const taken: number[] = []
  for (let job = queue.take(); job !== undefined; job = queue.take()) taken.push(job.cost)
  assert.equal([taken.length, taken.at(-1)], [21, 61_440])
})

test('what is larger than the window is not overtaken for ever', () => {
  const [large, small] = [0, 1].map((name) => ({ share: 1, firstHoldBytes: MAX_ALLOWANCE_BYTES, name })) as [
    Job['face'],
    Job['face'],
  ]
  const queue = new FairQueue<Job['face'], Job>()
  const flying: Job[] = []
  const take = (): void => {
    for (let job = queue.take(); job !== undefined; job = queue.take()) flying.push(job)
  }
  for (let index = 0; index < 3; index++) queue.add({ face: small, cost: 50_000 })
  take()
  queue.add({ face: large, cost: 2_000_000 })
  for (let index = 0; index < 1_000 && !flying.some(({ face }) => face === large); index++) {
    queue.add({ face: small, cost: 50_000 })
    queue.release(flying.shift()!)
    take()
  }
  assert.equal(
    flying.map(({ face }) => face.name),
    [0],
  )
})

test('who asks for more than the window has no more of it than the others', () => {
  const faces = [0, 1, 2].map((name) => ({ share: 1, firstHoldBytes: MAX_ALLOWANCE_BYTES, name }))
  const queue = new FairQueue<Job['face'], Job>()
  const served = new Map<Job['face'], number>()
  const flying: Job[] = []
  const want = (face: Job['face']): void => queue.add({ face, cost: face === faces[0] ? 2_000_000 : 50_000 })
  for (const face of faces) for (let index = 0; index < 20; index++) want(face)
  for (let index = 0; index < 4_000; index++) {
    for (let job = queue.take(); job !== undefined; job = queue.take()) {
      flying.push(job)
      served.set(job.face, (served.get(job.face) ?? 0) + job.cost)
      want(job.face)
    }
    queue.release(flying.shift()!)
  }
  const [greedy, modest, other] = faces.map((face) => served.get(face) ?? 0)
  assert.ok(greedy! > 0.5 * modest! && greedy! < 1.2 * modest!, `${greedy} and ${modest}`)
  assert.ok(Math.abs(modest! / other! - 1) < 0.1, `${modest} and ${other}`)
})

test('whatever is added, removed and released, the window is kept and nobody waits in vain', () => {
  const action = fc.record({
    kind: fc.constantFrom('add', 'remove', 'release', 'take', 'allow'),
    face: fc.nat({ max: 3 }),
    cost: fc.integer({ min: 1, max: 400_000 }),
  })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const faces = [1, 1, 0.25, 1 / 64].map((share, name) => ({ share, firstHoldBytes: MAX_ALLOWANCE_BYTES, name }))
      const queue = new FairQueue<Job['face'], Job>()
      const waiting = new Set<Job>()
      const flying = new Set<Job>()
      const take = (): void => {
        for (let job = queue.take(); job !== undefined; job = queue.take()) {
          assert.ok(waiting.delete(job))
          flying.add(job)
          const total = [...flying].reduce((sum, { cost }) => sum + cost, 0)
          assert.is(queue.inFlightBytes, total)
          assert.ok(total <= Math.max(queue.allowedBytes, flying.size === 1 ? total : 0))
        }
        assert.ok(waiting.size === 0 || flying.size > 0, 'an empty window takes anything')
      }
      for (const { kind, face, cost } of actions) {
        const [job] = kind === 'remove' ? waiting : flying
        if (kind === 'add') {
          const added = { face: faces[face]!, cost }
          waiting.add(added)
          queue.add(added)
        } else if (kind === 'allow') {
          if (flying.size === 0) queue.allowedBytes = cost
        } else if (kind === 'take') take()
        else if (job !== undefined && kind === 'remove' && waiting.delete(job)) queue.remove(job)
        else if (job !== undefined && kind === 'release' && flying.delete(job)) queue.release(job)
      }
      take()
      for (const job of [...flying]) {
        flying.delete(job)
        queue.release(job)
        take()
      }
      while (flying.size > 0) {
        const [job] = flying
        flying.delete(job!)
        queue.release(job!)
        take()
      }
      assert.equal([waiting.size, queue.inFlightBytes, queue.sharers], [0, 0, 0])
    }),
    { numRuns: 300 },
  )
})

test.run()
