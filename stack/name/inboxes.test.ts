// Inbox records: what is refused, and which key of which device counts when.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus } from '../../test/samples/decoders.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { toHex } from '../bytes/index.js'
import { decodeInboxBody, encodeInboxBody, type InboxRecord } from './inbox-record.js'
import { inboxOf } from './inboxes.js'
import { MAX_CLOCK_AHEAD_MS, MAX_INBOX_CUSTODIANS, MAX_INBOX_KEY_MS } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const dayMs = 86_400_000
const test = suite('name/inboxes')

function record(fromMs: number, value = 1, change: Partial<InboxRecord> = {}): InboxRecord {
  const untilMs = fromMs + 7 * dayMs
  return {
    type: 'inbox',
    timeMs: sampleTimeMs,
    key: filled(value),
    fromMs,
    untilMs,
    custodians: [filled(9)],
    ...change,
  }
}

function opened(records: readonly InboxRecord[], nowMs = sampleTimeMs): string[] {
  return inboxOf(sample.state(undefined, [sample.card(1, records)]), nowMs).open.map(({ key }) =>
    toHex(key).slice(0, 2),
  )
}

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/inbox-record', decodeInboxBody)
})

test('a key has one to four custodians, all different, and lives for at most 14 days', () => {
  const keepers = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => filled(index))
  assert.is.not(
    typeof decodeInboxBody(encodeInboxBody(record(0, 1, { custodians: keepers(MAX_INBOX_CUSTODIANS) }))),
    'string',
  )
  assert.throws(() => encodeInboxBody(record(0, 1, { custodians: keepers(MAX_INBOX_CUSTODIANS + 1) })), RangeError)
  assert.throws(() => encodeInboxBody(record(0, 1, { custodians: [] })), RangeError)
  assert.throws(() => encodeInboxBody(record(0, 1, { custodians: [filled(1), filled(1)] })), RangeError)
  assert.is.not(typeof decodeInboxBody(encodeInboxBody(record(5, 1, { untilMs: 5 + MAX_INBOX_KEY_MS }))), 'string')
  assert.throws(() => encodeInboxBody(record(5, 1, { untilMs: 6 + MAX_INBOX_KEY_MS })), RangeError)
  assert.throws(() => encodeInboxBody(record(5, 1, { untilMs: 5 })), RangeError)
})

test('the key of now counts, and of several the one that began last', () => {
  const [before, now, next] = [
    record(sampleTimeMs - 8 * dayMs, 1),
    record(sampleTimeMs - dayMs, 2),
    record(sampleTimeMs + dayMs, 3),
  ]
  assert.equal(opened([before, next, now]), ['02'])
  assert.equal(opened([now, record(sampleTimeMs - dayMs / 2, 4)]), ['04'])
  assert.equal(opened([before, now, next], sampleTimeMs + 3 * dayMs), ['03'])
})

test('by a clock that is a day off the nearest key counts, and beyond that none', () => {
  const only = record(sampleTimeMs, 1)
  assert.equal(opened([only], sampleTimeMs - dayMs), [], 'its record lies ahead of that clock')
  const early = record(sampleTimeMs, 1, { timeMs: 0 })
  assert.equal(opened([early], sampleTimeMs - dayMs), ['01'])
  assert.equal(opened([early], sampleTimeMs - dayMs - 1), [])
  assert.equal(opened([early], early.untilMs + dayMs - 1), ['01'])
  assert.equal(opened([early], early.untilMs + dayMs), [])
})

// protocol.md §6.6 MUST: A sender MUST NOT seal to a key that is over
test('an inbox key older than its life is not written to, and it is told since when', () => {
  const old = record(sampleTimeMs - 10 * dayMs, 1)
  const { open, endedMs } = inboxOf(sample.state(undefined, [sample.card(1, [old])]), sampleTimeMs)
  assert.equal([open.length, endedMs], [0, old.untilMs])
  assert.is(inboxOf(sample.state(), sampleTimeMs).endedMs, undefined)
})

test('of a key the newest record that is not ahead says who keeps its messages', () => {
  const first = record(sampleTimeMs, 1)
  const moved = { ...first, timeMs: first.timeMs + 1, custodians: [filled(8)] }
  const ahead = { ...first, timeMs: first.timeMs + MAX_CLOCK_AHEAD_MS + 1, custodians: [filled(7)] }
  const { open } = inboxOf(sample.state(undefined, [sample.card(1, [first, ahead, moved])]), sampleTimeMs)
  assert.equal(
    open.map(({ custodians }) => custodians),
    [[filled(8)]],
  )
})

test('each device of the name has a key of its own', () => {
  const certificate = sample.certificate({ devices: [sample.device, sample.secondDevice] })
  const cards = [
    sample.card(1, [record(sampleTimeMs, 1)]),
    sample.card(1, [record(sampleTimeMs, 2)], sampleTimeMs, sampleSeeds.secondDevice),
  ]
  const { open } = inboxOf(sample.state(certificate, cards), sampleTimeMs)
  assert.equal(
    open.map(({ device, key }) => [device, key]),
    [
      [sample.device, filled(1)],
      [sample.secondDevice, filled(2)],
    ],
  )
})

test.run()
