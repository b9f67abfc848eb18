// One clock is a day off, ahead or behind, at the publisher, the router or the reader, and is then set right while the node
// runs. What a user sees is asserted: what is refused is called CLOCK, what cannot be confirmed is called stale, and when
// the clock is right everything is as if it had never been wrong. Nobody is ever blamed, and nothing acknowledged is lost.
// wall limit: 240 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Freshness } from '../../api/index.js'
import { networked } from '../lab/networked.js'
import { codeOf } from '../lab/told.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'
import { WrongClock } from '../lab/wrong-clock.js'

const test = suite('network/clocks')
const it = networked(test)

const dayMs = 86_400_000
const dayS = dayMs / 1000
const names = ['a', 'router', 'b'] as const
type Name = (typeof names)[number]

interface Read {
  readonly texts: string[]
  readonly head: Freshness
}

class Clocks {
  readonly whose: Name
  readonly village: Village
  readonly clock: WrongClock
  link = ''

  private constructor(whose: Name, village: Village, clock: WrongClock) {
    this.whose = whose
    this.village = village
    this.clock = clock
  }

  /** A village in which one node's clock is off. The publisher has made a stream with two entries. */
  static async open(whose: Name, aheadMs: number, use: (clocks: Clocks) => Promise<void>): Promise<void> {
    let clock: WrongClock | undefined
    const optionsOf = (name: Name, village: Village) => {
      if (name !== whose) return {}
      clock = new WrongClock(village.path('clock'), aheadMs)
      return clock.options
    }
    const village = await Village.open(['a', 'b'], [], (opened) => optionsOf('router', opened))
    try {
      for (const name of ['a', 'b'] as const) await village.up(name, [], optionsOf(name, village))
      if (clock === undefined) throw new Error(`nobody is called ${whose}`)
      const clocks = new Clocks(whose, village, clock)
      clocks.link = (await village.client('a').createStream({ label: 'posts' })).link
      await clocks.append('one')
      await clocks.append('two')
      await use(clocks)
      await clocks.assertNobodyBlamed()
    } finally {
      await village.close()
    }
  }

  async append(text: string): Promise<void> {
    await (await this.village.client('a').createStream({ label: 'posts' })).append(text)
  }

  async read(name: Name = 'b', refuseStale = false): Promise<Read> {
    const options = { idleTimeoutMs: 4_000, refuseStale }
    const stream = await this.village.client(name).openStream(this.link, options)
    const texts: string[] = []
    for await (const { bytes } of stream.entries()) texts.push(Buffer.from(bytes).toString())
    return { texts, head: stream.head }
  }

  /** What a reader who accepts nothing old is shown, or the code of the error. */
  readFresh(name: Name = 'b'): Promise<Read | string | undefined> {
    const read = this.read(name, true)
    return read.catch(() => codeOf(read))
  }

  /** Sets the clock right; resolves when the reader is shown these entries, and that they are confirmed now. */
  async right(...texts: string[]): Promise<void> {
    this.clock.set(0)
    await until(`b is shown ${texts.length} entries that are confirmed`, async () => {
      const read = await this.readFresh()
      return typeof read === 'object' && read.texts.length === texts.length && read.head.ageS <= 5 && !read.head.stale
    })
    assert.equal((await this.read()).texts, texts)
    const { head } = await this.read('a')
    assert.ok(Math.abs(head.timeMs - Date.now()) < 60_000, 'the writer signs with the right time')
    assert.equal(await this.warnings(this.whose), [], 'it knows by itself that its clock is like the others now')
  }

  async warnings(name: Name): Promise<string[]> {
    return (await this.village.client(name).status()).warnings.map(({ code }) => code)
  }

  async assertNobodyBlamed(): Promise<void> {
    for (const name of names) {
      const { counters } = await this.village.client(name).status()
      assert.is(counters.blamed, 0, `${name} blames somebody`)
    }
  }
}

it('publisher a day ahead: others refuse what it signs as of tomorrow, and have all of it as soon as its clock is right', () =>
  Clocks.open('a', dayMs, async (clocks) => {
    assert.is(await codeOf(clocks.read()), 'CLOCK')
    assert.equal((await clocks.read('a')).texts, ['one', 'two'], 'it can read its own')
    assert.equal(await clocks.warnings('a'), ['RUNNEL-W-CLOCK'])
    await clocks.append('three')
    await clocks.right('one', 'two', 'three')
    await clocks.append('four')
    await clocks.right('one', 'two', 'three', 'four')
  }))

it('publisher a day ahead that is set right while it is off: its logs and streams are read as soon as it is back', () =>
  Clocks.open('a', dayMs, async (clocks) => {
    await clocks.village.kill('a')
    clocks.clock.set(0)
    await clocks.village.again('a')
    await clocks.right('one', 'two')
  }))

it('publisher a day behind: what it signs is read, and called a day old', () =>
  Clocks.open('a', -dayMs, async (clocks) => {
    const { texts, head } = await clocks.read()
    assert.equal(texts, ['one', 'two'])
    assert.is(head.stale, true)
    assert.ok(head.ageS >= dayS - 60 && head.ageS < dayS + 600, `${head.ageS} s old`)
    assert.is(await clocks.readFresh(), 'STALE')
    assert.equal(await clocks.warnings('router'), ['RUNNEL-W-CLOCK'])
    await clocks.append('three')
    assert.equal((await clocks.read()).texts, ['one', 'two', 'three'])
    await clocks.right('one', 'two', 'three')
  }))

it('router a day ahead: readers are served as ever, and it takes nothing old for new when its clock is right', () =>
  Clocks.open('router', dayMs, async (clocks) => {
    const { texts, head } = await clocks.read()
    assert.equal(texts, ['one', 'two'])
    assert.is(head.stale, false)
    await clocks.append('three')
    await until('b is shown the third', async () => (await clocks.read()).texts.length === 3)
    assert.equal((await clocks.warnings('b')).concat(await clocks.warnings('a')), ['RUNNEL-W-CLOCK', 'RUNNEL-W-CLOCK'])
    clocks.clock.set(0)
    await clocks.append('four')
    await clocks.right('one', 'two', 'three', 'four')
  }))

it('router a day behind: it refuses what is newer and says why, blames nobody, and serves when its clock is right', () =>
  Clocks.open('router', -dayMs, async (clocks) => {
    assert.is(await codeOf(clocks.read()), 'CLOCK')
    assert.is(await codeOf(clocks.read('b', true)), 'CLOCK')
    assert.equal(await clocks.warnings('b'), ['RUNNEL-W-CLOCK'])
    await clocks.append('three')
    await clocks.right('one', 'two', 'three')
  }))

it('reader a day ahead: it is shown everything, as a day old, and nothing old as new when its clock is right', () =>
  Clocks.open('b', dayMs, async (clocks) => {
    const { texts, head } = await clocks.read()
    assert.equal(texts, ['one', 'two'])
    assert.is(head.stale, true)
    assert.ok(head.ageS >= dayS - 60 && head.ageS < dayS + 600, `${head.ageS} s old`)
    assert.is(await clocks.readFresh(), 'STALE')
    clocks.clock.set(0)
    await clocks.append('three')
    await clocks.right('one', 'two', 'three')
  }))

it('reader a day behind: it is told that its clock is wrong, nobody is blamed, and it reads when its clock is right', () =>
  Clocks.open('b', -dayMs, async (clocks) => {
    assert.is(await codeOf(clocks.read()), 'CLOCK')
    assert.equal(await clocks.warnings('b'), ['RUNNEL-W-CLOCK'])
    await clocks.right('one', 'two')
  }))

it('reader whose clock falls a day behind while it runs: it is told so, and reads on when its clock is right', () =>
  Clocks.open('b', 0, async (clocks) => {
    assert.equal((await clocks.read()).texts, ['one', 'two'])
    await clocks.append('three')
    clocks.clock.set(-dayMs)
    await until('b sees its clock fall', async () => (await clocks.warnings('b')).length > 0)
    assert.is(await codeOf(clocks.read()), 'CLOCK')
    await clocks.right('one', 'two', 'three')
  }))

test.run()
