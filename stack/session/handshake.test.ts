// The handshake of a session: who is meant reads it, nobody else does, and nobody twice.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { concat, encodeUtf8 } from '../bytes/index.js'
import { Initiator, RecentKeys, Responder, withDeviceKeys } from '../noise/index.js'
import { openCall, readCall } from './handshake.js'
import { MAX_MESSAGE_BYTES } from './limits.js'
import { encodeCallHello } from './wire/greeting.js'

const test = suite('session/handshake')
const crypto = await openTestCrypto()

function keys(number: number, ephemeral: number) {
  const deviceSeed = new Uint8Array(32).fill(number)
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  return { deviceSeed, device, ephemeralSeed: new Uint8Array(32).fill(ephemeral) }
}

const hello = {
  timeMs: 1_700_000_000_000,
  resume: false,
  id: new Uint8Array(16).fill(5),
  received: 7,
  service: 'chat',
  certificate: new Uint8Array(1_682),
}

function replays() {
  const recent = new RecentKeys(new Uint8Array(8))
  return { isReplay: (key: Uint8Array) => recent.has(key), remember: (key: Uint8Array) => recent.add(key) }
}

function call(from = keys(1, 11), to = keys(2, 12)) {
  const opened = openCall(crypto, from, to.device, hello)
  if (typeof opened === 'string') throw new Error(opened)
  return opened
}

test('both sides read what the other says, and seal for each other; the longest certificate fits', () => {
  const opened = call()
  assert.ok(opened.message.length <= MAX_MESSAGE_BYTES)
  const read = readCall(crypto, keys(2, 12), opened.message, replays())
  if (typeof read === 'string') throw new Error(read)
  assert.equal(read.hello, { ...hello, device: keys(1, 11).device })
  const said = { status: 'accepted', received: 3, certificate: new Uint8Array(2) } as const
  const reply = read.answer(said)
  const answered = opened.handleAnswer(reply?.message ?? new Uint8Array(0))
  if (typeof answered === 'string') throw new Error(answered)
  assert.equal(answered.answer, said)
  assert.equal(answered.keys.send, reply?.keys.receive)
  assert.equal(answered.keys.receive, reply?.keys.send)
})

test('a call for another device, a changed one and a cut one are not read', () => {
  const { message } = call()
  assert.is(readCall(crypto, keys(3, 12), message, replays()), 'bad-seal')
  for (const at of [0, 40, message.length - 1]) {
    const changed = message.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.is(readCall(crypto, keys(2, 12), changed, replays()), 'bad-seal')
  }
  for (const length of [0, 31, 32, 95, message.length - 1]) {
    assert.type(readCall(crypto, keys(2, 12), message.subarray(0, length), replays()), 'string')
  }
})

// protocol.md §10.12 MUST: A message 1 whose ephemeral key came lately
test('a call that came before is refused, and one that did not open is not remembered', () => {
  const guard = replays()
  const { message } = call()
  const changed = message.slice()
  changed[message.length - 1] = (changed[message.length - 1] ?? 0) ^ 1
  assert.is(readCall(crypto, keys(2, 12), changed, guard), 'bad-seal')
  assert.type(readCall(crypto, keys(2, 13), message, guard), 'object')
  assert.is(readCall(crypto, keys(2, 14), message, guard), 'replayed')
})

// protocol.md §10.12 MUST: The device key's Montgomery form
test('who names a device whose key it does not hold is refused', () => {
  const honest = keys(1, 11)
  // The static key of device 1, and the hello of device 4.
  const forged = openCall(crypto, { ...honest, device: keys(4, 1).device }, keys(2, 12).device, hello)
  if (typeof forged === 'string') throw new Error(forged)
  assert.type(readCall(crypto, keys(2, 12), forged.message, replays()), 'string')
})

test('an answer of somebody else is not taken', () => {
  const opened = call()
  const other = call(keys(1, 21), keys(2, 12))
  const read = readCall(crypto, keys(2, 12), other.message, replays())
  if (typeof read === 'string') throw new Error(read)
  const reply = read.answer({ status: 'accepted', received: 0, certificate: new Uint8Array(0) })
  assert.is(opened.handleAnswer(reply?.message ?? new Uint8Array(0)), 'bad-seal')
  assert.is(openCall(crypto, keys(1, 11), new Uint8Array(32), hello), 'bad-key')
})

test('a device whose key is of small order cannot be called, though its form is a key', () => {
  const own = keys(1, 11)
  // The Edwards point of order 2, whose Montgomery form is 0.
  const order2 = new Uint8Array(32).fill(0xff)
  order2[0] = 0xec
  order2[31] = 0x7f
  assert.is(openCall(crypto, own, order2, hello), 'bad-key')
  const careless = { ...crypto, x25519: { ...crypto.x25519, montgomeryPublic: () => new Uint8Array(32) } }
  assert.is(openCall(careless, own, order2, hello), 'bad-key')
})

/** Both sides as they are below the greetings, to say anything. */
function below(from: number, ephemeral: number) {
  const to = keys(2, 12)
  const prologue = concat(encodeUtf8('runnel v1 session'), to.device)
  const remote = crypto.x25519.montgomeryPublic(to.device) ?? new Uint8Array(32)
  const own = { ...keys(from, ephemeral), prologue }
  const initiator = withDeviceKeys(crypto, own, (made) => new Initiator(crypto, made, remote))
  const responder = withDeviceKeys(crypto, { ...to, prologue }, (made) => new Responder(crypto, made))
  return { to, initiator, responder }
}

test('a call that opens and is no greeting is refused', () => {
  const { to, initiator } = below(1, 11)
  const message = initiator.writeMessage1(Uint8Array.of(1, 2, 3)) ?? new Uint8Array(0)
  assert.is(readCall(crypto, to, message, replays()), 'too-short')
})

// protocol.md §10.12 MUST: The device key's Montgomery form
test('who speaks with its own key in the name of another device, or of what is none, is refused', () => {
  const read = (device: Uint8Array) => {
    const { to, initiator } = below(1, 11)
    const message = initiator.writeMessage1(encodeCallHello({ ...hello, device })) ?? new Uint8Array(0)
    return readCall(crypto, to, message, replays())
  }
  assert.type(read(keys(1, 11).device), 'object')
  assert.is(read(keys(4, 11).device), 'bad-key')
  assert.is(read(new Uint8Array(32).fill(0xff)), 'bad-key')
})

test('an answer that opens and is no greeting is refused', () => {
  const { responder } = below(1, 11)
  const opened = call()
  responder.readMessage1(opened.message)
  assert.is(opened.handleAnswer(responder.writeMessage2(Uint8Array.of(9)) ?? new Uint8Array(0)), 'too-short')
})

test('a call that is given up opens no answer any more', () => {
  const opened = call()
  const read = readCall(crypto, keys(2, 12), opened.message, replays())
  if (typeof read === 'string') throw new Error(read)
  const reply = read.answer({ status: 'accepted', received: 0, certificate: new Uint8Array(0) })
  opened.wipe()
  assert.is(opened.handleAnswer(reply?.message ?? new Uint8Array(0)), 'bad-seal')
})

test('a key of the initiator that turns out to be none leaves the call without an answer', () => {
  let refuses = false
  const shared: typeof crypto.x25519.shared = (secret, key) => (refuses ? undefined : crypto.x25519.shared(secret, key))
  const changing = { ...crypto, x25519: { ...crypto.x25519, shared } }
  const read = readCall(changing, keys(2, 12), call().message, replays())
  if (typeof read === 'string') throw new Error(read)
  refuses = true
  assert.is(read.answer({ status: 'accepted', received: 0, certificate: new Uint8Array(0) }), undefined)
})

test.run()
