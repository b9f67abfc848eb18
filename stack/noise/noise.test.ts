// The handshake against the published vectors of its pattern, and what its parts refuse.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { fromHex, isZero, toHex } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { withDeviceKeys } from './device-keys.js'
import { Initiator, Responder } from './handshake.js'
import { REMEMBERED_EPHEMERALS } from './limits.js'
import { RecentKeys } from './recent-keys.js'

const test = suite('noise')
const crypto = await openTestCrypto()

interface Vector {
  readonly init_prologue: string
  readonly init_static: string
  readonly init_ephemeral: string
  readonly init_remote_static: string
  readonly resp_prologue: string
  readonly resp_static: string
  readonly resp_ephemeral: string
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[]
}

const path = fileURLToPath(new URL('../../../stack/noise/fixtures/noise-ik.json', import.meta.url))
const vector = JSON.parse(readFileSync(path, 'utf8')) as Vector

function hex(text: string): Uint8Array {
  const bytes = fromHex(text)
  if (bytes === undefined) throw new Error(`not hex: ${text}`)
  return bytes
}

function bothSides(ofInitiator = crypto, ofResponder = crypto): { initiator: Initiator; responder: Responder } {
  const initiator = new Initiator(
    ofInitiator,
    {
      prologue: hex(vector.init_prologue),
      secret: hex(vector.init_static),
      public: crypto.x25519.publicFromPrivate(hex(vector.init_static)),
      ephemeralSecret: hex(vector.init_ephemeral),
    },
    hex(vector.init_remote_static),
  )
  const responder = new Responder(ofResponder, {
    prologue: hex(vector.resp_prologue),
    secret: hex(vector.resp_static),
    public: crypto.x25519.publicFromPrivate(hex(vector.resp_static)),
    ephemeralSecret: hex(vector.resp_ephemeral),
  })
  return { initiator, responder }
}

const [first, second, ...transport] = vector.messages

test('both messages are the bytes that are published for IK with AESGCM and SHA256', () => {
  const { initiator, responder } = bothSides()
  const message1 = initiator.writeMessage1(hex(first!.payload))
  assert.is(toHex(message1!), first!.ciphertext)
  const read = responder.readMessage1(message1!)
  assert.is(toHex(read!.payload), first!.payload)
  assert.equal(read!.remotePublic, crypto.x25519.publicFromPrivate(hex(vector.init_static)))
  const message2 = responder.writeMessage2(hex(second!.payload))
  assert.is(toHex(message2!), second!.ciphertext)
  assert.is(toHex(initiator.readMessage2(message2!)!), second!.payload)
})

test('the transport keys seal the published messages in both directions, the initiator first', () => {
  const { initiator, responder } = bothSides()
  responder.readMessage1(initiator.writeMessage1(hex(first!.payload))!)
  initiator.readMessage2(responder.writeMessage2(hex(second!.payload))!)
  const [here, there] = [initiator.split(), responder.split()]
  assert.equal([here.send, here.receive], [there.receive, there.send])
  assert.is(transport.length, 4)
  transport.forEach(({ payload, ciphertext }, index) => {
    const key = index % 2 === 0 ? here.send : there.send
    assert.is(toHex(crypto.sealRecord(key, index >> 1, hex(payload))), ciphertext)
  })
})

test('both sides end with the same hash of the transcript', () => {
  const { initiator, responder } = bothSides()
  responder.readMessage1(initiator.writeMessage1(hex(first!.payload))!)
  initiator.readMessage2(responder.writeMessage2(hex(second!.payload))!)
  assert.equal(initiator.handshakeHash, responder.handshakeHash)
})

test('another prologue does not open', () => {
  const { initiator } = bothSides()
  const responder = new Responder(crypto, {
    prologue: Uint8Array.of(1),
    secret: hex(vector.resp_static),
    public: crypto.x25519.publicFromPrivate(hex(vector.resp_static)),
    ephemeralSecret: hex(vector.resp_ephemeral),
  })
  assert.is(responder.readMessage1(initiator.writeMessage1(hex(first!.payload))!), undefined)
})

// protocol.md §8 MUST: A length of more than 512
test('an ephemeral key of small order is refused by both sides, though all secrets with it are known', () => {
  const payload = hex(first!.payload)
  const zeros = new Uint8Array(32)
  /** Takes zeros for a secret; the ephemeral key of a side that has `own` is zeros too. */
  const careless = (own?: string): Crypto => {
    const isOwn = (key: Uint8Array): boolean => own !== undefined && toHex(key) === own
    const publicFromPrivate = (key: Uint8Array) => (isOwn(key) ? zeros : crypto.x25519.publicFromPrivate(key))
    const shared = (secret: Uint8Array, key: Uint8Array) =>
      isOwn(secret) || isZero(key) ? zeros.slice() : crypto.x25519.shared(secret, key)
    return { ...crypto, x25519: { ...crypto.x25519, publicFromPrivate, shared } }
  }
  const message1 = bothSides(careless(vector.init_ephemeral)).initiator.writeMessage1(payload)!
  assert.is(bothSides().responder.readMessage1(message1), undefined)
  assert.equal(bothSides(crypto, careless()).responder.readMessage1(message1)?.payload, payload)

  const answer = (reading: Crypto): Uint8Array | undefined => {
    const { initiator, responder } = bothSides(reading, careless(vector.resp_ephemeral))
    responder.readMessage1(initiator.writeMessage1(payload)!)
    return initiator.readMessage2(responder.writeMessage2(payload)!)
  }
  assert.is(answer(crypto), undefined)
  assert.equal(answer(careless()), payload)
})

test('a responder whose static key is of small order cannot be written to', () => {
  const secret = hex(vector.init_static)
  const keys = { prologue: secret, secret, public: secret, ephemeralSecret: secret }
  assert.is(new Initiator(crypto, keys, new Uint8Array(32)).writeMessage1(new Uint8Array(0)), undefined)
})

// protocol.md §8 MUST: A length of more than 512
test('messages that are too short for their keys are refused without reading beyond them', () => {
  const { initiator, responder } = bothSides()
  const message1 = initiator.writeMessage1(hex(first!.payload))!
  for (const length of [0, 31, 32, 95]) assert.is(responder.readMessage1(message1.subarray(0, length)), undefined)
  for (const length of [0, 31, 32, 47]) assert.is(initiator.readMessage2(message1.subarray(0, length)), undefined)
})

/** As the real provider, until it is told to take no key. */
function refusing() {
  const state = { left: Number.POSITIVE_INFINITY }
  const shared: Crypto['x25519']['shared'] = (secret, key) =>
    state.left-- > 0 ? crypto.x25519.shared(secret, key) : undefined
  return { state, crypto: { ...crypto, x25519: { ...crypto.x25519, shared } } }
}

test('each shared secret of each message ends the handshake when there is none', () => {
  const payload = hex(first!.payload)
  for (const left of [0, 1]) {
    const { state, crypto: of } = refusing()
    state.left = left
    assert.is(bothSides(of).initiator.writeMessage1(payload), undefined)
    const message1 = bothSides().initiator.writeMessage1(payload)!
    state.left = left
    assert.is(bothSides(crypto, of).responder.readMessage1(message1), undefined)
    state.left = Number.POSITIVE_INFINITY
    const { responder } = bothSides(crypto, of)
    responder.readMessage1(message1)
    state.left = left
    assert.is(responder.writeMessage2(payload), undefined)
    state.left = Number.POSITIVE_INFINITY
    const { initiator, responder: honest } = bothSides(of)
    honest.readMessage1(initiator.writeMessage1(payload)!)
    state.left = left
    assert.is(initiator.readMessage2(honest.writeMessage2(payload)!), undefined)
  }
})

test('a side that was wiped has neither its keys nor those of the records', () => {
  const payload = hex(first!.payload)
  const { initiator, responder } = bothSides()
  const message1 = initiator.writeMessage1(payload)!
  const before = responder.readMessage1(message1) && responder.split()
  responder.wipe()
  assert.not.equal(responder.split(), before)
  const written = initiator.split()
  initiator.wipe()
  assert.not.equal(initiator.split(), written)
  assert.not.equal(initiator.writeMessage1(payload), message1)
})

test('a device key that is no key makes no side of a handshake', () => {
  const zeros = new Uint8Array(32)
  const own = { deviceSeed: zeros, device: zeros.slice().fill(0xff), ephemeralSeed: zeros, prologue: zeros }
  assert.throws(() => withDeviceKeys(crypto, own, () => 1), /no key/)
  const device = crypto.ed25519.publicKeyFromSeed(zeros)
  let kept: Uint8Array | undefined
  assert.is(
    withDeviceKeys(crypto, { ...own, device }, ({ secret }) => {
      kept = secret
      return isZero(secret) ? 0 : 1
    }),
    1,
  )
  assert.ok(kept !== undefined && isZero(kept))
})

test('at least the last 4,096 handshakes are remembered, and twice as many are not', () => {
  const recent = new RecentKeys(new Uint8Array(8))
  const key = (number: number): Uint8Array => {
    const bytes = new Uint8Array(32)
    new DataView(bytes.buffer).setUint32(0, number)
    return bytes
  }
  for (let number = 0; number < 2 * REMEMBERED_EPHEMERALS + 1; number++) {
    assert.not(recent.has(key(number)))
    recent.add(key(number))
    if (number >= REMEMBERED_EPHEMERALS - 1) assert.ok(recent.has(key(number - REMEMBERED_EPHEMERALS + 1)))
  }
  assert.not(recent.has(key(0)))
})

test.run()
