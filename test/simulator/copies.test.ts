// Copies of one home that are made at any moment, from the first home or from another copy, running or not, out of sight of
// each other: when all can reach each other again, they end at one certificate that lists every device, nobody signs
// another one, and a reader is shown what each of them wrote. RUNNEL_COPIES_SEEDS sets how many plans are tried.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { everyMs } from '../../node/identity/index.js'
import { toHex } from '../../stack/bytes/index.js'
import { type Certificate, deviceIndex } from '../../stack/name/index.js'
import type { Computer } from './computer.js'
import { World } from './world.js'

const test = suite('simulator/copies')

const seeds = Number(process.env.RUNNEL_COPIES_SEEDS ?? 12)
const mostCopies = 6

class Copies {
  readonly world: World
  readonly routers: Computer[] = []
  readonly copies: Computer[] = []
  /** What was acknowledged. */
  readonly texts: string[] = []
  link = ''
  reader: Computer

  private constructor(world: World) {
    this.world = world
    const root = world.computer('root', { root: true })
    const sides = ['east', 'west'].map((name) => world.computer(name, { upstreams: [root] }))
    this.routers.push(root, ...sides)
    this.reader = world.computer('reader', { upstreams: [root] })
  }

  static async open(seed: string): Promise<Copies> {
    const place = new Copies(await World.open({ seed }))
    for (const computer of [...place.routers, place.reader]) await place.start(computer)
    return place
  }

  start(computer: Computer): Promise<unknown> {
    return this.world.during(5_000, () => computer.start())
  }

  /** A home that was copied from another one, or the first. */
  async copy(from: Computer | undefined, upstreams: readonly Computer[]): Promise<Computer> {
    const name = `copy ${this.copies.length}`
    const computer = this.world.computer(name, { upstreams })
    if (from !== undefined) {
      computer.files = from.files.copy()
      computer.files.machine = name
      computer.files.forget()
    }
    this.copies.push(computer)
    await this.start(computer)
    return computer
  }

  async append(computer: Computer): Promise<void> {
    const text = `${computer.name}: ${this.texts.length}`
    const entries = [new TextEncoder().encode(text)]
    const { link } = await this.world.during(10_000, () => computer.call('append', { label: 'posts', entries }))
    this.link = link
    this.texts.push(text)
  }

  /** Nothing passes between a router and those above and below it. */
  partition(router: Computer, forMs: number): void {
    const { network, time } = this.world
    for (const { name } of [...this.routers, ...this.copies, this.reader]) {
      if (name === router.name) continue
      for (const cable of [network.cable(name, router.name), network.cable(router.name, name)]) {
        cable.clearAtUs = Math.max(cable.clearAtUs, time.nowUs + forMs * 1_000)
      }
    }
  }

  certificate({ node }: Computer): Certificate {
    const state = node?.content.findName(node.parts.opened.identity.name)?.state
    if (state === undefined) throw new Error('no name')
    return state.certificate
  }

  async read(): Promise<{ texts: string[]; logs: number }> {
    const { link } = this
    const texts: string[] = []
    const decoder = new TextDecoder()
    await this.world.during(40_000, () =>
      this.reader.call('entries', { link, maxAgeS: 0 }, ({ bytes }) => texts.push(decoder.decode(bytes))),
    )
    const { logs } = await this.world.during(40_000, () => this.reader.call('open', { link }))
    assert.ok(logs.every(({ forked }) => !forked))
    return { texts, logs: logs.length }
  }

  /** All are told the same, and a reader is shown all. */
  async assertJoined(): Promise<void> {
    const [first] = this.copies.map((copy) => this.certificate(copy))
    for (const copy of this.copies) {
      assert.equal(this.certificate(copy), first, copy.name)
      const device = copy.node?.parts.opened.identity.device ?? new Uint8Array(0)
      assert.ok(deviceIndex(first!, device) >= 0, `${copy.name} is listed`)
    }
    assert.is(new Set(this.copies.map(({ device }) => device)).size, this.copies.length)
    const { texts } = await this.read()
    assert.equal(texts.sort(), [...this.texts].sort())
  }
}

test('two copies of one home that do not know of each other are listed beside each other soon after they link up', async () => {
  const place = await Copies.open('two copies')
  const [, east, west] = place.routers as [Computer, Computer, Computer]
  const original = await place.copy(undefined, [east])
  await place.append(original)
  await place.world.during(5_000, () => original.stop())
  // Both are made of what lies still, and each certifies itself alone.
  const copied = original.files.copy()
  for (const side of [east, west]) {
    const copy = await place.copy({ files: copied } as Computer, [side])
    await place.append(copy)
  }
  await place.start(original)
  await place.append(original)
  await place.world.run(60_000)
  const { texts, logs } = await place.read()
  assert.is(logs, 3)
  assert.equal(texts.sort(), [...place.texts].sort())
  // Whoever was asked before the last of them knew it all learns it when it asks again.
  await place.world.run(1.2 * everyMs + 5_000)
  await place.assertJoined()
})

test('copies that are made at any moment end at one certificate, whatever was cut off meanwhile', async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const place = await Copies.open(`copies ${seed}`)
    const { world, copies, routers } = place
    const random = world.random.split('plan')
    await place.append(await place.copy(undefined, [random.pick(routers)]))
    const steps = random.between(8, 24)
    for (let step = 0; step < steps; step++) {
      const one = random.pick(copies)
      const kind = random.pick(['copy', 'copy', 'append', 'append', 'partition', 'partition', 'kill', 'stop', 'wait'])
      if (kind === 'copy' && copies.length < mostCopies)
        await place.copy(one, random.some(routers, random.between(1, 2)))
      else if (kind === 'append' && one.running) await place.append(one)
      else if (kind === 'partition') place.partition(random.pick(routers), random.between(1_000, 400_000))
      else if (kind === 'kill') one.kill()
      else if (kind === 'stop' && one.running) await world.during(30_000, () => one.stop())
      if (!one.running && random.chance(0.7)) await place.start(one)
      await world.run(random.pick([100, 5_000, 60_000]))
    }
    for (const copy of copies) if (!copy.running) await place.start(copy)
    await world.run(400_000 + 2 * 1.2 * everyMs + 30_000)
    await place.assertJoined()
    const serials = copies.map((copy) => place.certificate(copy).serial)
    await world.run(2 * 1.2 * everyMs)
    assert.equal(
      copies.map((copy) => place.certificate(copy).serial),
      serials,
      `seed ${seed}: ${toHex(place.certificate(copies[0]!).signature).slice(0, 8)}`,
    )
  }
})

test.run()
