// A log that is followed from the command line while the router is killed and started again, its writer too, and while the
// cable is out: each line is shown once, in order, and soon.
// wall limit: 240 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { networked } from '../lab/networked.js'
import { Program } from '../lab/program.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/live')
const it = networked(test)

let village: Village
let link = ''
/** What was acknowledged, in order. */
const written: string[] = []

function tail(host: string, args: readonly string[]): Program {
  return new Program(village, host, ['tail', ...args])
}

async function append(count = 1): Promise<void> {
  const own = await village.client('a').createStream({ label: 'posts' })
  for (let index = 0; index < count; index += 1) {
    const line = `line ${written.length}`
    await own.append(line)
    written.push(line)
  }
}

const tails: Program[] = []

function allShown(): Promise<true> {
  return until('every line is shown', async () => tails.every((one) => one.lines().length >= written.length))
}

function assertOnce(): void {
  for (const one of tails) assert.equal(one.lines(), written)
}

it('shows what is there, and each line that is appended', async () => {
  village = await Village.open(['a', 'b', 'c'])
  await Promise.all(['a', 'b', 'c'].map((host) => village.up(host)))
  await append(3)
  link = `posts.${(await village.client('a').id()).name}`
  tails.push(tail('b', [link, '--from', '0']), tail('c', [link, '--from', '0']))
  await allShown()
  for (let round = 0; round < 5; round += 1) {
    await append(2)
    await allShown()
  }
  assertOnce()
  const { counters } = await village.client('router').status()
  assert.is(counters.liveCopiesSent, 1, 'one copy for both')
})

it('goes on when the router was killed and is there again', async () => {
  await village.crash('router')
  await append(3)
  await village.again('router')
  await append(1)
  await allShown()
  assertOnce()
  assert.match(tails[0]?.notes() ?? '', 'waiting:')
})

it('goes on when the writer was killed and is there again', async () => {
  await village.crash('a')
  await village.again('a')
  await append(3)
  await allShown()
  assertOnce()
})

it('goes on when the cable of the reader was out, whatever was appended meanwhile', async () => {
  village.host('b').plug(false)
  await append(300)
  village.host('b').plug(true)
  await append(1)
  await allShown()
  assertOnce()
})

it('goes on when the reader’s own node has more to read than what a page holds', async () => {
  village.host('b').plug(false)
  const own = await village.client('a').createStream({ label: 'posts' })
  const lines = Array.from({ length: 40 }, (_, index) => `long ${index} ${'x'.repeat(8_000)}`)
  for (const line of lines) {
    await own.append(line)
    written.push(line)
  }
  village.host('b').plug(true)
  await allShown()
  assertOnce()
})

it('ends quietly when it is interrupted', async () => {
  for (const one of tails) assert.is(await one.interrupt(), 0)
  for (const one of tails) assert.not.match(one.notes(), /ABORTED|NO_NODE/)
})

it('waits for a stream that is not there yet', async () => {
  const early = tail('c', [`later.${(await village.client('a').id()).name}`])
  await until('it waits', async () => early.notes().includes('waiting:'))
  const own = await village.client('a').createStream({ label: 'later' })
  await own.append('at last')
  await until('it is shown', async () => early.lines().length === 1)
  assert.equal(early.lines(), ['at last'])
  assert.is(await early.interrupt(), 0)
})

test.after(async () => {
  await village?.close()
})

test.run()
