// Whatever the bench started is gone when it ends, and then nothing more is started.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Children } from './children.js'

const test = suite('bench/children')

test('everything that runs ends with the bench, and nothing is started after it', async () => {
  const children = new Children()
  const [first, second] = [children.start('first', 'sleep', ['600']), children.start('second', 'sleep', ['600'])]
  await children.endAll()
  assert.not(first.alive)
  assert.not(second.alive)
  assert.throws(() => children.start('third', 'sleep', ['600']), 'third is not started: the bench is over')
})

test('what is stopped between two runs does not keep the next one from starting', async () => {
  const children = new Children()
  const first = children.start('first', 'sleep', ['600'])
  await children.stopAll()
  assert.not(first.alive)
  assert.is(await children.finish('second', 'echo', ['there']), 'there\n')
})

test('a command that fails is told with what it wrote', async () => {
  const failing = new Children().finish('list', 'sh', ['-c', 'echo broken >&2; exit 3'])
  try {
    await failing
    assert.unreachable('it did not fail')
  } catch (error) {
    assert.match(String(error), 'list ended with 3:\nbroken')
  }
})

test.run()
