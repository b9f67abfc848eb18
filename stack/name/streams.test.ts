// Streams by label: only what a log agreed to, the newest of each, and unlisted ones for who has the secret.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import type { Crypto } from '../crypto/index.js'
import type { CardRecord } from './card.js'
import { MAX_CARD_RECORDS, MAX_CLOCK_AHEAD_MS, MAX_LABEL_RECORDS } from './limits.js'
import { type Membership, sealStreamRecord, signStreamRecord } from './stream-record.js'
import { claimedLabels, petnameOf, streamsOf, streamsOfCard } from './streams.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/streams')

const main = { label: 'main', log: sample.log, device: sample.device, visibility: 'public', timeMs: sampleTimeMs }
const drafts = { ...main, label: 'drafts', visibility: 'unlisted' }
const otherLog = crypto.ed25519.publicKeyFromSeed(filled(21))

function stateOf(...records: CardRecord[]) {
  return sample.state(sample.certificate(), [sample.card(1, records)])
}

function otherStream(timeMs: number, change: Partial<Membership> = {}) {
  const membership = { name: sample.name, device: sample.device, visibility: 'public' as const, label: 'main' }
  return signStreamRecord(crypto, filled(21), { ...membership, ...change }, timeMs)
}

test('public streams are listed for everybody, unlisted ones for who has the secret', () => {
  assert.equal(streamsOf(crypto, sample.state(), sampleTimeMs), [main])
  assert.equal(streamsOf(crypto, sample.state(), sampleTimeMs, sampleSeeds.secret), [drafts, main])
  assert.equal(streamsOf(crypto, sample.state(), sampleTimeMs, filled(9)), [main])
})

test('one label can be asked for alone', () => {
  const state = sample.state()
  assert.equal(streamsOf(crypto, state, sampleTimeMs, sampleSeeds.secret, 'drafts'), [drafts])
  assert.equal(streamsOf(crypto, state, sampleTimeMs, sampleSeeds.secret, 'none'), [])
})

// protocol.md §6.6 MUST: A stream whose member signature
test('a log that did not agree is not listed', () => {
  const wrongs: CardRecord[] = [
    otherStream(sampleTimeMs, { name: filled(1) }),
    otherStream(sampleTimeMs, { device: sample.secondDevice }),
    { ...otherStream(sampleTimeMs), label: 'posts' },
    { ...otherStream(sampleTimeMs), log: sample.log },
    { ...otherStream(sampleTimeMs, { visibility: 'unlisted' }), visibility: 'public' },
    sealStreamRecord(crypto, sampleSeeds.secret, { ...otherStream(sampleTimeMs), visibility: 'unlisted' }),
  ]
  for (const wrong of wrongs) {
    assert.equal(streamsOf(crypto, stateOf(wrong), sampleTimeMs, sampleSeeds.secret), [])
  }
})

test('of two logs for one label of one device the newest counts, whatever their order', () => {
  const older = sample.stream()
  const newer = otherStream(sampleTimeMs + 1)
  for (const records of [
    [older, newer],
    [newer, older],
  ]) {
    const listed = streamsOf(crypto, stateOf(...records), sampleTimeMs)
    assert.equal(listed, [{ ...main, log: otherLog, timeMs: sampleTimeMs + 1 }])
  }
})

test('a newer one that does not verify does not hide the older one', () => {
  const bad = { ...otherStream(sampleTimeMs + 1), signature: new Uint8Array(64) }
  assert.equal(streamsOf(crypto, stateOf(sample.stream(), bad), sampleTimeMs), [main])
})

// protocol.md §6.6 MUST: A stream whose member signature
test('a record of more than ten minutes ahead does not count, until its time comes', () => {
  const later = otherStream(sampleTimeMs + MAX_CLOCK_AHEAD_MS + 1)
  const state = stateOf(sample.stream(), later)
  assert.equal(streamsOf(crypto, state, sampleTimeMs), [main])
  assert.equal(
    streamsOf(crypto, state, sampleTimeMs + 1).map((listing) => listing.log),
    [otherLog],
  )
})

test('a label can be public and unlisted at once, with a log for each', () => {
  const unlisted = sealStreamRecord(crypto, filled(9), otherStream(sampleTimeMs, { visibility: 'unlisted' }))
  const listed = streamsOf(crypto, stateOf(sample.stream(), unlisted), sampleTimeMs, filled(9), 'main')
  assert.equal(
    listed.map(({ log, visibility }) => [log, visibility]),
    [
      [sample.log, 'public'],
      [otherLog, 'unlisted'],
    ],
  )
})

test('each device has its own log of a label', () => {
  const second = otherStream(sampleTimeMs, { device: sample.secondDevice })
  const state = sample.state(sample.certificate({ devices: [sample.secondDevice, sample.device] }), [
    sample.card(1, [second], sampleTimeMs, sampleSeeds.secondDevice),
    sample.card(1),
  ])
  assert.equal(streamsOf(crypto, state, sampleTimeMs), [{ ...main, log: otherLog, device: sample.secondDevice }, main])
})

// protocol.md §6.6 MUST: Of the items of one key only the four newest
test('of one label only the newest records are looked at, so that a card full of bad ones costs little', () => {
  const bad = { ...otherStream(sampleTimeMs + 1), signature: new Uint8Array(64) }
  const card = (count: number): CardRecord[] => {
    const records: CardRecord[] = Array.from({ length: MAX_CARD_RECORDS - 1 }, (_, index) =>
      index < count ? bad : { type: 'unknown', code: 9, body: new Uint8Array(0) },
    )
    records[500] = sample.stream()
    return records
  }
  assert.equal(streamsOf(crypto, stateOf(...card(MAX_LABEL_RECORDS - 1)), sampleTimeMs), [main])
  assert.equal(streamsOf(crypto, stateOf(...card(MAX_LABEL_RECORDS)), sampleTimeMs), [])
  let checked = 0
  const counting: Crypto = {
    ...crypto,
    ed25519: {
      publicKeyFromSeed: (seed) => crypto.ed25519.publicKeyFromSeed(seed),
      sign: (seed, message) => crypto.ed25519.sign(seed, message),
      checkKey: (key) => crypto.ed25519.checkKey(key),
      verify: (...given) => {
        checked++
        return crypto.ed25519.verify(...given)
      },
    },
  }
  const unlisted = sealStreamRecord(crypto, filled(9), otherStream(sampleTimeMs, { visibility: 'unlisted' }))
  const listed = streamsOf(counting, stateOf(...card(380), unlisted), sampleTimeMs, filled(9))
  assert.equal(
    listed.map(({ log }) => log),
    [otherLog],
  )
  assert.is(checked, MAX_LABEL_RECORDS + 1)
})

test('the labels that cards claim are each shown once', () => {
  const state = stateOf(otherStream(1, { label: 'b' }), otherStream(2, { label: 'a' }), otherStream(3, { label: 'b' }))
  assert.equal(claimedLabels(state), ['a', 'b'])
})

test('the card of a struck device can be read by itself, and what is no card lists nothing', () => {
  const { chunk } = sample.card(1)
  assert.equal(streamsOfCard(crypto, sample.name, sample.device, chunk, sampleTimeMs), [main])
  assert.equal(streamsOfCard(crypto, sample.name, sample.device, Uint8Array.of(7), sampleTimeMs), [])
})

test('the newest petname of all cards counts, and none of the future', () => {
  const hint = (timeMs: number, petname: string): CardRecord => ({ type: 'hint', timeMs, petname })
  const state = sample.state(sample.certificate({ devices: [sample.device, sample.secondDevice] }), [
    sample.card(1, [hint(1, 'a'), hint(3, 'c')]),
    sample.card(1, [hint(2, 'b'), hint(sampleTimeMs + MAX_CLOCK_AHEAD_MS + 1, 'd')], 0, sampleSeeds.secondDevice),
  ])
  assert.is(petnameOf(state, sampleTimeMs), 'c')
  assert.is(petnameOf(state, sampleTimeMs + 1), 'd')
  assert.is(petnameOf(stateOf(hint(1, 'first'), hint(1, 'second')), sampleTimeMs), 'first')
  assert.is(petnameOf(stateOf(), sampleTimeMs), undefined)
})

test.run()
