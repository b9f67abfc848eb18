// The small parts against models: deadlines against a sorted list, the queue against an array, assembly against a join.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { patterned } from '../../test/samples/log.js'
import { equal } from '../bytes/index.js'
import { Assembly } from './assembly.js'
import { Deadlines, type Timed } from './deadlines.js'
import { Queue } from './queue.js'

const test = suite('forward/parts')

test('deadlines come in order, equal ones as they were set, whatever is moved and removed', () => {
  const action = fc.record({
    kind: fc.constantFrom('set', 'set', 'remove', 'take'),
    item: fc.nat({ max: 15 }),
    atUs: fc.nat({ max: 20 }),
  })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const deadlines = new Deadlines<Timed>()
      const items = Array.from({ length: 16 }, (_, index): Timed => ({ why: `${index}`, atUs: 0, place: -1, turn: 0 }))
      let model: { item: Timed; atUs: number }[] = []
      for (const { kind, item: index, atUs } of actions) {
        const item = items[index]!
        if (kind === 'take') {
          const taken = deadlines.take(atUs)
          assert.is(taken, (model[0]?.atUs ?? 99) <= atUs ? model.shift()!.item : undefined)
          continue
        }
        model = model.filter((entry) => entry.item !== item)
        if (kind === 'remove') deadlines.remove(item)
        else {
          deadlines.set(item, atUs)
          const place = model.findIndex((entry) => entry.atUs > atUs)
          model.splice(place < 0 ? model.length : place, 0, { item, atUs })
        }
        assert.is(deadlines.size, model.length)
        assert.is(deadlines.next(), model[0]?.item)
      }
    }),
    { numRuns: 500 },
  )
})

test('a queue gives what was put in, in that order, and lets go of it', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (pushes) => {
      const queue = new Queue<number>()
      const model: number[] = []
      for (const [index, push] of pushes.entries()) {
        if (push) {
          queue.push(index)
          model.push(index)
        } else {
          assert.is(queue.peek(), model[0])
          assert.is(queue.shift(), model.shift())
        }
        assert.is(queue.size, model.length)
      }
      queue.clear()
      assert.equal([queue.size, queue.shift()], [0, undefined])
    }),
  )
})

// protocol.md §10.2 MUST: A payload longer than `answerBytes`
test('pieces of any sizes make the whole, and no other piece is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 2, maxLength: 40 }), (sizes) => {
      const total = sizes.reduce((sum, size) => sum + size, 0)
      const whole = patterned(total, sizes.length)
      const assembly = new Assembly(total, whole.subarray(0, sizes[0]))
      let offset = sizes[0]!
      for (const size of sizes.slice(1)) {
        const piece = whole.subarray(offset, offset + size)
        assert.is(assembly.add(total, offset + 1, piece), 'refused')
        assert.is(assembly.add(total + 1, offset, piece), 'refused')
        const result = assembly.add(total, offset, piece)
        offset += size
        if (offset < total) assert.is(result, 'more')
        else assert.ok(result instanceof Uint8Array && equal(result, whole))
      }
    }),
  )
})

test('a claim of two megabytes costs no more than what came', () => {
  const assembly = new Assembly(2_097_152, new Uint8Array(10))
  for (let offset = 10; offset < 1_000; offset += 10) {
    assert.is(assembly.add(2_097_152, offset, new Uint8Array(10)), 'more')
  }
  assert.is(assembly.add(2_097_152, 1_000, new Uint8Array(2_097_152)), 'refused')
})

test.run()
