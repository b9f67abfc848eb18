// An initiator and a responder in parts, which can say what honest ones would not; and how a refusal looks.

import * as assert from 'uvu/assert'
import { concat, encodeUtf8 } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { FrameType } from '../../stack/link/frame.js'
import { encodeHello, type Hello } from '../../stack/link/hello.js'
import { type DownEvent, openResponder } from '../../stack/link/index.js'
import { HANDSHAKE_TIMEOUT_US } from '../../stack/link/limits.js'
import { RecordSealer } from '../../stack/link/record.js'
import { type HandshakeKeys, Initiator, type RecordKeys, Responder } from '../../stack/noise/handshake.js'
import { filled } from '../samples/name.js'
import { End, linkSeeds, responderOptions, startUs } from './pair.js'

/** How a responder gives up a stranger at the time of `startUs`. */
export function refused(reason: DownEvent['reason']): DownEvent {
  return { kind: 'down', reason, blame: 'peer', delayUs: HANDSHAKE_TIMEOUT_US }
}

/** How a link ends by the fault of a peer that is no stranger. */
export function ended(reason: DownEvent['reason']): DownEvent {
  return { kind: 'down', reason, blame: 'peer', delayUs: 0 }
}

/** A copy with one bit changed; bits count from the first byte's highest. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7))
  return copy
}

/** With the 16-bit length before it. */
export function withLength(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes)
}

/** What an honest initiator of `linkSeeds` says. */
export function honestHello(crypto: Crypto): Hello {
  const device = crypto.ed25519.publicKeyFromSeed(linkSeeds.initiator)
  return { timeMs: 1, versions: { lowest: 1, highest: 1 }, features: 0, rank: 2, device }
}

/** Message 1 of the initiator's device with any payload, and the keys that the answer gives. */
export class Forger {
  readonly #initiator: Initiator

  constructor(crypto: Crypto) {
    const remote = keysOf(crypto, linkSeeds.responder)
    this.#initiator = new Initiator(crypto, keysOf(crypto, linkSeeds.initiator), remote.public)
  }

  message1(payload: Uint8Array): Uint8Array {
    return withLength(present(this.#initiator.writeMessage1(payload)))
  }

  keys(message2: Uint8Array): RecordKeys {
    present(this.#initiator.readMessage2(message2.subarray(2)))
    return this.#initiator.split()
  }
}

/** The responder's device, answering a message 1 with any payload. */
export function forgeMessage2(crypto: Crypto, message1: Uint8Array, payload: Uint8Array): Uint8Array {
  const responder = new Responder(crypto, keysOf(crypto, linkSeeds.responder))
  present(responder.readMessage1(message1.subarray(2)))
  return withLength(present(responder.writeMessage2(payload)))
}

/** A responder that is up with a forger, who can seal whatever records. It has had one frame. */
export function forgedLink(crypto: Crypto): { end: End; seal: (frames: Uint8Array) => Uint8Array } {
  const forger = new Forger(crypto)
  const end = new End(openResponder(crypto, responderOptions(crypto)))
  end.receive(startUs, forger.message1(encodeHello(honestHello(crypto))))
  const sealer = new RecordSealer(crypto, forger.keys(end.transmit()).send)
  end.receive(startUs, sealer.seal(Uint8Array.of(FrameType.nack, 0, 0, 0)))
  assert.ok(end.up)
  return { end, seal: (frames) => sealer.seal(frames) }
}

function keysOf(crypto: Crypto, deviceSeed: Uint8Array): HandshakeKeys {
  const secret = crypto.x25519.montgomerySecret(deviceSeed)
  const own = { secret, public: crypto.x25519.publicFromPrivate(secret), ephemeralSecret: filled(0x31) }
  return { prologue: encodeUtf8('runnel v1 link'), ...own }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a forged handshake failed')
  return value
}
