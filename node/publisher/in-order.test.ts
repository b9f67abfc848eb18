// Several at a time, and yet in order.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inOrder } from './in-order.js'

const test = suite('in order')
const numbers = Array.from({ length: 20 }, (_, index) => index)

/** Ends after as many turns of the loop as `turns` says. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('gives results in the order of the items, several of which are under way at once', async () => {
  let running = 0
  let most = 0
  const results: number[] = []
  const act = async (item: number): Promise<number> => {
    running += 1
    most = Math.max(most, running)
    await turns(item % 3)
    running -= 1
    return item * 2
  }
  for await (const result of inOrder(numbers, 4, act)) results.push(result)
  assert.equal(
    results,
    numbers.map((item) => item * 2),
  )
  assert.is(most, 4)
})

test('a failure comes at its place, after what stands before it', async () => {
  const results: number[] = []
  const act = async (item: number): Promise<number> => {
    if (item === 2) throw new Error('the third')
    await turns(5)
    return item
  }
  try {
    for await (const result of inOrder(numbers, 8, act)) results.push(result)
    assert.unreachable('the third fails')
  } catch (error) {
    assert.is((error as Error).message, 'the third')
  }
  assert.equal(results, [0, 1])
})

test('who stops early leaves nothing running behind', async () => {
  let running = 0
  let started = 0
  for await (const _ of inOrder(numbers, 3, async () => {
    running += 1
    started += 1
    await turns(3)
    running -= 1
  }))
    break
  assert.equal([running, started], [0, 3])
})

test.run()
