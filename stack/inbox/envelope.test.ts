// Envelopes and letters: whom they open for, what binds one to the other, and what a carrier sees of them.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { inboxSeeds, SampleInbox } from '../../test/samples/inbox.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import { concat, toHex } from '../bytes/index.js'
import { openHpke } from '../crypto/index.js'
import { classOf, decodeEnvelope, type Envelope, encodeEnvelope, openEnvelope, sealEnvelope } from './envelope.js'
import { decodeLetter, encodeLetter, type Letter, letterBytes, verifyLetter } from './letter.js'
import { MAX_ATTACHMENTS, MAX_ENVELOPE_BYTES, MAX_RECIPIENTS, MAX_TICKETS } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const { owner } = sample
const test = suite('inbox/envelope')

function read(bytes: Uint8Array): Envelope {
  const envelope = decodeEnvelope(bytes)
  if (typeof envelope === 'string') throw new Error(envelope)
  return envelope
}

function open(bytes: Uint8Array, device = owner.device, key: Uint8Array = inboxSeeds.keys[0]): Letter {
  const letter = openEnvelope(crypto, read(bytes), device, [filled(99), key])
  if (typeof letter === 'string') throw new Error(letter)
  return letter
}

test('each device of the owner reads the same letter, proven to be from its sender', () => {
  const bytes = sample.envelope(sample.letter(), 2)
  for (const [index, device] of [owner.device, owner.secondDevice].entries()) {
    const letter = open(bytes, device, inboxSeeds.keys[index])
    assert.is(verifyLetter(crypto, letter, read(bytes), undefined), undefined)
    assert.is(new TextDecoder().decode(letter.body), 'hello')
    assert.equal([letter.sender, letter.subject, letter.timeMs], [sample.sender.name, 'greeting', sampleTimeMs])
  }
})

test('nobody else opens it, and not with a key that is gone', () => {
  const envelope = read(sample.envelope())
  assert.is(openEnvelope(crypto, envelope, owner.secondDevice, [inboxSeeds.keys[0]]), 'not-member')
  assert.is(openEnvelope(crypto, envelope, owner.device, [inboxSeeds.keys[1]]), 'expired')
  assert.is(openEnvelope(crypto, envelope, owner.device, []), 'expired')
})

test('letters of one class have one length, and the class is the smallest that fits', () => {
  const short = sample.envelope(sample.letter({ body: new Uint8Array(1) }))
  assert.is(sample.envelope(sample.letter({ body: new Uint8Array(200) })).length, short.length)
  const room = (sizeClass: number): number =>
    (1024 << sizeClass) - 4 - letterBytes(sample.letter({ body: new Uint8Array(0) }))
  for (let sizeClass = 0; sizeClass < 6; sizeClass++) {
    assert.is(classOf(sample.letter({ body: new Uint8Array(room(sizeClass)) })), sizeClass)
    assert.is(read(sample.envelope(sample.letter({ body: new Uint8Array(room(sizeClass)) }))).sizeClass, sizeClass)
  }
  const over = sample.letter({ body: new Uint8Array(room(5) + 1) })
  assert.is(classOf(over), undefined)
  const to = [{ device: owner.device, key: filled(9) }]
  const refused = sealEnvelope(crypto, {
    inbox: owner.name,
    to,
    body: over,
    deviceSeed: filled(1),
    random: new Uint8Array(64),
  })
  assert.is(refused, 'too-long')
})

// protocol.md §20.2 MUST: The signature binds the letter
test('a letter that is put into another envelope is refused: for another inbox, device or key', () => {
  const bytes = sample.envelope(sample.letter(), 2)
  const letter = open(bytes)
  const { inbox, recipients } = read(bytes)
  const [first, second] = recipients as [Envelope['recipients'][0], Envelope['recipients'][0]]
  const check = (to: Parameters<typeof verifyLetter>[2]) => verifyLetter(crypto, letter, to, undefined)
  assert.is(check({ inbox, recipients }), undefined)
  assert.is(check({ inbox: filled(1), recipients }), 'bad-signature')
  assert.is(check({ inbox, recipients: [first] }), 'bad-signature')
  assert.is(check({ inbox, recipients: [second, first] }), 'bad-signature')
  assert.is(check({ inbox, recipients: [first, { ...second, device: filled(1) }] }), 'bad-signature')
  assert.is(check({ inbox, recipients: [first, { ...second, enc: filled(1) }] }), 'bad-signature')
  const readdressed = read(encodeEnvelope({ ...read(bytes), inbox: filled(1) }))
  assert.type(openEnvelope(crypto, readdressed, owner.device, [inboxSeeds.keys[0]]), 'string')
})

// protocol.md §20.2 MUST: A reader MUST refuse a letter
test('a letter is from nobody whose certificate does not list the device, nor the highest that is known', () => {
  const bytes = sample.envelope()
  const letter = open(bytes)
  const to = read(bytes)
  const change = (changed: Partial<Letter>) => verifyLetter(crypto, { ...letter, ...changed }, to, undefined)
  assert.is(change({ sender: owner.name }), 'bad-name')
  assert.is(change({ device: owner.device }), 'not-member')
  assert.is(change({ certificate: Uint8Array.of(1) }), 'too-short')
  assert.is(change({ subject: 'other' }), 'bad-signature')
  assert.is(change({ tickets: [sample.ticket(1)] }), 'bad-signature')
  const struck = sample.sender.certificate(
    { devices: [owner.device], serial: 4_000_000_000 },
    inboxSeeds.senderRungs[0],
  )
  assert.is(verifyLetter(crypto, letter, to, struck), 'not-member')
  const older = sample.sender.certificate({ devices: [owner.device], serial: 1 }, inboxSeeds.senderRungs[0])
  assert.is(verifyLetter(crypto, letter, to, older), undefined)
})

// protocol.md §20.1 MUST: The content key MUST be fresh
test('an envelope is made with the random bytes that it was given, and they are wiped', () => {
  const seal = (value: number) => {
    const random = new Uint8Array(64).fill(value)
    const to = [{ device: owner.device, key: crypto.x25519.publicFromPrivate(inboxSeeds.keys[0]) }]
    const sealing = { inbox: owner.name, to, body: sample.letter(), deviceSeed: inboxSeeds.sender, random }
    const envelope = sealEnvelope(crypto, sealing)
    assert.equal(random, new Uint8Array(64))
    return read(envelope as Uint8Array)
  }
  const [first, second] = [seal(1), seal(2)]
  assert.is.not(toHex(first.sealed), toHex(second.sealed))
  assert.is.not(toHex(first.recipients[0]!.enc), toHex(second.recipients[0]!.enc))
})

// protocol.md §20.1 MUST: Padding that is not zero
test('what follows the letter is zeros', () => {
  const envelope = read(sample.envelope())
  const [recipient] = envelope.recipients
  const contentKey = openHpke(
    crypto,
    inboxSeeds.keys[0],
    { enc: recipient!.enc, sealed: recipient!.wrapped },
    new TextEncoder().encode('runnel v1 inbox'),
    concat(owner.name, owner.device),
  )!
  const header = encodeEnvelope(envelope).subarray(0, -envelope.sealed.length)
  const padded = crypto.openRecord(contentKey, 0, envelope.sealed, header)!
  padded[padded.length - 1] = 1
  const sealed = crypto.sealRecord(contentKey, 0, padded, header)
  assert.is(openEnvelope(crypto, { ...envelope, sealed }, owner.device, [inboxSeeds.keys[0]]), 'bad-padding')
})

test('a bit that flips anywhere is found', () => {
  const bytes = sample.envelope()
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), (at) => {
      const changed = bytes.slice()
      changed[at]! ^= 1
      const envelope = decodeEnvelope(changed)
      if (typeof envelope === 'string') return
      const letter = openEnvelope(crypto, envelope, owner.device, [inboxSeeds.keys[0]])
      assert.type(letter, 'string')
    }),
    { numRuns: 30 },
  )
})

test('32 devices are one envelope of at most 36,403 bytes, one more is not', () => {
  const to = Array.from({ length: MAX_RECIPIENTS }, (_, index) => ({
    device: filled(index),
    key: crypto.x25519.publicFromPrivate(filled(index + 1)),
  }))
  const seal = (recipients: typeof to) =>
    sealEnvelope(crypto, {
      inbox: owner.name,
      to: recipients,
      body: sample.letter({ body: new Uint8Array(20_000) }),
      deviceSeed: inboxSeeds.sender,
      random: new Uint8Array(32 * (recipients.length + 1)).fill(3),
    })
  const full = seal(to) as Uint8Array
  assert.is(full.length, MAX_ENVELOPE_BYTES)
  assert.is(read(full).recipients.length, MAX_RECIPIENTS)
  assert.throws(() => seal([...to, { device: filled(50), key: filled(51) }]), RangeError)
  assert.is(decodeEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1)), 'too-long')
})

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const recipient = fc
  .tuple(bytes32, fc.uint8Array({ minLength: 48, maxLength: 48 }))
  .map(([enc, wrapped]) => ({ enc, wrapped }))

test('an envelope is read as it was written', () => {
  const valid = fc
    .tuple(bytes32, fc.array(recipient, { minLength: 1, maxLength: 3 }), fc.nat({ max: 1 }))
    .map(([inbox, made, sizeClass]) => {
      const recipients = made.map((one, index) => ({ device: filled(index), ...one }))
      return encodeEnvelope({ inbox, sizeClass, recipients, sealed: new Uint8Array((1024 << sizeClass) + 16).fill(5) })
    })
  assertDecoder({ valid, decode: decodeEnvelope, encode: encodeEnvelope }, 10)
})

test('a letter is read as it was written, with at most 16 attachments and 32 tickets', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 10 })
  const attachment = fc.record({ name: text, bytes: fc.nat(), link: text }).map((one) => ({ ...one }))
  const valid = fc
    .tuple(text, fc.uint8Array({ maxLength: 50 }), fc.array(attachment, { maxLength: 2 }), fc.nat({ max: 1 }))
    .map(([subject, body, attachments, tickets]) =>
      encodeLetter({
        ...sample.letter({ subject, body, attachments, certificate: Uint8Array.of(1, 2) }),
        kind: tickets === 0 ? 'message' : 'grant',
        tickets: tickets === 0 ? [] : [sample.ticket(1)],
        signature: new Uint8Array(64),
      }),
    )
  assertDecoder({ valid, decode: decodeLetter, encode: encodeLetter }, 20)
  const many = <T>(length: number, one: T): T[] => Array.from({ length }, () => one)
  const attached = { name: 'a', bytes: 1, link: 'b' }
  const full = { ...sample.letter(), signature: new Uint8Array(64) }
  const most = encodeLetter({
    ...full,
    attachments: many(MAX_ATTACHMENTS, attached),
    tickets: many(MAX_TICKETS, sample.ticket(1)),
  })
  assert.is.not(typeof decodeLetter(most), 'string')
  assert.throws(() => encodeLetter({ ...full, attachments: many(MAX_ATTACHMENTS + 1, attached) }), RangeError)
  assert.throws(() => encodeLetter({ ...full, tickets: many(MAX_TICKETS + 1, sample.ticket(1)) }), RangeError)
})

test('the corpora are read and refused as their names say', () => {
  assertCorpus('stack/inbox/corpus/envelope', decodeEnvelope)
  assertCorpus('stack/inbox/corpus/letter', decodeLetter)
  assert.is(
    decodeLetter(concat(encodeLetter({ ...sample.letter(), signature: new Uint8Array(64) }), Uint8Array.of(0))),
    'trailing',
  )
})

test.run()
