// Ends that mean ill, and strangers: they learn nothing, get nothing, and end nothing but their own link.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { End, initiatorOptions, linkSeeds, Pair, responderOptions, startUs } from '../../test/link/pair.js'
import { filled } from '../../test/samples/name.js'
import { concat, encodeUtf8 } from '../bytes/index.js'
import { openPortableCrypto } from '../crypto/index.js'
import { FrameType } from './frame.js'
import { Initiator, type RecordKeys, Responder } from './handshake.js'
import { decodeHello, encodeHello, type Hello } from './hello.js'
import { Admission, type InitiatorOptions, openInitiator, openResponder, type ResponderOptions } from './index.js'
import { HANDSHAKE_TIMEOUT_US } from './limits.js'
import { RecordSealer } from './record.js'

const test = suite('link/hostile')
const crypto = await openPortableCrypto()

const initiator = (change: Partial<InitiatorOptions> = {}) =>
  new End(openInitiator(crypto, initiatorOptions(crypto, change)))
const responder = (change: Partial<ResponderOptions> = {}) =>
  new End(openResponder(crypto, responderOptions(crypto, change)))

const prologue = encodeUtf8('runnel v1 link')
const refused = (reason: string) => ({ kind: 'down', reason, blame: 'peer', delayUs: HANDSHAKE_TIMEOUT_US })
const ended = (reason: string) => ({ kind: 'down', reason, blame: 'peer', delayUs: 0 })

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = copy[bit >> 3]! ^ (0x80 >> (bit & 7))
  return copy
}

function withLength(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes)
}

function staticKeys(seed: Uint8Array): { secret: Uint8Array; public: Uint8Array } {
  const secret = crypto.x25519.montgomerySecret(seed)
  return { secret, public: crypto.x25519.publicFromPrivate(secret) }
}

/** An initiator in parts, which can say what an honest one would not. */
class Forger {
  readonly #initiator: Initiator

  constructor(deviceSeed = linkSeeds.initiator) {
    this.#initiator = new Initiator(
      crypto,
      {
        prologue,
        ...staticKeys(deviceSeed),
        ephemeralSecret: filled(0x31),
      },
      staticKeys(linkSeeds.responder).public,
    )
  }

  message1(payload: Uint8Array): Uint8Array {
    return withLength(this.#initiator.writeMessage1(payload)!)
  }

  keys(message2: Uint8Array): RecordKeys {
    assert.ok(this.#initiator.readMessage2(message2.subarray(2)))
    return this.#initiator.split()
  }
}

const honestHello: Hello = {
  timeMs: 1,
  versions: { lowest: 1, highest: 1 },
  features: 0,
  rank: 2,
  device: crypto.ed25519.publicKeyFromSeed(linkSeeds.initiator),
}

/** A responder that is up with a forger, who can seal whatever records. */
function forgedLink(): { end: End; seal: (frames: Uint8Array) => Uint8Array } {
  const forger = new Forger()
  const end = responder()
  end.receive(startUs, forger.message1(encodeHello(honestHello)))
  const sealer = new RecordSealer(crypto, forger.keys(end.transmit()).send)
  end.receive(startUs, sealer.seal(Uint8Array.of(FrameType.nack, 0, 0, 0)))
  assert.ok(end.up)
  return { end, seal: (frames) => sealer.seal(frames) }
}

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

test('each flipped bit of a record ends the link, and no frame of it comes out', () => {
  const probe = new Pair(crypto).rise()
  probe.initiator.link.sendFrame(FrameType.nack, 0, Uint8Array.of(1, 2, 3))
  const bits = probe.initiator.transmit().length * 8
  for (let bit = 0; bit < bits; bit++) {
    const pair = new Pair(crypto).rise()
    pair.initiator.link.sendFrame(FrameType.nack, 0, Uint8Array.of(1, 2, 3))
    const record = pair.initiator.transmit()
    assert.is(record.length * 8, bits)
    // What follows is honest, so that a record that became longer is complete.
    pair.responder.receive(pair.nowUs, concat(flipped(record, bit), new Uint8Array(65_535)))
    assert.is(pair.responder.frames.length, 1, 'the one frame of before')
    assert.equal(pair.responder.events.slice(1), [ended(pair.responder.down!.reason)])
    assert.is(pair.responder.transmit().length, 0)
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

test('a device key that does not match the static key is refused, in silence by the responder', () => {
  const end = responder()
  const other = crypto.ed25519.publicKeyFromSeed(filled(0x66))
  end.receive(startUs, new Forger().message1(encodeHello({ ...honestHello, device: other })))
  assert.equal(end.events, [refused('bad-key')])
  assert.is(end.transmit().length, 0)
})

test('a responder that names another device than the one that was meant is refused', () => {
  const keys = { prologue, ...staticKeys(linkSeeds.responder), ephemeralSecret: filled(0x32) }
  const forger = new Responder(crypto, keys)
  const end = initiator()
  forger.readMessage1(end.transmit().subarray(2))
  const other = crypto.ed25519.publicKeyFromSeed(filled(0x66))
  end.receive(startUs, withLength(forger.writeMessage2(encodeHello({ ...honestHello, device: other }))!))
  assert.equal(end.events, [ended('bad-key')])
  assert.is(end.transmit().length, 0)
})

test('a device key that is no key is refused', () => {
  const end = responder()
  end.receive(startUs, new Forger().message1(encodeHello({ ...honestHello, device: new Uint8Array(32) })))
  assert.equal(end.events, [refused('bad-key')])
})

test('a hello that does not decode is refused in silence', () => {
  for (const payload of [
    new Uint8Array(0),
    encodeHello(honestHello).subarray(1),
    concat(encodeHello(honestHello), filled(0)),
  ]) {
    const end = responder()
    end.receive(startUs, new Forger().message1(payload))
    assert.equal(end.events, [refused(decodeHello(payload) as string)])
    assert.is(end.transmit().length, 0)
  }
})

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

test('a repeated, left-out or exchanged record ends the link', () => {
  const orders = [[0, 0], [1], [1, 0], [0, 2]]
  for (const order of orders) {
    const { end, seal } = forgedLink()
    const records = [1, 2, 3].map((flags) => seal(Uint8Array.of(FrameType.nack, flags, 0, 0)))
    end.receive(startUs, concat(...order.map((index) => records[index]!)))
    assert.equal(end.down, ended('bad-seal'))
    assert.equal(
      end.frames.slice(1).map(({ flags }) => flags),
      order[0] === 0 ? [1] : [],
    )
  }
})

test('a record that is sent back to its sender does not open', () => {
  const pair = new Pair(crypto).rise()
  pair.initiator.link.sendFrame(FrameType.nack, 0, Uint8Array.of(1))
  pair.initiator.receive(pair.nowUs, pair.initiator.transmit())
  assert.equal(pair.initiator.down, ended('bad-seal'))
})

test('a record length too short for a frame’s byte and a tag ends the link', () => {
  for (const length of [0, 16]) {
    const { end } = forgedLink()
    end.receive(startUs, withLength(new Uint8Array(length)))
    assert.equal(end.down, ended('too-short'))
  }
})

test('an unknown frame is counted and the link stays; one that may be skipped is skipped', () => {
  const { end, seal } = forgedLink()
  const frames = [0x04, 0x08, 0x18, 0x7f, 0x80, 0x91, 0xff].flatMap((type) => [type, 0, 0, 1, 0xaa])
  end.receive(startUs, seal(Uint8Array.from([...frames, FrameType.nack, 9, 0, 0])))
  assert.is(end.link.counters.dropped.get('bad-type'), 4)
  assert.is(end.link.counters.skipped, 3)
  assert.equal(end.frames.at(-1), { type: FrameType.nack, flags: 9, body: new Uint8Array(0) })
  assert.is(end.down, undefined)
})

test('a record whose frames are not whole is dropped and counted, and the link stays', () => {
  const { end, seal } = forgedLink()
  const whole = [FrameType.nack, 1, 0, 0]
  end.receive(startUs, seal(Uint8Array.from([...whole, FrameType.data, 0, 0xff, 0xff, 1])))
  end.receive(startUs, seal(Uint8Array.of(1)))
  assert.is(end.link.counters.dropped.get('too-short'), 2)
  assert.is(end.frames.length, 1)
  end.receive(startUs, seal(Uint8Array.from(whole)))
  assert.is(end.frames.length, 2)
  assert.is(end.down, undefined)
})

test('whatever a peer seals, the machine does not throw and the link stays', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 8 }), (records) => {
      const { end, seal } = forgedLink()
      end.receive(startUs, concat(...records.map(seal)), () => 33)
      assert.is(end.down, undefined)
      assert.is(end.link.counters.recordsIn, records.length + 1)
    }),
  )
})

test('PINGs beyond the few that may wait go unanswered', () => {
  const { end, seal } = forgedLink()
  const ping = [FrameType.ping, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
  end.receive(startUs, seal(Uint8Array.from(Array.from({ length: 5 }, () => ping).flat())))
  assert.is(end.link.counters.dropped.get('bad-count'), 1)
  end.transmit()
  assert.is(end.link.counters.framesOut, 4)
})

test('PING and PONG of another length, and a PONG that nobody asked for, are dropped and counted', () => {
  const { end, seal } = forgedLink()
  end.receive(startUs, seal(Uint8Array.of(FrameType.ping, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, FrameType.pong, 0, 0, 0)))
  end.receive(startUs, seal(Uint8Array.of(FrameType.pong, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0)))
  end.receive(startUs, seal(Uint8Array.of(FrameType.pong, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255)))
  assert.is(end.link.counters.dropped.get('bad-length'), 2)
  assert.is(end.link.counters.dropped.get('bad-token'), 2)
  assert.is(end.transmit().length, 0)
  assert.is(end.down, undefined)
})

test.run()
