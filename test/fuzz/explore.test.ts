// The explorer finds what is planted, makes it small, and does the same again for the same seed.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Choices, choose } from './choices.js'
import { codec } from './codec.js'
import { Coverage } from './coverage.js'
import { explore } from './explore.js'
import { mutate } from './mutate.js'
import { Random } from './random.js'
import { runTarget } from './run.js'
import type { Target } from './target.js'

const test = suite('fuzz/explore')

// Before what it covers is loaded.
const coverage = new Coverage((url) => url.endsWith('/testing/maze.js'))
const { decodeTrusting, walkMaze } = await import('./testing/maze.js')

const maze: Target = { name: 'maze', kind: 'decoder', covers: [], run: (bytes) => void walkMaze(bytes) }
const trusting = codec({ name: 'trusting', covers: [], decode: decodeTrusting })
const inputs = [new Uint8Array(6)]

test('what is reached leads to what no blind change finds', async () => {
  const blind = await explore(maze, { seed: 1, inputs, goesOn: (done) => done < 100_000 })
  assert.equal(blind.crashes, [])
  const goesOn = (done: number) => done < 400_000 && !ended
  let ended = false
  const seeing = await explore(
    {
      ...maze,
      run: (bytes) =>
        watched(
          () => walkMaze(bytes),
          () => (ended = true),
        ),
    },
    { seed: 1, inputs, goesOn, coverage },
  )
  assert.is(seeing.crashes.length, 1)
  assert.equal(seeing.crashes[0]?.input, Uint8Array.of(0x52, 0xa7, 0x4c, 0x93))
  assert.ok(seeing.found.length >= 3 && seeing.gained >= 3)
})

test('room for a claimed size is refused before it is made', async () => {
  const breach = await runTarget(trusting, Uint8Array.of(0xff, 0xff, 0xff, 0xff))
  assert.match(breach?.text ?? '', 'allocates 4294967295 bytes where 16640 are allowed')
  assert.is(await runTarget(trusting, Uint8Array.of(0, 0, 0, 1, 7)), undefined)
  const { crashes } = await explore(trusting, { seed: 1, inputs, goesOn: (done) => done < 2_000 })
  assert.ok(crashes.some(({ text }) => text.includes('allocates')))
})

test('a decoder that writes something else than it read, or changes its input, is found', async () => {
  const careless = codec({
    name: 'careless',
    covers: [],
    decode: (bytes) => ({ bytes }),
    encode: () => new Uint8Array(1),
  })
  assert.match((await runTarget(careless, new Uint8Array(2)))?.text ?? '', 'writes what was read to the same bytes')
  const greedy: Target = { ...maze, run: (bytes) => void bytes.fill(1) }
  assert.match((await runTarget(greedy, new Uint8Array(2)))?.text ?? '', 'the input was changed')
  const late: Target = { ...maze, run: () => Promise.reject(new Error('later')) }
  assert.match((await runTarget(late, new Uint8Array(2)))?.text ?? '', 'later')
})

test('the same seed gives the same inputs', async () => {
  const seen = [1, 1, 2].map(async (seed) => {
    const given: string[] = []
    const target: Target = { ...maze, run: (bytes) => void given.push(Buffer.from(bytes).toString('hex')) }
    await explore(target, { seed, inputs, goesOn: (done) => done < 300 })
    return given.join()
  })
  const [first, again, other] = await Promise.all(seen)
  assert.is(first, again)
  assert.is.not(first, other)
})

test('a change leaves its input alone and stays within the size', () => {
  const random = new Random(3)
  const input = Uint8Array.from({ length: 50 }, (_, index) => index)
  const before = input.slice()
  const stock = { inputs: [new Uint8Array(40)], words: [Uint8Array.of(1, 2, 3)], maxBytes: 60 }
  const lengths = new Set<number>()
  for (let count = 0; count < 5_000; count++) lengths.add(mutate(input, random, stock).length)
  assert.equal(input, before)
  assert.is(Math.max(...lengths), 60)
  assert.is(Math.min(...lengths), 0)
})

test('choices are what was chosen, and nothing behind their end', () => {
  const choices = new Choices(choose(7, Uint8Array.of(1, 2, 3), 9))
  assert.is(choices.u8(), 7)
  assert.equal(choices.block16(), Uint8Array.of(1, 2, 3))
  assert.is(choices.below(4), 1)
  assert.is(choices.u32(), 0)
  assert.equal([choices.block8(), choices.rest()], [new Uint8Array(0), new Uint8Array(0)])
  assert.is(choices.left, 0)
})

test('what was never run is told from what was', () => {
  const [script] = coverage.scripts
  const names = [...(script?.functions.values() ?? [])].filter(({ unreached }) => unreached.length === 0)
  assert.ok(names.some(({ name }) => name === 'walkMaze'))
  assert.not(names.some(({ name }) => name === 'decodeTrusting'))
  coverage.close()
})

test.run()

function watched(run: () => unknown, thrown: () => void): void {
  try {
    run()
  } catch (error) {
    thrown()
    throw error
  }
}
