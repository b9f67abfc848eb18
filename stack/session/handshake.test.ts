// The handshake of a session: who is meant reads it, nobody else does, and nobody twice.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { RecentKeys } from '../noise/index.js'
import { openCall, readCall } from './handshake.js'
import { MAX_MESSAGE_BYTES } from './limits.js'

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

test.run()
