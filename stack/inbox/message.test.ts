// Messages, tickets, receipts and what is written on disk: layouts, their corpora, and what signatures and puzzles bind.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { inboxSeeds, SampleInbox } from '../../test/samples/inbox.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import { decodeBox, decodeShelf, encodeBox, encodeShelf } from './entry.js'
import { MAX_LISTED, MAX_REVOKED, MAX_WITNESSES, SHELF_ENTRIES } from './limits.js'
import { decodeInboxMessage, encodeInboxMessage, type InboxMessage, refusals } from './message.js'
import { dayOf, PuzzleSearch, puzzleBits } from './puzzle.js'
import { decodeInboxReceipt, encodeInboxReceipt, signInboxReceipt, verifyInboxReceipt } from './receipt.js'
import { decodeTicket, encodeTicket, verifyTicket } from './ticket.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const test = suite('inbox/message')

const receipt = signInboxReceipt(crypto, inboxSeeds.custodian, {
  envelope: filled(1),
  bytes: 1_200,
  untilMs: sampleTimeMs,
  kind: 'displaceable',
  custodian: sample.custodian,
})
const ticket = sample.ticket(5)
const serial = new Uint8Array(16).fill(3)

const messages: readonly InboxMessage[] = [
  { type: 'hello', inbox: filled(1) },
  { type: 'welcome', day: 20_000, bits: [16, 17, 18, 19, 20, 255] },
  { type: 'deliver', admission: { kind: 'ticket', ticket }, envelope: Uint8Array.of(1, 2, 3) },
  { type: 'deliver', admission: { kind: 'puzzle', day: 20_000, nonce: 2 ** 50 }, envelope: Uint8Array.of(1) },
  { type: 'receipt', receipt },
  ...refusals.map((reason): InboxMessage => ({ type: 'refused', reason, bits: 20, retryS: 600 })),
  { type: 'register', untilMs: sampleTimeMs, quotaBytes: 1 << 24, certificate: Uint8Array.of(9) },
  { type: 'registered', untilMs: sampleTimeMs, quotaBytes: 1 << 24 },
  { type: 'list', contacts: 512, strangers: 100 },
  {
    type: 'listed',
    more: 3,
    displaced: 1,
    envelopes: [
      { id: filled(1), bytes: 1_200, serial, strength: undefined },
      { id: filled(2), bytes: 1_200, serial: undefined, strength: 21 },
    ],
  },
  { type: 'fetch', id: filled(1) },
  { type: 'fetched', envelope: Uint8Array.of(4), witnesses: [receipt] },
  { type: 'fetched', envelope: new Uint8Array(0), witnesses: [] },
  { type: 'acknowledge', ids: [filled(1), filled(2)] },
  { type: 'done' },
  { type: 'revoke', untilMs: sampleTimeMs, serials: [serial] },
  { type: 'witness', receipt },
  { type: 'arrived' },
]

test('every message is read as it was written', () => {
  const valid = fc
    .tuple(fc.constantFrom(...messages), fc.nat())
    .map(([message, request]) => encodeInboxMessage(request, message))
  const encode = ({ request, message }: { request: number; message: InboxMessage }) =>
    encodeInboxMessage(request, message)
  // A reason that is not known yet is read, so that a later version can say why.
  const decode = (bytes: Uint8Array) => {
    const read = decodeInboxMessage(bytes)
    return bytes[0] === 5 && (bytes[5] ?? 0) >= refusals.length ? 'bad-kind' : read
  }
  assertDecoder({ valid, decode, encode }, 60)
  for (const message of messages)
    assert.equal(decodeInboxMessage(encodeInboxMessage(7, message)), { request: 7, message })
})

test('a list has at most 1,024 items', () => {
  const ids = Array.from({ length: MAX_LISTED + 1 }, () => filled(1))
  assert.is.not(typeof decodeInboxMessage(encodeInboxMessage(1, { type: 'acknowledge', ids: ids.slice(1) })), 'string')
  assert.throws(() => encodeInboxMessage(1, { type: 'acknowledge', ids }), RangeError)
})

test('the corpora are read and refused as their names say', () => {
  assertCorpus('stack/inbox/corpus/message', decodeInboxMessage)
  assertCorpus('stack/inbox/corpus/ticket', decodeTicket)
  assertCorpus('stack/inbox/corpus/receipt', decodeInboxReceipt)
  assertCorpus('stack/inbox/corpus/box', decodeBox)
  assertCorpus('stack/inbox/corpus/shelf', decodeShelf)
})

test('a ticket is of one inbox, serial, time and device', () => {
  assertDecoder({ valid: fc.constant(encodeTicket(ticket)), decode: decodeTicket, encode: encodeTicket }, 10)
  assert.ok(verifyTicket(crypto, ticket))
  assert.not(verifyTicket(crypto, { ...ticket, inbox: filled(1) }))
  assert.not(verifyTicket(crypto, { ...ticket, serial }))
  assert.not(verifyTicket(crypto, { ...ticket, untilMs: ticket.untilMs + 1 }))
  assert.not(verifyTicket(crypto, { ...ticket, device: sample.owner.secondDevice }))
})

test('a receipt is of one envelope, size, time, promise and custodian', () => {
  assertDecoder(
    { valid: fc.constant(encodeInboxReceipt(receipt)), decode: decodeInboxReceipt, encode: encodeInboxReceipt },
    10,
  )
  assert.ok(verifyInboxReceipt(crypto, receipt))
  assert.not(verifyInboxReceipt(crypto, { ...receipt, envelope: filled(2) }))
  assert.not(verifyInboxReceipt(crypto, { ...receipt, bytes: 1 }))
  assert.not(verifyInboxReceipt(crypto, { ...receipt, untilMs: 1 }))
  assert.not(verifyInboxReceipt(crypto, { ...receipt, kind: 'kept' }))
  assert.not(verifyInboxReceipt(crypto, { ...receipt, custodian: filled(2) }))
})

// protocol.md §20.3 MUST: A puzzle MUST be of today
test('a solved puzzle is worth nothing for another inbox, day, class or envelope', () => {
  const puzzle = { inbox: filled(1), day: dayOf(sampleTimeMs), sizeClass: 0, envelope: filled(2) }
  const nonce = new PuzzleSearch(crypto, puzzle, 12, 0).step(1 << 20) ?? -1
  assert.ok(puzzleBits(crypto, puzzle, nonce) >= 12)
  assert.ok(puzzleBits(crypto, { ...puzzle, inbox: filled(3) }, nonce) < 12)
  assert.ok(puzzleBits(crypto, { ...puzzle, day: puzzle.day + 1 }, nonce) < 12)
  assert.ok(puzzleBits(crypto, { ...puzzle, sizeClass: 1 }, nonce) < 12)
  assert.ok(puzzleBits(crypto, { ...puzzle, envelope: filled(3) }, nonce) < 12)
})

test('a search in slices finds what one search finds', () => {
  const puzzle = { inbox: filled(1), day: 1, sizeClass: 0, envelope: filled(2) }
  const whole = new PuzzleSearch(crypto, puzzle, 8, 0).step(1 << 20)
  const search = new PuzzleSearch(crypto, puzzle, 8, 0)
  let found: number | undefined
  for (let slices = 0; found === undefined && slices < 10_000; slices++) found = search.step(10)
  assert.is(found, whole)
})

test('what is written of an inbox is read as it was written', () => {
  const box = fc
    .tuple(fc.nat(), fc.uint8Array({ maxLength: 20 }), fc.array(fc.nat(), { maxLength: 3 }))
    .map(([displaced, certificate, revoked]) =>
      encodeBox({
        untilMs: sampleTimeMs,
        quotaBytes: 5,
        displaced,
        certificate,
        revoked: revoked.map((untilMs) => ({ serial, untilMs })),
      }),
    )
  assertDecoder({ valid: box, decode: decodeBox, encode: encodeBox }, 20)
  const revoked = Array.from({ length: MAX_REVOKED }, () => ({ serial, untilMs: 1 }))
  const full = { untilMs: 1, quotaBytes: 1, displaced: 0, certificate: new Uint8Array(0) }
  assert.is.not(typeof decodeBox(encodeBox({ ...full, revoked })), 'string')
  assert.is(decodeBox(encodeBox({ ...full, revoked: [...revoked, { serial, untilMs: 1 }] })), 'bad-count')
})

test('a shelf of 64 entries is read as it was written, one more is refused', () => {
  const entry = (index: number, ticketed: boolean) => ({
    id: filled(index),
    bytes: 1_200,
    atMs: sampleTimeMs,
    gone: index % 3 === 0,
    devices: [{ device: filled(4), acknowledged: ticketed }],
    admission: ticketed
      ? ({ kind: 'ticket', serial, untilMs: 5 } as const)
      : ({ kind: 'puzzle', strength: 17, day: 20_000 } as const),
    witnesses: ticketed ? Array.from({ length: MAX_WITNESSES }, () => receipt) : [],
  })
  const valid = fc
    .array(fc.tuple(fc.nat({ max: 255 }), fc.boolean()), { maxLength: 3 })
    .map((entries) => encodeShelf(entries.map(([index, ticketed]) => entry(index, ticketed))))
  assertDecoder({ valid, decode: decodeShelf, encode: encodeShelf }, 20)
  const full = Array.from({ length: SHELF_ENTRIES }, (_, index) => entry(index, false))
  assert.is.not(typeof decodeShelf(encodeShelf(full)), 'string')
  assert.is(decodeShelf(encodeShelf([...full, entry(1, false)])), 'bad-count')
})

test.run()
