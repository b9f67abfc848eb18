// The machine speaks what the vectors say: a stranger who implements those speaks with it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { End, Pair, responderOptions, startUs } from '../../test/link/pair.js'
import { openTestCrypto } from '../../test/provider.js'
import { linkVectors } from '../../test/vectors/link.js'
import { fromHex, toHex } from '../bytes/index.js'
import { FrameType, openResponder } from './index.js'

const test = suite('link/vectors')
const crypto = await openTestCrypto()
const vectors = linkVectors(crypto) as {
  handshake: { message1: string; message2: string; records: { counter0: string }[] }
}

test('both ends send the messages and the first record of the vectors', () => {
  const pair = new Pair(crypto)
  const message1 = pair.initiator.transmit()
  assert.is(toHex(message1), vectors.handshake.message1)
  pair.responder.receive(startUs, message1)
  const message2 = pair.responder.transmit()
  assert.is(toHex(message2), vectors.handshake.message2)
  pair.initiator.receive(startUs, message2)
  pair.initiator.link.sendFrame(FrameType.announce, 0, Uint8Array.of(2, 0))
  const first = pair.initiator.transmit()
  assert.is(toHex(first), vectors.handshake.records[0]!.counter0)
  pair.responder.receive(startUs, first)
  pair.responder.wake(startUs + 15_000_000)
  assert.is(toHex(pair.responder.transmit()), vectors.handshake.records[1]!.counter0)
})

test('a responder takes the vectors from whoever sends them', () => {
  const end = new End(openResponder(crypto, responderOptions(crypto)))
  for (const bytes of [vectors.handshake.message1, vectors.handshake.records[0]!.counter0]) {
    end.receive(startUs, fromHex(bytes)!)
  }
  assert.is(toHex(end.transmit()), vectors.handshake.message2)
  assert.equal(end.frames, [{ type: FrameType.announce, flags: 0, body: Uint8Array.of(2, 0) }])
})

test('the vectors are plain JSON, and the same each time', () => {
  assert.equal(JSON.parse(JSON.stringify(vectors)), vectors)
  assert.equal(linkVectors(crypto), vectors)
})

test.run()
