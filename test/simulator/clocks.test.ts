// Clocks that are a day wrong, and set right again, at a writer and at who carries for it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Computer } from './computer.js'
import { World } from './world.js'

const test = suite('simulator/clocks')

const dayMs = 86_400_000

async function village(): Promise<{ world: World; router: Computer; writer: Computer; reader: Computer }> {
  const world = await World.open({ seed: 'clocks' })
  const router = world.computer('router', { root: true })
  await world.during(1_000, () => router.start())
  const writer = world.computer('writer', { upstreams: [router] })
  const reader = world.computer('reader', { upstreams: [router] })
  for (const computer of [writer, reader]) await world.during(1_000, () => computer.start())
  await world.run(1_000)
  return { world, router, writer, reader }
}

function append(writer: Computer, text: string) {
  return writer.call('append', { label: 'posts', entries: [new TextEncoder().encode(text)] })
}

async function lengthAt(world: World, reader: Computer, link: string): Promise<number> {
  const { count, stale } = await world.during(40_000, () => reader.call('entries', { link }))
  assert.not(stale)
  return count
}

test('what a writer signed a day ahead is read as soon as its clock is right, also through who took it with a clock as wrong', async () => {
  const { world, router, writer, reader } = await village()
  for (const computer of [router, writer]) computer.skewMs = dayMs
  const { link } = await world.during(1_000, () => append(writer, 'from tomorrow'))
  assert.is(await lengthAt(world, router, link), 1)
  const early = await world.during(40_000, () => reader.call('entries', { link }).catch((error: unknown) => error))
  assert.is((early as { code?: string }).code, 'CLOCK')
  for (const computer of [router, writer]) computer.skewMs = 0
  // Who asks first makes the writer sign its card again; what that lists follows with the next commit.
  await world.during(40_000, () => reader.call('entries', { link }).catch(() => undefined))
  await world.run(2_000)
  assert.is(await lengthAt(world, reader, link), 1)
  await world.during(1_000, () => append(writer, 'of today'))
  await world.run(2_000)
  assert.is(await lengthAt(world, reader, link), 2)
})

test('what was cached a day ago grows old by the time that passes, not by the clock that is set back', async () => {
  const { world, router, writer, reader } = await village()
  const { link } = await world.during(1_000, () => append(writer, 'first'))
  router.skewMs = dayMs
  assert.is(await lengthAt(world, reader, link), 1)
  router.skewMs = 0
  await world.during(1_000, () => append(writer, 'second'))
  await world.run(2_000)
  assert.is(await lengthAt(world, reader, link), 2)
})

async function clockWarnings(world: World, ...computers: readonly Computer[]): Promise<boolean[]> {
  return Promise.all(
    computers.map(async (computer) => {
      const { warnings } = await world.during(1_000, () => computer.call('status', {}))
      return warnings.some(({ code }) => code === 'RUNNEL-W-CLOCK')
    }),
  )
}

test('a warning of a clock ends some time after the clock was set right, at both ends of the link, whosever it was', async () => {
  for (const wrong of ['writer', 'router'] as const) {
    const place = await village()
    const { world, router, writer, reader } = place
    const up = writer.node?.carrier.links.size
    await world.during(5_000, () => writer.stop())
    place[wrong].skewMs = dayMs
    await world.during(5_000, () => writer.start())
    await world.run(1_000)
    assert.equal(await clockWarnings(world, router, writer), [true, true], wrong)
    place[wrong].skewMs = 0
    await world.run(620_000)
    assert.equal(await clockWarnings(world, router, writer, reader), [false, false, false], wrong)
    assert.is(writer.node?.carrier.links.size, up)
  }
})

test.run()
