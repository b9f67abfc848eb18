// Conversations between two devices that only dial out, through a router: from the command line, and with megabytes on
// their way in both directions while the router is killed or a cable is out. Every byte comes out once and in order.
// wall limit: 240 s

import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Conversation } from '../../api/index.js'
import { networked } from '../lab/networked.js'
import { drink, pour } from '../lab/pour.js'
import { Program } from '../lab/program.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/sessions')
const it = networked(test)

/** A direction takes about two seconds at this rate, so that there is a middle. */
const uplinkMegabits = 80
const transferBytes = 16 * 1024 * 1024

let village: Village
let name = ''

/** What a metric of a node says now. */
async function metric(host: string, line: string): Promise<number> {
  const text = await village.client(host).metrics()
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return Number(found?.slice(line.length))
}

it('starts a router and two devices that nobody can connect to', async () => {
  village = await Village.open(['a', 'x'])
  await Promise.all(['a', 'x'].map((host) => village.up(host)))
  for (const host of ['a', 'x']) assert.equal((await village.client(host).status()).listening, [])
  name = (await village.client('a').id()).name
})

it('dial and listen join the standard input and output of two programs, and say who is there', async () => {
  const listener = new Program(village, 'a', ['listen', 'chat'])
  await until('somebody listens', () => listener.notes().includes('listening;'))
  listener.say('from a\n')
  const dialling = village.run('x', ['dial', name, 'chat'], { input: 'from x\n' })
  // The end of one direction is not that of the other.
  await until('it has come', () => listener.lines().length > 0)
  assert.equal(listener.lines(), ['from x'])
  listener.say('and more\n')
  listener.sayNoMore()
  const { code, stdout, stderr } = await dialling
  assert.is(code, 0, stderr)
  assert.is(stdout, 'from a\nand more\n')
  assert.is(await listener.ended(), 0)
  const [caller, router] = [await village.client('x').id(), await village.client('router').id()]
  assert.match(stderr, `speaking to ${name} (device `)
  assert.match(listener.notes(), `speaking to ${caller.name} (device ${caller.device}), through ${router.device}`)
})

interface Halves {
  readonly dialled: Conversation
  readonly taken: Conversation
}

/** One conversation, as both sides have it. */
async function begin(service: string): Promise<Halves> {
  const stop = new AbortController()
  const listening = village.client('a').listen(service, { signal: stop.signal })
  const coming = listening.next()
  const dialled = await until('it is answered', () =>
    village
      .client('x')
      .dial(name, service)
      .catch(() => undefined),
  )
  const taken = (await coming).value as Conversation
  await listening.return()
  return { dialled, taken }
}

/** Pours both ways; `disturb` is called once each has a third. */
async function pourBothWays({ dialled, taken }: Halves, disturb: () => Promise<void>): Promise<void> {
  const counts = [0, 0]
  const both = Promise.all([
    drink(taken, 1, (count) => {
      counts[0] = count
    }),
    drink(dialled, 2, (count) => {
      counts[1] = count
    }),
    pour(dialled, 1, transferBytes),
    pour(taken, 2, transferBytes),
  ])
  both.catch(() => {})
  const isUnderWay = () => counts.every((count) => count > transferBytes / 3)
  await Promise.race([until('a third is there', isUnderWay, 60_000), both])
  assert.ok(
    counts.every((count) => count < transferBytes),
    'it was over before it could be disturbed',
  )
  await disturb()
  const [there = 0, back = 0] = await both
  assert.equal([there, back], [transferBytes, transferBytes])
}

it('a router that is killed and started again in the middle costs no byte and repeats none', async () => {
  for (const host of ['a', 'x']) village.host(host).shape(uplinkMegabits)
  const halves = await begin('pour')
  await pourBothWays(halves, async () => {
    await village.crash('router')
    await until('a has noticed', async () => (await metric('a', 'runnel_sessions{state="resuming"}')) === 1)
    await village.reopen('router')
  })
  assert.ok((await metric('x', 'runnel_session_resumes_total')) >= 1)
  assert.equal(await metric('x', 'runnel_sessions_total{result="lost"}'), 0)
})

it('a cable that is out for a while in the middle costs no byte and repeats none', async () => {
  await village.linked()
  const halves = await begin('pour')
  await pourBothWays(halves, async () => {
    village.host('a').plug(false)
    await sleep(1_500)
    village.host('a').plug(true)
  })
})

it('a dialler that is killed leaves nothing behind, and whoever listened is told', async () => {
  const { taken } = await begin('pour')
  await village.crash('x')
  const stop = new AbortController()
  await until('a knows that the way is gone', async () => (await metric('a', 'runnel_sessions{state="open"}')) === 0)
  assert.equal(await metric('a', 'runnel_sessions{state="resuming"}'), 1)
  await taken.close()
  stop.abort()
  await until('nothing is left', async () => (await village.client('a').status()).conversations.bufferedBytes === 0)
  for (const state of ['open', 'opening']) assert.is(await metric('a', `runnel_sessions{state="${state}"}`), 0)
  await until('the router has no channel', async () => (await metric('router', 'runnel_channels')) === 0)
})

it('everything ends', () => village.close())

test.run()
