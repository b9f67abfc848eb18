// Strangers, and handshakes that do not fit: they learn nothing, get nothing, and end nothing but their own link.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ended, Forger, flipped, forgeMessage2, honestHello, refused, withLength } from '../../test/link/forger.js'
import { End, initiatorOptions, Pair, responderOptions, startUs } from '../../test/link/pair.js'
import { openTestCrypto } from '../../test/provider.js'
import { filled } from '../../test/samples/name.js'
import { concat, type Reason } from '../bytes/index.js'
import { decodeHello, encodeHello } from './hello.js'
import { Admission, openInitiator, openResponder, type ResponderOptions } from './index.js'
import { HANDSHAKE_TIMEOUT_US } from './limits.js'

const test = suite('link/strangers')
const crypto = await openTestCrypto()

const initiator = () => new End(openInitiator(crypto, initiatorOptions(crypto)))
const responder = (change: Partial<ResponderOptions> = {}) =>
  new End(openResponder(crypto, responderOptions(crypto, change)))

test('each flipped bit of message 1 gets silence until the handshake would have ended anyway', () => {
  const message = initiator().transmit()
  for (let bit = 0; bit < message.length * 8; bit++) {
    const end = responder()
    end.receive(startUs, flipped(message, bit))
    // A length that has become longer is waited for, as it is of anybody.
    const longer = bit < 16 && end.down === undefined
    if (longer) end.wake(startUs + HANDSHAKE_TIMEOUT_US)
    assert.is(end.transmit().length, 0, `bit ${bit}`)
    assert.is(end.up, undefined)
    assert.is(end.events.length, 1, `bit ${bit}`)
    assert.is(end.down!.delayUs, longer ? 0 : HANDSHAKE_TIMEOUT_US)
  }
})

test('each flipped bit of message 2 ends the initiator’s link without a byte', () => {
  const first = initiator()
  const end = responder()
  end.receive(startUs, first.transmit())
  const reply = end.transmit()
  for (let bit = 0; bit < reply.length * 8; bit++) {
    const again = initiator()
    again.transmit()
    again.receive(startUs, flipped(reply, bit))
    if (again.down === undefined) again.wake(startUs + HANDSHAKE_TIMEOUT_US)
    assert.is(again.transmit().length, 0)
    assert.equal(
      again.events.map(({ kind }) => kind),
      ['down'],
      `bit ${bit}`,
    )
  }
})

test('a responder sends no more than it received until message 1 has authenticated, and then less', () => {
  const end = responder()
  const message = initiator().transmit()
  for (let at = 0; at < message.length; at++) {
    assert.is(end.transmit().length, 0)
    end.receive(startUs, message.subarray(at, at + 1))
  }
  const replied = end.transmit().length
  assert.ok(replied > 0 && replied < message.length)
})

// protocol.md §8 MUST: A responder that cannot open message 1 MUST send nothing
test('whatever a stranger sends, they see nothing and then the end, at the same time for all', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 700 }),
      fc.integer({ min: 1, max: 9_999_999 }),
      (bytes, us) => {
        const end = responder()
        end.receive(startUs + us, bytes)
        if (end.down === undefined) end.wake(startUs + HANDSHAKE_TIMEOUT_US)
        assert.is(end.transmit().length, 0)
        assert.is(end.events.length, 1)
        const atUs = end.down!.reason === 'timeout' ? startUs + HANDSHAKE_TIMEOUT_US : startUs + us + end.down!.delayUs
        assert.is(atUs, startUs + HANDSHAKE_TIMEOUT_US)
      },
    ),
  )
})

// protocol.md §8 MUST: A length of more than 512
test('a handshake length beyond 512, or too short for its keys, is refused at once', () => {
  for (const [length, reason] of [
    [513, 'too-long'],
    [65_535, 'too-long'],
    [95, 'too-short'],
    [0, 'too-short'],
  ] as const) {
    const end = responder()
    end.receive(startUs, Uint8Array.of(length >> 8, length & 0xff))
    assert.equal(end.events, [refused(reason)])
  }
  const end = responder()
  end.receive(startUs, withLength(new Uint8Array(512)))
  assert.equal(end.events, [refused('bad-seal')])
})

test('an initiator refuses a message 2 of an impossible length', () => {
  for (const [length, reason] of [
    [513, 'too-long'],
    [47, 'too-short'],
  ] as const) {
    const end = initiator()
    end.receive(startUs, Uint8Array.of(length >> 8, length & 0xff))
    assert.equal(end.events, [ended(reason)])
  }
})

test('a message 1 for another device gets silence, and its sender a timeout', () => {
  const pair = new Pair(crypto, { initiator: { remoteDevice: crypto.ed25519.publicKeyFromSeed(filled(0x55)) } })
  pair.drive()
  assert.equal(pair.responder.events, [refused('bad-seal')])
  assert.is(pair.responder.sentBytes, 0)
  pair.advance(HANDSHAKE_TIMEOUT_US)
  assert.equal(pair.initiator.events, [{ kind: 'down', reason: 'timeout', blame: 'network', delayUs: 0 }])
})

// protocol.md §8 MUST: It MUST bound half-open handshakes
test('a message 1 that was accepted before gets silence, and costs no public-key work', () => {
  const admission = new Admission(new Uint8Array(8))
  const guard = {
    isReplay: (ephemeral: Uint8Array) => admission.isReplay(ephemeral),
    remember: (ephemeral: Uint8Array) => admission.remember(ephemeral),
  }
  const message = initiator().transmit()
  const first = responder(guard)
  first.receive(startUs, message)
  assert.is(first.transmit().length, 97)
  let operations = 0
  const shared = (secret: Uint8Array, publicKey: Uint8Array) => {
    operations++
    return crypto.x25519.shared(secret, publicKey)
  }
  const counting = { ...crypto, x25519: { ...crypto.x25519, shared } }
  const second = new End(openResponder(counting, responderOptions(counting, guard)))
  second.receive(startUs, message)
  assert.equal(second.events, [refused('replayed')])
  assert.is(second.transmit().length, 0)
  assert.is(operations, 0)
  first.link.close()
  assert.is(admission.counters.replayed, 1)
})

test('a message 1 that does not authenticate is not remembered, so garbage cannot push others out', () => {
  let remembered = 0
  const end = responder({ remember: () => remembered++ })
  end.receive(startUs, withLength(new Uint8Array(143).fill(9)))
  assert.ok(end.down)
  assert.is(remembered, 0)
})

test('who replays a handshake without its keys never gets up', () => {
  const end = responder({ isReplay: () => false })
  end.receive(startUs, initiator().transmit())
  assert.ok(end.transmit().length > 0)
  end.receive(startUs, withLength(new Uint8Array(40)))
  assert.equal(end.events, [ended('bad-seal')])
})

// protocol.md §8 MUST: `device key`'s Montgomery form MUST equal
test('a device key that does not match the static key is refused, in silence by the responder', () => {
  const end = responder()
  const other = crypto.ed25519.publicKeyFromSeed(filled(0x66))
  end.receive(startUs, new Forger(crypto).message1(encodeHello({ ...honestHello(crypto), device: other })))
  assert.equal(end.events, [refused('bad-key')])
  assert.is(end.transmit().length, 0)
})

// protocol.md §8 MUST: `device key`'s Montgomery form MUST equal
test('a responder that names another device than the one that was meant is refused', () => {
  const end = initiator()
  const device = crypto.ed25519.publicKeyFromSeed(filled(0x66))
  const payload = encodeHello({ ...honestHello(crypto), device })
  end.receive(startUs, forgeMessage2(crypto, end.transmit(), payload))
  assert.equal(end.events, [ended('bad-key')])
  assert.is(end.transmit().length, 0)
})

test('a device key that is no key is refused', () => {
  const end = responder()
  end.receive(startUs, new Forger(crypto).message1(encodeHello({ ...honestHello(crypto), device: new Uint8Array(32) })))
  assert.equal(end.events, [refused('bad-key')])
})

test('a hello that does not decode is refused in silence', () => {
  for (const payload of [
    new Uint8Array(0),
    encodeHello(honestHello(crypto)).subarray(1),
    concat(encodeHello(honestHello(crypto)), filled(0)),
  ]) {
    const end = responder()
    end.receive(startUs, new Forger(crypto).message1(payload))
    assert.equal(end.events, [refused(decodeHello(payload) as Reason)])
    assert.is(end.transmit().length, 0)
  }
})

// protocol.md §8 MUST: The version spoken MUST be
test('without a common version both ends know why, and neither gets up', () => {
  const pair = new Pair(crypto, { initiator: { versions: { lowest: 2, highest: 3 } } })
  pair.drive()
  assert.equal(pair.initiator.events, [ended('bad-version')])
  assert.equal(pair.responder.events, [ended('bad-version')])
})

test('an end that speaks more versions speaks the highest that is common', () => {
  const wide = { versions: { lowest: 1, highest: 7 } }
  const pair = new Pair(crypto, { initiator: wide, responder: { versions: { lowest: 1, highest: 4 } } }).rise()
  assert.equal([pair.initiator.up?.version, pair.responder.up?.version], [4, 4])
})

test.run()
