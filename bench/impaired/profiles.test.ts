// The ladder, and what `tc` is told of it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../frame/root.js'
import { describeLadder } from './describe.js'
import { netem, tbf } from './disciplines.js'
import { type Direction, isRateOnly, linkProfiles, profileOf } from './profiles.js'

const test = suite('bench/impaired/profiles')

const directions: readonly Direction[] = linkProfiles.flatMap(({ down, up }) => [down, up])

/** The number behind a word of what tc is told. */
function told(args: readonly string[], word: string, place = 1): number {
  return Number.parseFloat(args[args.indexOf(word) + place] ?? '')
}

test('the ladder has at least nine links, each with a name of its own, its rates and a source', () => {
  assert.ok(linkProfiles.length >= 9)
  assert.is(new Set(linkProfiles.map(({ name }) => name)).size, linkProfiles.length)
  for (const { name, source, down, up } of linkProfiles) {
    assert.ok(source.length > 10, name)
    assert.ok(down.kilobitsPerSecond >= up.kilobitsPerSecond && up.kilobitsPerSecond > 0, name)
    assert.is(profileOf(name)?.name, name)
  }
  assert.is(profileOf('nothing'), undefined)
})

test('the page shows the ladder as it is', () => {
  const page = readFileSync(join(root, 'docs', 'benchmarks.md'), 'utf8')
  for (const line of describeLadder().split('\n')) assert.ok(page.includes(`${line}\n`), line)
})

test('the worst that is asked for is there: 800 ms there and back, 256 kbit/s, a quarter lost in bursts of 40', () => {
  const satellite = profileOf('geo-satellite')
  assert.is((satellite?.down.delayMs ?? 0) + (satellite?.up.delayMs ?? 0), 800)
  assert.is(profileOf('modem-256k')?.down.kilobitsPerSecond, 256)
  assert.equal(profileOf('burst-loss')?.down.loss, { percent: 25, burstPackets: 40 })
})

test('a queue holds all that is on the way and the buffer behind it, at least 20 packets', () => {
  for (const direction of directions) {
    const { kilobitsPerSecond, delayMs, bufferMs } = direction
    const packets = told(netem(direction), 'limit')
    assert.ok(packets >= 19, String(packets))
    assert.ok(packets * 1514 * 8 >= kilobitsPerSecond * (delayMs + bufferMs), JSON.stringify(direction))
  }
})

test('a burst begins so often and ends so soon that both the share and the length come out', () => {
  for (const direction of directions.filter(({ loss }) => loss.burstPackets > 1)) {
    const args = netem(direction)
    const [begin, end] = [told(args, 'gemodel') / 100, told(args, 'gemodel', 2) / 100]
    assert.ok(Math.abs(1 / end - direction.loss.burstPackets) < 0.01)
    assert.ok(Math.abs((100 * begin) / (begin + end) - direction.loss.percent) < 0.01)
    assert.ok(Number.isFinite(begin))
  }
})

test('loss in long bursts has others on the link, so that a burst ends whoever sends', () => {
  for (const { name, down, othersPerSecond } of linkProfiles) {
    if (down.loss.burstPackets > 10) assert.ok(othersPerSecond >= 2 * down.loss.burstPackets, name)
  }
})

test('a cable needs no more than a limit of its rate, and is told its latency and a burst that a slow timer can fill', () => {
  const lan = profileOf('lan')
  assert.ok(lan !== undefined && isRateOnly(lan))
  assert.equal(
    linkProfiles.filter(isRateOnly).map(({ name }) => name),
    ['lan'],
  )
  for (const direction of directions) {
    assert.ok(told(tbf(direction), 'burst') * 8 * 100 >= direction.kilobitsPerSecond * 1000)
    assert.ok(told(tbf(direction), 'latency') >= 1)
  }
})

test.run()
