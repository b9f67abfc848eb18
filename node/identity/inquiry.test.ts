// When others are asked for our own name, under virtual time.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MachineTime, VirtualTime } from '../../test/simulator/virtual-time.js'
import { afterLinkMs, everyMs, Inquiry, leastBetweenMs } from './inquiry.js'

const test = suite('inquiry')

interface Asked {
  readonly time: VirtualTime
  readonly inquiry: Inquiry
  readonly atMs: number[]
  neighbours: number
  end: () => void
}

function open(): Asked {
  const time = new VirtualTime()
  const machine = new MachineTime(
    time,
    () => true,
    () => 0,
    0,
  )
  const asked: Asked = { time, atMs: [], neighbours: 1, end: () => {}, inquiry: undefined as unknown as Inquiry }
  const inquiry = new Inquiry({
    time: machine,
    randomBytes: (count) => new Uint8Array(count).fill(128),
    hasNeighbour: () => asked.neighbours > 0,
    ask: (done) => {
      asked.atMs.push(time.nowUs / 1_000)
      asked.end = done
      done()
    },
  })
  return Object.assign(asked, { inquiry })
}

function run({ time }: Asked, forMs: number): Promise<unknown> {
  return time.run(time.nowUs + forMs * 1_000)
}

test('asks soon after a link came up, once for links that come together, twice more, and then now and then', async () => {
  const asked = open()
  for (let link = 0; link < 5; link += 1) asked.inquiry.soon()
  await run(asked, 10_000)
  assert.is(asked.atMs.length, 1)
  assert.ok(asked.atMs[0]! >= afterLinkMs && asked.atMs[0]! <= afterLinkMs + 2_000)
  await run(asked, 80_000)
  assert.is(asked.atMs.length, 3)
  await run(asked, 2.5 * everyMs)
  assert.is(asked.atMs.length, 5)
  asked.inquiry.close()
})

test('does not ask often, whatever others do', async () => {
  const asked = open()
  for (let second = 0; second < 100; second += 1) {
    asked.inquiry.soon()
    await run(asked, 1_000)
  }
  const gaps = asked.atMs.slice(1).map((atMs, index) => atMs - asked.atMs[index]!)
  assert.ok(asked.atMs.length >= 8 && gaps.every((gapMs) => gapMs >= leastBetweenMs))
  asked.inquiry.close()
})

test('asks nobody while nobody is there, and after its end', async () => {
  const asked = open()
  asked.neighbours = 0
  asked.inquiry.soon()
  await run(asked, 2 * everyMs)
  assert.equal(asked.atMs, [])
  asked.neighbours = 1
  asked.inquiry.soon()
  asked.inquiry.close()
  await run(asked, 2 * everyMs)
  assert.equal(asked.atMs, [])
})

test.run()
