// A name of which this node is a device: what others have of it is asked for, heard, and left to whoever owns it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { answerOf } from '../../test/samples/forward.js'
import { SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { equal } from '../bytes/index.js'
import type { NameState } from '../name/index.js'
import type { Event, LocalInterest } from './index.js'
import { Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('forward/elsewhere')

const elsewhere: LocalInterest = {
  kind: 'name',
  key: sample.name,
  maxAgeS: 0,
  staleOk: true,
  elsewhere: true,
  lifetimeMs: 2_000,
}
const want: LocalInterest = { kind: 'name', key: sample.name, maxAgeS: 3_600, lifetimeMs: 4_000 }
const both = sample.certificate({ serial: sampleTimeMs / 1_000 + 1, devices: [sample.device, sample.secondDevice] })
const lower = sample.state(sample.certificate())
const second = sample.card(1, [], sampleTimeMs, sampleSeeds.secondDevice)
const higher = sample.state(both, [undefined, second])

function heardBy(node: Node): Extract<Event, { kind: 'heard' }>[] {
  return node.events.filter((event) => event.kind === 'heard')
}

interface Copies {
  readonly network: Network
  readonly router: Node
  readonly first: Node
  readonly other: Node
}

/** Two nodes that are devices of one name, below one router. */
function copies(ofFirst: NameState, ofOther: NameState): Copies {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const first = network.node('first')
  const other = network.node('other')
  for (const [node, state] of [[first, ofFirst] as const, [other, ofOther] as const]) {
    network.link(node, router)
    node.store.putName(state, true)
    node.run(() => node.machine.announce(node.clock, 'name', sample.name))
  }
  network.settle()
  return { network, router, first, other }
}

test('whoever has a lower certificate hears of the higher one, and keeps its own until its owner decides', () => {
  const { network, first } = copies(lower, higher)
  const request = first.ask(elsewhere)
  network.settle()
  const [heard] = heardBy(first)
  assert.ok(heard)
  assert.equal(heard.came.certificateBytes, higher.certificateBytes)
  assert.ok(equal(first.store.findName(sample.name)!.state.certificateBytes, lower.certificateBytes))
  assert.not(first.store.stored.some((event) => event.what === 'name'))
  assert.is(answerOf(first.result(request)).kind, 'name')
})

test('whoever has the higher one hears of the lower one as well', () => {
  const { network, other } = copies(lower, higher)
  other.ask(elsewhere)
  network.settle()
  assert.ok(heardBy(other).some(({ came }) => equal(came.certificateBytes, lower.certificateBytes)))
})

test('a question for it that comes meanwhile is answered from the own store, and both end', () => {
  const { network, first } = copies(lower, higher)
  const reader = network.node('reader')
  network.link(reader, first)
  network.settle()
  const request = first.ask(elsewhere)
  const asked = reader.ask({ ...want, maxAgeS: 0, staleOk: true })
  network.settle()
  const answer = answerOf(reader.result(asked))
  assert.ok(answer.kind === 'name' && equal(answer.state.certificateBytes, lower.certificateBytes))
  assert.ok(first.result(request))
  assert.is(first.machine.status().interests, 0)
})

test('with nobody to ask it ends at once, with what is held', () => {
  const network = new Network(crypto)
  const alone = network.node('alone', { root: true })
  alone.store.putName(lower, true)
  const request = alone.ask(elsewhere)
  network.settle()
  assert.is(answerOf(alone.result(request)).kind, 'name')
  assert.equal(heardBy(alone), [])
})

test('whoever is asked by somebody with a higher certificate is told that it is behind', () => {
  const { network, router, first, other } = copies(lower, higher)
  router.store.putName(higher, false, 100)
  router.ask({ ...want, maxAgeS: 10 })
  network.settle()
  assert.ok(first.events.some((event) => event.kind === 'behind'))
  assert.not(other.events.some((event) => event.kind === 'behind'))
})

test('a newer card is passed on although the certificate beside it is lower than the one that is held', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const behind = network.node('behind')
  network.link(behind, router)
  const card = sample.card(5)
  behind.store.putName(sample.state(sample.certificate(), [card]), true)
  behind.run(() => behind.machine.announce(behind.clock, 'name', sample.name))
  network.settle()
  router.store.putName(higher, false, 100)
  const request = router.ask({ ...want, maxAgeS: 10, staleOk: true })
  network.settle()
  const result = router.result(request)
  const answer = answerOf(result)
  assert.ok(answer.kind === 'name' && result?.kind === 'answer')
  assert.equal(answer.state.certificateBytes, higher.certificateBytes)
  assert.is(answer.state.cards[0]?.head.version, 5)
  // The certificate itself was confirmed by nobody.
  assert.ok(result.source.stale && result.source.ageS >= 100)
  assert.is(router.store.findName(sample.name)?.state.cards[0]?.head.version, 5)
})

test('a conflict of two certificates ends with one above both', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const owner = network.node('owner')
  network.link(owner, router)
  owner.store.putName(higher, true)
  owner.run(() => owner.machine.announce(owner.clock, 'name', sample.name))
  network.settle()
  router.store.putName(lower, false, 100, true)
  const request = router.ask({ ...want, maxAgeS: 10 })
  network.settle()
  const answer = answerOf(router.result(request))
  assert.ok(answer.kind === 'name' && !answer.conflict)
})

test.run()
