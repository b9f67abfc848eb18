// A log that is followed: one copy a link, each new state once, and what happens when somebody in between goes.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { SampleLog } from '../../../test/samples/log.js'
import { Network, type Node } from '../testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/live')

/** Lengths that a follower was told, in order. */
function follow(node: Node, log: SampleLog): { lengths: number[]; reached: () => boolean | undefined; end(): void } {
  const requestId = node.ask({ kind: 'head', key: log.log, maxAgeS: 60, lifetimeMs: 60_000, live: true })
  const lengths: number[] = []
  node.handleAnswer = (event) => {
    if (event.requestId === requestId && event.kind === 'answer' && event.answer.kind === 'head') {
      lengths.push(event.answer.held.head.length)
    }
  }
  return {
    lengths,
    reached: () => {
      let reached: boolean | undefined
      for (const event of node.events) {
        if (event.kind === 'live' && event.requestId === requestId) reached = event.reached
      }
      return reached
    },
    end: () => node.run(() => node.machine.cancelInterest(node.clock, requestId)),
  }
}

/** A writer, so many routers in a row, the first one above it, and readers at the last. */
function chain(routers: number, readers: number) {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  const rows = Array.from({ length: routers }, (_, index) => network.node(`router ${index}`, { root: index === 0 }))
  for (let index = 1; index < routers; index += 1) network.link(rows[index]!, rows[index - 1]!)
  const writer = network.node('writer')
  const uplink = network.link(writer, rows[0]!)
  const others = Array.from({ length: readers }, (_, index) => network.node(`reader ${index}`))
  const links = others.map((reader) => network.link(reader, rows.at(-1)!))
  const append = (): void => {
    log.nowMs = network.clock.nowMs
    log.appendSizes(100)
    writer.store.putHead(log.held, true)
    writer.run(() => writer.machine.handleLogChanged(writer.clock, log.log))
  }
  writer.refresh = () => writer.store.putHead(log.writer.refresh(network.clock.nowMs), true)
  log.nowMs = network.clock.nowMs
  log.appendSizes(100)
  writer.store.putHead(log.held, true)
  writer.run(() => writer.machine.announce(writer.clock, 'log', log.log))
  network.settle()
  return { network, log, writer, uplink, routers: rows, readers: others, links, append }
}

test('a follower is told what there is, and each append within a way from the writer', () => {
  const { network, log, readers, append } = chain(2, 1)
  const follower = follow(readers[0]!, log)
  network.settle()
  assert.equal(follower.lengths, [1])
  assert.is(follower.reached(), true)
  for (let length = 2; length <= 5; length += 1) {
    network.run(1_000)
    append()
    network.run(10)
    assert.is(follower.lengths.at(-1), length)
  }
  assert.equal(follower.lengths, [1, 2, 3, 4, 5])
})

test('however many follow, one copy crosses each link', () => {
  const { network, log, uplink, readers, routers, append } = chain(2, 20)
  const followers = readers.map((reader) => follow(reader, log))
  network.settle()
  const before = uplink.upward.frames
  append()
  network.settle()
  assert.is(uplink.upward.frames - before, 1)
  assert.ok(followers.every(({ lengths }) => lengths.at(-1) === 2))
  assert.is(routers[0]!.machine.status().counters.liveCopiesSent, 1)
})

// protocol.md §10.10 MUST: At most 50 a second SHOULD leave for a row
test('what is appended within a pace is told together, and the last of it is never left out', () => {
  const { network, log, readers, append } = chain(1, 1)
  const follower = follow(readers[0]!, log)
  network.settle()
  for (let count = 0; count < 200; count += 1) {
    append()
    network.run(1)
  }
  network.run(100)
  assert.is(follower.lengths.at(-1), 201)
  assert.ok(follower.lengths.length < 20, String(follower.lengths.length))
})

test('it is renewed before its lifetime is over, with the same question', () => {
  const { network, log, readers, routers, append } = chain(2, 1)
  const follower = follow(readers[0]!, log)
  network.run(300_000)
  append()
  network.run(10)
  assert.equal(follower.lengths, [1, 2])
  assert.is(routers[1]!.machine.status().counters.liveCopiesSent, 1)
  assert.ok(routers[1]!.machine.status().counters.liveRenewals > 10)
  assert.is(follower.reached(), true)
})

test('a follower that ends is forgotten along the whole way', () => {
  const { network, log, readers, routers, writer } = chain(2, 2)
  const [one, two] = readers.map((reader) => follow(reader, log))
  network.settle()
  one!.end()
  network.settle()
  assert.is(routers[1]!.machine.status().liveAsks, 1)
  two!.end()
  network.settle()
  for (const node of [...routers, ...readers, writer]) {
    const { liveRows, liveAsks } = node.machine.status()
    assert.equal([liveRows, liveAsks], [0, 0], node.name)
  }
})

test('a log that nobody has yet is told when it is announced', () => {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  const router = network.node('router', { root: true })
  const reader = network.node('reader')
  network.link(reader, router)
  const follower = follow(reader, log)
  network.run(100_000)
  assert.is(follower.reached(), false)
  const writer = network.node('writer')
  network.link(writer, router)
  log.nowMs = network.clock.nowMs
  log.appendSizes(10)
  writer.store.putHead(log.held, true)
  writer.run(() => writer.machine.announce(writer.clock, 'log', log.log))
  network.run(20)
  assert.equal(follower.lengths, [1])
  assert.is(follower.reached(), true)
})

test('the writer goes and comes back, and nothing is missed', () => {
  const { network, log, writer, uplink, routers, readers, append } = chain(2, 1)
  const follower = follow(readers[0]!, log)
  network.settle()
  uplink.close()
  append()
  network.run(50_000)
  assert.equal(follower.lengths, [1])
  assert.is(follower.reached(), false)
  network.link(writer, routers[0]!)
  network.run(20)
  assert.equal(follower.lengths, [1, 2])
  append()
  network.run(20)
  assert.equal(follower.lengths, [1, 2, 3])
  assert.is(follower.reached(), true)
})

test('the link to the router ends, and the next upstream is asked at once', () => {
  const { network, log, routers, readers, links, append } = chain(1, 1)
  const other = network.node('other router')
  network.link(other, routers[0]!)
  network.link(readers[0]!, other)
  network.settle()
  const follower = follow(readers[0]!, log)
  network.settle()
  links[0]!.close()
  append()
  network.run(20)
  assert.equal(follower.lengths, [1, 2])
})

test.run()
