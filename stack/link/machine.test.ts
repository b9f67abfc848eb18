// Two ends that mean well: they get up, exchange frames however the bytes are cut, and leave no key behind.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { initiatorOptions, linkSeeds, Pair, responderOptions, startUs } from '../../test/link/pair.js'
import { openTestCrypto } from '../../test/provider.js'
import { sampleTimeMs } from '../../test/samples/name.js'
import { isZero } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { byteKinds, FrameType, MAX_BODY_BYTES, MAX_QUEUED_BYTES, openInitiator, openResponder } from './index.js'
import { queuedSize } from './outbound.js'
import { RecordSealer } from './record.js'

const test = suite('link/machine')
const crypto = await openTestCrypto()
const empty = new Uint8Array(0)

// protocol.md §8 MUST: No bit of features has a meaning
test('both ends get up and know each other', () => {
  const pair = new Pair(crypto, { initiator: { features: 5 }, responder: { features: 6 } }).rise()
  const device = (seed: Uint8Array) => crypto.ed25519.publicKeyFromSeed(seed)
  assert.equal(pair.initiator.events, [
    { kind: 'up', device: device(linkSeeds.responder), rank: 1, features: 6, version: 1, clockSkewMs: 0 },
  ])
  assert.equal(pair.responder.events, [
    { kind: 'up', device: device(linkSeeds.initiator), rank: 2, features: 5, version: 1, clockSkewMs: 0 },
  ])
})

// protocol.md §8 MUST: The responder's link MUST NOT count as up
test('the responder is up with the first record of the initiator, not before', () => {
  const pair = new Pair(crypto)
  pair.drive()
  assert.ok(pair.initiator.up)
  assert.is(pair.responder.up, undefined)
  assert.not(pair.responder.link.sendFrame(FrameType.nack, 0, empty))
  pair.initiator.link.sendFrame(FrameType.announce, 0, Uint8Array.of(2, 0))
  pair.drive()
  assert.ok(pair.responder.up)
  assert.equal(pair.responder.frames, [{ type: FrameType.announce, flags: 0, body: Uint8Array.of(2, 0) }])
})

test('nothing is sent before the link is up', () => {
  const pair = new Pair(crypto)
  assert.not(pair.initiator.link.sendFrame(FrameType.announce, 0, empty))
  pair.rise()
  assert.is(pair.responder.frames.length, 1)
  assert.is(pair.initiator.link.counters.framesOut, 1)
})

test('the clocks of both ends are compared', () => {
  const pair = new Pair(crypto, { latencyUs: 30_000, responder: { nowMs: sampleTimeMs + 5_000 } }).rise()
  assert.is(pair.initiator.up?.clockSkewMs, 5_000 - 60)
  assert.is(pair.responder.up?.clockSkewMs, -5_000 - 30)
})

test('any cutting of the bytes gives the same frames', () => {
  const frame = fc.record({
    type: fc.constantFrom(FrameType.interest, FrameType.data, FrameType.nack, FrameType.announce),
    flags: fc.integer({ min: 0, max: 255 }),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 90 }),
      fc.constantFrom(30_000, 61_461).map((n) => new Uint8Array(n)),
    ),
    headBytes: fc.integer({ min: 0, max: 30 }),
    back: fc.boolean(),
    flush: fc.boolean(),
  })
  const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70_000 })), {
    minLength: 1,
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 25 }), cuts, (frames, sizes) => {
      let turn = 0
      const pair = new Pair(crypto, { cut: () => sizes[turn++ % sizes.length]! }).rise()
      pair.responder.frames.length = 0
      const sent = { there: [] as unknown[], back: [] as unknown[] }
      for (const { type, flags, body, headBytes, back, flush } of frames) {
        const link = back ? pair.responder.link : pair.initiator.link
        assert.ok(link.sendFrame(type, flags, body.subarray(0, headBytes), body.subarray(headBytes)))
        sent[back ? 'back' : 'there'].push({ type, flags, body })
        if (flush) pair.drive()
      }
      pair.drive()
      assert.equal(pair.responder.frames, sent.there)
      assert.equal(pair.initiator.frames, sent.back)
      assert.is(pair.initiator.down ?? pair.responder.down, undefined)
    }),
    { numRuns: 60 },
  )
})

test('handshake and first record may come a byte at a time', () => {
  const pair = new Pair(crypto, { cut: () => 1 }).rise()
  assert.ok(pair.initiator.up && pair.responder.up)
})

test('what an end counts is what went over the pipe', () => {
  const pair = new Pair(crypto).rise()
  pair.responder.link.sendFrame(FrameType.data, 0, empty, new Uint8Array(61_461))
  pair.responder.link.sendFrame(FrameType.nack, 0, empty)
  pair.drive()
  const [initiator, responder] = [pair.initiator.link.counters, pair.responder.link.counters]
  assert.is(initiator.bytesOut, pair.initiator.sentBytes)
  assert.is(initiator.bytesIn, pair.responder.sentBytes)
  assert.is(responder.bytesIn, initiator.bytesOut)
  assert.is(responder.recordsOut, 2)
  assert.is(initiator.recordsIn, 2)
  assert.is(initiator.framesIn, 2)
  assert.is(responder.framesOut, 2)
  assert.is(initiator.dropped.size, 0)
})

test('bytes are counted by what they are for, and each once', () => {
  const pair = new Pair(crypto).rise()
  pair.responder.link.sendFrame(FrameType.data, 0, empty, new Uint8Array(50_000))
  pair.initiator.link.sendFrame(FrameType.interest, 0, new Uint8Array(96))
  pair.initiator.link.sendFrame(FrameType.nack, 0, empty)
  pair.initiator.link.sendFrame(FrameType.bytes, 0, new Uint8Array(10))
  pair.drive()
  for (const [from, to] of [
    [pair.initiator, pair.responder],
    [pair.responder, pair.initiator],
  ] as const) {
    const { kindsOut, bytesOut } = from.link.counters
    assert.equal(to.link.counters.kindsIn, kindsOut)
    assert.is(
      byteKinds.reduce((sum, kind) => sum + kindsOut[kind], 0),
      bytesOut,
    )
  }
  assert.is(pair.initiator.link.counters.kindsOut.interest, 100)
  assert.is(pair.initiator.link.counters.kindsOut.session, 14)
  assert.is(pair.responder.link.counters.kindsOut.data, 50_004)
})

test('a record that does not open is counted as dropped', () => {
  const pair = new Pair(crypto).rise()
  pair.initiator.link.handleBytes(startUs, new Uint8Array([0, 32, ...new Uint8Array(32)]))
  assert.is(pair.initiator.link.counters.dropped.get('bad-seal'), 1)
})

test('the first messages have 145 and 97 bytes', () => {
  const pair = new Pair(crypto)
  pair.drive()
  assert.equal([pair.initiator.sentBytes, pair.responder.sentBytes], [145, 97])
})

test('what is queued is bounded: at the limit a frame is taken, beyond it refused and counted', () => {
  const { initiator } = new Pair(crypto).rise()
  const { link } = initiator
  const chunk = new Uint8Array(MAX_BODY_BYTES)
  while (link.queuedBytes + queuedSize(chunk.length) <= MAX_QUEUED_BYTES) {
    assert.ok(link.sendFrame(FrameType.data, 0, chunk))
  }
  const rest = MAX_QUEUED_BYTES - link.queuedBytes - queuedSize(0)
  assert.not(link.sendFrame(FrameType.data, 0, chunk.subarray(0, rest + 1)))
  assert.is(link.counters.refused, 1)
  assert.ok(link.sendFrame(FrameType.data, 0, chunk.subarray(0, rest)))
  const { length } = initiator.transmit()
  assert.ok(length <= MAX_QUEUED_BYTES && length > MAX_QUEUED_BYTES - 100, String(length))
  assert.is(link.queuedBytes, 0)
  assert.ok(link.sendFrame(FrameType.data, 0, chunk))
})

test('a frame that fits no frame is the caller’s mistake', () => {
  const { link } = new Pair(crypto).rise().initiator
  assert.throws(() => link.sendFrame(0x100, 0, empty), RangeError)
  assert.throws(() => link.sendFrame(FrameType.data, 0, new Uint8Array(MAX_BODY_BYTES), Uint8Array.of(0)), RangeError)
  assert.ok(link.sendFrame(FrameType.nack, 0, empty))
})

// protocol.md §8 MUST: A key MUST NOT seal more than 2^36 records
test('a key that has sealed all that it may ends the link, whoever asks for one record more', () => {
  const asked = [
    (pair: Pair) => pair.initiator.transmit(),
    (pair: Pair) => pair.initiator.link.sendFrame(FrameType.data, 0, new Uint8Array(61_461)),
  ]
  for (const ask of asked) {
    const pair = new Pair(crypto).rise()
    pair.initiator.link.sendFrame(FrameType.nack, 0, empty)
    const honest = Object.getOwnPropertyDescriptor(RecordSealer.prototype, 'usedUp')!
    Object.defineProperty(RecordSealer.prototype, 'usedUp', { ...honest, get: () => true })
    ask(pair)
    Object.defineProperty(RecordSealer.prototype, 'usedUp', honest)
    pair.initiator.drain()
    assert.equal(pair.initiator.down, { kind: 'down', reason: 'used-up', blame: 'local', delayUs: 0 })
    assert.is(pair.initiator.transmit().length, 0)
  }
})

test('closing says so once, drops what waits and takes nothing more', () => {
  const pair = new Pair(crypto).rise()
  const { link } = pair.initiator
  link.sendFrame(FrameType.nack, 0, empty)
  link.close()
  link.close()
  link.handleEnd()
  pair.initiator.drain()
  assert.equal(pair.initiator.events.slice(1), [{ kind: 'down', reason: 'closed', blame: 'local', delayUs: 0 }])
  assert.is(link.pollTransmit(), undefined)
  assert.is(link.pollTimeout(), undefined)
  assert.is(link.queuedBytes, 0)
  assert.not(link.sendFrame(FrameType.nack, 0, empty))
  const before = link.counters.bytesIn
  link.handleBytes(pair.nowUs, new Uint8Array(100))
  link.handleTimeout(pair.nowUs + 60_000_000)
  assert.is(link.counters.bytesIn, before)
})

test('the end of the connection is the network’s', () => {
  const { responder } = new Pair(crypto).rise()
  responder.link.handleEnd()
  responder.drain()
  assert.equal(responder.down, { kind: 'down', reason: 'ended', blame: 'network', delayUs: 0 })
})

test('a device that is no key cannot be opened to', () => {
  const pair = new Pair(crypto, { initiator: { remoteDevice: new Uint8Array(32).fill(0xff) } })
  pair.drive()
  assert.equal(pair.initiator.events, [{ kind: 'down', reason: 'bad-key', blame: 'local', delayUs: 0 }])
  assert.is(pair.initiator.sentBytes, 0)
})

/** A crypto that remembers every secret that goes through it. */
function watched(): { crypto: Crypto; secrets: Uint8Array[] } {
  const secrets: Uint8Array[] = []
  const keep = <T extends Uint8Array | undefined>(secret: T): T => {
    if (secret !== undefined) secrets.push(secret)
    return secret
  }
  const { x25519 } = crypto
  const watching: Crypto = {
    ...crypto,
    hkdf2: (chainingKey, input) => {
      const [first, second] = crypto.hkdf2(chainingKey, input)
      return [keep(first), keep(second)]
    },
    x25519: {
      ...x25519,
      shared: (secret, publicKey) => keep(x25519.shared(keep(secret), publicKey)),
      montgomerySecret: (seed) => keep(x25519.montgomerySecret(seed)),
    },
  }
  return { crypto: watching, secrets }
}

test('no secret is left in memory after a link was closed', () => {
  const { crypto: watching, secrets } = watched()
  const pair = new Pair(watching).rise()
  assert.ok(pair.responder.up)
  assert.is(secrets.filter((secret) => !isZero(secret)).length, 4, 'the keys of both directions at both ends')
  pair.initiator.link.close()
  pair.responder.link.close()
  assert.is(secrets.filter((secret) => !isZero(secret)).length, 0)
  assert.ok(secrets.length > 20)
})

test('no secret is left in memory when a handshake fails or is given up', () => {
  const { crypto: watching, secrets } = watched()
  const stranger = crypto.ed25519.publicKeyFromSeed(new Uint8Array(32).fill(0x77))
  const pair = new Pair(watching, { initiator: { remoteDevice: stranger } })
  pair.drive()
  assert.ok(pair.responder.down)
  pair.advance(11_000_000)
  assert.ok(pair.initiator.down)
  openResponder(watching, responderOptions(watching)).close()
  assert.is(secrets.filter((secret) => !isZero(secret)).length, 0)
})

test('the caller’s own seeds are left alone', () => {
  const options = initiatorOptions(crypto, { deviceSeed: linkSeeds.initiator.slice() })
  openInitiator(crypto, options).close()
  assert.equal(options.deviceSeed, linkSeeds.initiator)
  assert.is(options.nowUs, startUs)
})

test.run()
