// Vectors of the protocol's pages on the link and its frames (§8, §9): the hello, a whole handshake from fixed keys, the
// first record each way, and the header of every frame. Byte strings are lower-case hex; times are milliseconds since 1970.

import { concat, encodeUtf8, toHex } from '../../stack/bytes/index.js'
import { type Crypto, wipe } from '../../stack/crypto/index.js'
import { FRAME_HEADER_BYTES, FrameType, MAX_BODY_BYTES, writeFrameHeader } from '../../stack/link/frame.js'
import { encodeHello, type Hello } from '../../stack/link/hello.js'
import { RecordSealer } from '../../stack/link/record.js'
import { Initiator, Responder } from '../../stack/noise/handshake.js'
import { linkSeeds } from '../link/pair.js'
import { sampleTimeMs } from '../samples/name.js'

const PROLOGUE = 'runnel v1 link'

/** A plain object that JSON holds: the vectors by section. */
export function linkVectors(crypto: Crypto): Record<string, unknown> {
  const hellos = { initiator: helloOf(crypto, 'initiator'), responder: helloOf(crypto, 'responder') }
  return {
    seeds: Object.fromEntries(Object.entries(linkSeeds).map(([name, seed]) => [name, toHex(seed)])),
    hellos: Object.values(hellos).map((hello) => ({
      timeMs: hello.timeMs,
      lowestVersion: hello.versions.lowest,
      highestVersion: hello.versions.highest,
      features: hello.features,
      rank: hello.rank,
      device: toHex(hello.device),
      bytes: toHex(encodeHello(hello)),
    })),
    handshake: handshake(crypto, hellos),
    frameHeaders: frameHeaders(),
  }
}

function helloOf(crypto: Crypto, role: 'initiator' | 'responder'): Hello {
  return {
    timeMs: sampleTimeMs,
    versions: { lowest: 1, highest: 1 },
    features: 0,
    rank: role === 'initiator' ? 2 : 1,
    device: crypto.ed25519.publicKeyFromSeed(linkSeeds[role]),
  }
}

function handshake(crypto: Crypto, hellos: { initiator: Hello; responder: Hello }): unknown {
  const { montgomerySecret, montgomeryPublic, publicFromPrivate } = crypto.x25519
  const keysOf = (role: 'initiator' | 'responder') => {
    const secret = montgomerySecret(linkSeeds[role])
    const ephemeralSecret = linkSeeds[`${role}Ephemeral`]
    return { prologue: encodeUtf8(PROLOGUE), secret, public: publicFromPrivate(secret), ephemeralSecret }
  }
  const own = { initiator: keysOf('initiator'), responder: keysOf('responder') }
  const meant = present(montgomeryPublic(hellos.responder.device))
  const initiator = new Initiator(crypto, own.initiator, meant)
  const responder = new Responder(crypto, own.responder)
  const message1 = present(initiator.writeMessage1(encodeHello(hellos.initiator)))
  present(responder.readMessage1(message1))
  const message2 = present(responder.writeMessage2(encodeHello(hellos.responder)))
  present(initiator.readMessage2(message2))
  const keys = initiator.split()
  const vector = {
    prologue: PROLOGUE,
    initiatorStatic: toHex(own.initiator.public),
    responderStatic: toHex(meant),
    initiatorEphemeral: toHex(publicFromPrivate(own.initiator.ephemeralSecret)),
    responderEphemeral: toHex(publicFromPrivate(own.responder.ephemeralSecret)),
    message1: toHex(withLength(message1)),
    message2: toHex(withLength(message2)),
    handshakeHash: toHex(initiator.handshakeHash),
    initiatorKey: toHex(keys.send),
    responderKey: toHex(keys.receive),
    records: [
      record(crypto, 'initiator', keys.send, frame(FrameType.announce, 0, Uint8Array.of(2, 0))),
      record(crypto, 'responder', keys.receive, frame(FrameType.ping, 0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1))),
    ],
  }
  initiator.wipe()
  responder.wipe()
  wipe(own.initiator.secret, own.responder.secret)
  return vector
}

/** The first record of a side, and its second one, which shows the counter. */
function record(crypto: Crypto, from: string, key: Uint8Array, frames: Uint8Array): unknown {
  const sealer = new RecordSealer(crypto, key.slice())
  return { from, frames: toHex(frames), counter0: toHex(sealer.seal(frames)), counter1: toHex(sealer.seal(frames)) }
}

function frameHeaders(): unknown {
  const named = Object.entries(FrameType).map(([name, type]) => {
    const bodyBytes = type === FrameType.ping || type === FrameType.pong ? 8 : 258
    return { name, type, flags: 0, bodyBytes, header: toHex(header(type, 0, bodyBytes)) }
  })
  const longest = { name: 'data', type: FrameType.data, flags: 5, bodyBytes: MAX_BODY_BYTES }
  return [...named, { ...longest, header: toHex(header(longest.type, longest.flags, longest.bodyBytes)) }]
}

function header(type: number, flags: number, bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES)
  writeFrameHeader(bytes, 0, type, flags, bodyBytes)
  return bytes
}

function frame(type: number, flags: number, body: Uint8Array): Uint8Array {
  return concat(header(type, flags, body.length), body)
}

function withLength(message: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(message.length >> 8, message.length & 0xff), message)
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a handshake between fixed keys failed')
  return value
}
