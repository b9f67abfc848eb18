// Heads through several machines: what is fresh enough, what confirms, what is stale, who signs again, and forks.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { answerOf, asked, reasonOf, speak } from '../../test/samples/forward.js'
import { SampleLog } from '../../test/samples/log.js'
import { equal } from '../bytes/index.js'
import { encodeHeadAnswer, type HeldHead, haveOfHead } from '../data/index.js'
import { DataFlag, FrameType, type Interest, InterestFlag, type LocalInterest } from './index.js'
import { type LocalResult, Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/head')

function want(log: SampleLog, maxAgeS: number, change: Partial<LocalInterest> = {}): LocalInterest {
  return { kind: 'head', key: log.log, maxAgeS, lifetimeMs: 4_000, ...change } as LocalInterest
}

function headOf(result: LocalResult | undefined): HeldHead {
  const answer = answerOf(result)
  if (answer.kind !== 'head') throw new Error(`a ${answer.kind}`)
  return answer.held
}

/** The same head and page; only their lengths and times are printed when they are not. */
function assertSame(actual: HeldHead, expected: HeldHead): void {
  const tell = ({ head, page }: HeldHead) => `${head.length} entries at ${head.timeMs}, ${page.length} bytes of page`
  assert.is(tell(actual), tell(expected))
  assert.ok(equal(actual.headBytes, expected.headBytes) && equal(actual.page, expected.page))
}

function sourceOf(result: LocalResult | undefined) {
  if (result?.kind !== 'answer') throw new Error('no answer')
  return result.source
}

/** A writer whose node signs again when asked, a router, and readers; the log's clock is the network's. */
function village(readers = 1) {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  const router = network.node('router', { root: true })
  const writer = network.node('writer')
  const uplink = network.link(writer, router)
  const others = Array.from({ length: readers }, (_, index) => network.node(`reader ${index}`))
  for (const reader of others) network.link(reader, router)
  const append = (text: string): void => {
    log.nowMs = network.clock.nowMs - 1_000
    log.appendSizes(text.length)
    writer.store.putHead(log.held, true)
  }
  writer.refresh = () => writer.store.putHead(log.writer.refresh(network.clock.nowMs), true)
  append('first')
  writer.run(() => writer.machine.announce(writer.clock, 'log', log.log))
  network.settle()
  return { network, log, router, writer, uplink, readers: others, append }
}

function read(network: Network, node: Node, interest: LocalInterest): LocalResult | undefined {
  const request = node.ask(interest)
  network.settle()
  return node.result(request)
}

test('a head comes from its writer with its open page, and the router keeps it', () => {
  const { network, log, router, readers } = village()
  const result = read(network, readers[0]!, want(log, 60))
  assertSame(headOf(result), log.held)
  assert.equal(sourceOf(result), { hops: 2, cached: false, ageS: 0, stale: false, neighbour: 1 })
  assertSame(router.store.findHead(log.log)!.held, log.held)
})

test('what the router holds is answered while it is fresh enough, with the age that it has', () => {
  const { network, log, router, readers, append } = village(2)
  read(network, readers[0]!, want(log, 60))
  append('second')
  network.run(30_000)
  const result = read(network, readers[1]!, want(log, 60))
  assert.is(headOf(result).head.length, 1)
  assert.equal([sourceOf(result).hops, sourceOf(result).cached, sourceOf(result).ageS], [1, true, 30])
  assert.is(router.machine.status().counters.copiesSent, 1)
})

test('what is too old is asked for again, and only what is missing crosses', () => {
  const { network, log, readers, uplink, append } = village(2)
  for (let index = 0; index < 20; index++) append('x'.repeat(1_000))
  read(network, readers[0]!, want(log, 60))
  const before = uplink.upward.bytes
  append('last')
  network.run(30_000)
  const result = read(network, readers[0]!, want(log, 10))
  assert.is(headOf(result).head.length, 22)
  assert.is(sourceOf(result).ageS, 0)
  assert.ok(uplink.upward.bytes - before < 400, `${uplink.upward.bytes - before} bytes`)
})

test('the writer signs the same state again when it is asked for something fresher, and that confirms it', () => {
  const { network, log, writer, readers } = village(2)
  read(network, readers[0]!, want(log, 60))
  network.run(30_000)
  const result = read(network, readers[0]!, want(log, 0))
  assert.is(headOf(result).head.length, 1)
  assert.is(sourceOf(result).ageS, 0)
  assert.ok(headOf(result).head.timeMs > log.held.head.timeMs)
  assert.is(writer.events.filter((event) => event.kind === 'refresh').length, 1)
})

// protocol.md §10.4 MUST: The writer's node, asked for something fresher
test('a writer that cannot sign again is asked at most once a second, and says how old its state is', () => {
  const { network, log, writer, readers } = village(1)
  writer.refresh = () => {}
  network.run(30_000)
  for (let index = 0; index < 5; index++) assert.is(reasonOf(read(network, readers[0]!, want(log, 0))), 'Expired')
  const stale = read(network, readers[0]!, want(log, 0, { staleOk: true }))
  assert.ok(sourceOf(stale).stale)
  assertSame(headOf(stale), log.held)
  assert.is(writer.events.filter((event) => event.kind === 'refresh').length, 1)
  network.run(1_000)
  read(network, readers[0]!, want(log, 0))
  assert.is(writer.events.filter((event) => event.kind === 'refresh').length, 2)
})

test('rows with different ages join, and the strictest decides what is asked', () => {
  const { network, log, router, readers, writer } = village(3)
  read(network, router, want(log, 60))
  network.run(30_000)
  const requests = [10, 1_000, 0].map((maxAgeS, index) => readers[index]!.ask(want(log, maxAgeS)))
  network.settle()
  const sources = requests.map((request, index) => sourceOf(readers[index]!.result(request)))
  assert.is(sources[0]!.ageS, 0)
  assert.equal([sources[1]!.hops, sources[1]!.ageS], [1, 30])
  assert.is(sources[2]!.ageS, 0)
  assert.is(writer.events.filter((event) => event.kind === 'refresh').length, 1)
})

// protocol.md §10.4 MUST: What is older than the asker accepts
test('when the writer is gone an older head is given as stale, unless the reader refuses that', () => {
  const { network, log, readers, uplink } = village(3)
  read(network, readers[0]!, want(log, 60))
  uplink.close()
  network.run(100_000)
  const stale = read(network, readers[1]!, want(log, 60, { staleOk: true }))
  assertSame(headOf(stale), log.held)
  assert.equal([sourceOf(stale).stale, sourceOf(stale).hops], [true, 1])
  assert.ok(sourceOf(stale).ageS >= 100)
  assert.is(reasonOf(read(network, readers[2]!, want(log, 60))), 'Expired')
})

// protocol.md §10.4 MUST: What is older than the asker accepts
test('what is older than a neighbour accepts says STALE, what is fresh enough does not', () => {
  const { network, log, readers, router, uplink } = village(1)
  read(network, readers[0]!, want(log, 60))
  uplink.close()
  network.run(100_000)
  const flags: number[] = []
  const peer = network.peer(router, (frame) => void (frame.type === FrameType.data && flags.push(frame.flags)))
  network.settle()
  for (const [token, maxAgeS] of [
    [1, 60],
    [2, 1_000],
  ] as const) {
    const question = { kind: 'head', have: haveOfHead(undefined), maxAgeS } as const
    speak.interest(peer, { token, key: log.log, question, answerBytes: 100_000 }, InterestFlag.staleOk)
    network.settle()
  }
  assert.equal(flags, [DataFlag.cached | DataFlag.stale, DataFlag.cached])
})

test('who has more than a router is not answered by what it holds', () => {
  const { network, log, router, readers, append } = village(1)
  const reader = readers[0]!
  read(network, router, want(log, 60))
  append('second')
  reader.store.putHead(log.held, false, 100)
  const result = read(network, reader, want(log, 60))
  assertSame(headOf(result), log.held)
  assert.is(sourceOf(result).hops, 2)
  assert.is(router.store.findHead(log.log)?.held.head.length, 2)
})

// protocol.md §10.2 MUST: One with a lower certificate MUST NOT count
test('nobody goes back: a shorter head changes nothing, confirms nothing, and the next candidate is asked', () => {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const short = log.held
  log.appendSizes(100)
  const reader = network.node('reader')
  const first: Interest[] = []
  const second: Interest[] = []
  network.peer(
    reader,
    asked(first, (interest, peer) =>
      speak.data(peer, interest.token, encodeHeadAnswer(crypto, short, haveOfHead(undefined))),
    ),
    { upstream: true, rank: 0 },
  )
  network.peer(
    reader,
    asked(second, (interest, peer) =>
      speak.data(peer, interest.token, encodeHeadAnswer(crypto, log.held, haveOfHead(log.held))),
    ),
    { upstream: true, rank: 0 },
  )
  reader.store.putHead(log.held, false, 1_000)
  const result = read(network, reader, want(log, 60))
  assert.equal([first.length, second.length], [1, 1])
  assertSame(headOf(result), log.held)
  assert.is(sourceOf(result).neighbour, 2)
  assert.is(reader.machine.status().neighbours[0]!.share, 1, 'to be behind is no lie')
})

// protocol.md §7 MUST: Who can decide it from heads and open pages alone
test('two heads that fork are kept as a proof, and passed on with it', () => {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const twin = log.fork()
  log.appendSizes(50)
  twin.append([{ bytes: new Uint8Array(50).fill(1) }])
  const router = network.node('router', { root: true })
  const reader = network.node('reader')
  network.link(reader, router)
  const peer = network.peer(
    router,
    asked([], (interest, self) =>
      speak.data(self, interest.token, encodeHeadAnswer(crypto, twin.held, haveOfHead(undefined))),
    ),
  )
  speak.announce(peer, 5, 'log', [log.log])
  router.store.putHead(log.held, false, 100)
  network.settle()

  const result = read(network, reader, want(log, 60))
  const answer = answerOf(result)
  assert.is(answer.kind === 'head' && answer.held.head.length, log.held.head.length)
  assertSame(headOf(result), log.held)
  const fork = answer.kind === 'head' ? answer.fork : undefined
  const pages = [fork?.first.head.openPage, fork?.second.head.openPage]
  assert.ok(pages.some((page) => page !== undefined && equal(page, twin.held.head.openPage)))
  for (const node of [router, reader]) {
    assert.is(node.store.stored.filter(({ what }) => what === 'fork').length, 1, `${node.name} keeps the proof`)
    assert.is(node.events.filter((event) => event.kind === 'blame').length, 0, 'the writer forked, not the neighbour')
  }

  const frames: number[] = []
  const watcher = network.peer(router, ({ type, flags }) => void (type === 0x11 && frames.push(flags)))
  const { length, openPage } = log.held.head
  const question = { kind: 'head' as const, have: { length, openPage }, maxAgeS: 1_000 }
  speak.interest(watcher, { token: 7, key: log.log, question, answerBytes: 123_000 })
  network.settle()
  assert.equal(frames, [DataFlag.cached | DataFlag.conflict])
})

// protocol.md §10.3 MUST: The asker MUST check the proof
test('a claimed fork that is none is counted and left out', () => {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const before = log.held
  log.appendSizes(100)
  const reader = network.node('reader')
  // The other head is a true one of the same log: the newer continues it.
  const payload = encodeHeadAnswer(crypto, log.held, haveOfHead(undefined))
  const lying = new Uint8Array([
    ...payload.subarray(0, 209),
    ...[0, before.headBytes.length, ...before.headBytes],
    ...[before.page.length >> 8, before.page.length & 255, ...before.page],
    ...payload.subarray(213),
  ])
  network.peer(
    reader,
    asked([], (interest, peer) => speak.data(peer, interest.token, lying, { flags: DataFlag.conflict })),
    { upstream: true, rank: 0 },
  )
  const answer = answerOf(read(network, reader, want(log, 60)))
  assert.is(answer.kind === 'head' && answer.fork, undefined)
  assert.is(reader.machine.status().counters.conflictsUnproven, 1)
})

test('a head whose own time is hours behind is not fresh, whatever age a neighbour claims', () => {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  log.appendSizes(10)
  network.run(7_200_000)
  const reader = network.node('reader')
  const claim = asked([], (interest, peer) =>
    speak.data(peer, interest.token, encodeHeadAnswer(crypto, log.held, haveOfHead(undefined)), { ageS: 0 }),
  )
  network.peer(reader, claim, { upstream: true, rank: 0 })
  assert.is(reasonOf(read(network, reader, want(log, 60))), 'Expired')
  const stale = read(network, reader, want(log, 60, { staleOk: true }))
  assert.ok(sourceOf(stale).stale && sourceOf(stale).ageS >= 7_200)
})

test.run()
