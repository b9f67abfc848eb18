// What an owner takes, what it can tell of its custodians, and which keys it has when.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { inboxSeeds, SampleInbox } from '../../test/samples/inbox.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import { equal, KeySet } from '../bytes/index.js'
import { countStranger, droppedBy, type StrangerCount, strangersLeft, toFetch, uncountStranger } from './collection.js'
import { type InboxKey, listedKeys, planKeys } from './keys.js'
import { CLOCK_MS, ENVELOPE_LIFE_MS, KEY_LIFE_MS, STRANGERS_A_DAY } from './limits.js'
import { type InboxReceipt, signInboxReceipt } from './receipt.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const dayMs = 86_400_000
const test = suite('inbox/collection')

// protocol.md §20.5 MUST: An owner MUST NOT take more
test('100 strangers are taken in a day, and a clock that goes back brings no more', () => {
  let count: StrangerCount | undefined
  for (let taken = 0; taken < STRANGERS_A_DAY; taken++) {
    assert.is(strangersLeft(count, sampleTimeMs), STRANGERS_A_DAY - taken)
    count = countStranger(count, sampleTimeMs)
  }
  assert.is(strangersLeft(count, sampleTimeMs), 0)
  assert.is(strangersLeft(uncountStranger(count), sampleTimeMs), 1, 'what was not there any more does not count')
  assert.is(uncountStranger(undefined), undefined)
  assert.is(strangersLeft(count, sampleTimeMs - 5 * dayMs), 0)
  count = countStranger(count, sampleTimeMs - 5 * dayMs)
  assert.is(strangersLeft(count, sampleTimeMs), 0)
  assert.is(strangersLeft(count, sampleTimeMs + dayMs), STRANGERS_A_DAY)
})

test('of a list that is fetched which was not taken, all contacts, and strangers while there are some left', () => {
  const serial = new Uint8Array(16)
  const listed = [1, 2, 3, 4, 5].map((value) => ({
    id: filled(value),
    bytes: 1,
    serial: value < 3 ? serial : undefined,
    strength: value < 3 ? undefined : 16,
  }))
  const taken = (id: Uint8Array): boolean => id[0] === 1 || id[0] === 3
  assert.equal(
    toFetch(listed, taken, 1).map(({ id }) => id[0]),
    [2, 4],
  )
  assert.equal(
    toFetch(listed, () => false, 0).map(({ id }) => id[0]),
    [1, 2],
  )
})

function receipt(change: Partial<InboxReceipt> = {}): InboxReceipt {
  return signInboxReceipt(crypto, inboxSeeds.custodian, {
    envelope: filled(1),
    bytes: 1,
    untilMs: sampleTimeMs + 1,
    kind: 'kept',
    custodian: sample.custodian,
    ...change,
  })
}

test('a custodian is named that signed for what it does not list, and no other', () => {
  const ids = (...values: number[]): KeySet => {
    const set = new KeySet(new Uint8Array(8))
    for (const value of values) set.add(filled(value))
    return set
  }
  const { custodian } = sample
  const named = (one: InboxReceipt, set = ids(), displaced = 0, by = custodian): number =>
    droppedBy(crypto, sampleTimeMs, [one, one], [{ custodian: by, ids: set, displaced }]).length
  assert.is(named(receipt()), 1)
  assert.is(named(receipt(), ids(1)), 0)
  assert.is(named(receipt(), ids(), 0, filled(9)), 0, 'it was not asked')
  assert.is(named(receipt({ untilMs: sampleTimeMs })), 0, 'its promise is over')
  assert.is(named({ ...receipt(), bytes: 2 }), 0, 'it did not sign that')
  assert.is(named(receipt({ kind: 'displaceable' }), ids(), 1), 0, 'it never promised more')
  assert.is(named(receipt({ kind: 'displaceable' })), 1)
  assert.is(named(receipt(), ids(), 1), 1)
})

/** Carries out a plan as a node would. */
function carryOut(keys: readonly InboxKey[], nowMs: number): InboxKey[] {
  const { live, missing } = planKeys(keys, nowMs)
  return [...live, ...missing.map((weeks) => ({ ...weeks, privateKey: filled(1) }))]
}

test('there is a key for now and for all of the next five weeks, whenever the node has run', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 60 }), { maxLength: 10 }), (steps) => {
      let keys: InboxKey[] = []
      let nowMs = sampleTimeMs
      for (const days of [0, ...steps]) {
        nowMs += days * dayMs
        keys = carryOut(keys, nowMs)
        const listed = listedKeys(keys, nowMs)
        assert.ok(listed.length <= 12, `${listed.length} keys in a card`)
        for (let ms = 0; ms < 5 * KEY_LIFE_MS; ms += dayMs) {
          const covers = listed.some(({ fromMs, untilMs }) => fromMs <= nowMs + ms && nowMs + ms < untilMs)
          assert.ok(covers, `no key in ${ms} ms`)
        }
        assert.is(planKeys(keys, nowMs).missing.length, 0)
      }
    }),
  )
})

// protocol.md §20.5 MUST: A private key MUST be deleted
test('a private key is deleted when the last message to it has expired by anybody’s clock', () => {
  const keys = carryOut([], sampleTimeMs)
  const [first] = keys as [InboxKey]
  const goneMs = first.untilMs + ENVELOPE_LIFE_MS + 2 * CLOCK_MS
  assert.ok(
    planKeys(keys, goneMs - 1).live.some(
      (key) => equal(key.privateKey, first.privateKey) && key.fromMs === first.fromMs,
    ),
  )
  assert.not(planKeys(keys, goneMs).live.some((key) => key.fromMs === first.fromMs))
})

test('a key that a wrong clock made for years ahead does not stand in the place of one for now', () => {
  const ahead = carryOut([], sampleTimeMs + 1_000 * dayMs)
  const keys = carryOut(ahead, sampleTimeMs)
  assert.ok(keys.some(({ fromMs, untilMs }) => fromMs <= sampleTimeMs && sampleTimeMs < untilMs))
})

test.run()
