// The handshake of a session: Noise IK between two devices, end to end, over whatever routers are between them. What either
// side reads here was written by the device that it names, for this handshake.

import { concat, encodeUtf8, equal, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { ephemeralOf, Initiator, type RecordKeys, type ReplayGuard, Responder, withDeviceKeys } from '../noise/index.js'
import {
  type AnswerHello,
  type CallHello,
  decodeAnswerHello,
  decodeCallHello,
  encodeAnswerHello,
  encodeCallHello,
} from './wire/greeting.js'

const PROLOGUE = encodeUtf8('runnel v1 session')

/** The keys of this side. Nothing of it is kept beyond the call. */
export interface OwnKeys {
  readonly deviceSeed: Uint8Array
  readonly device: Uint8Array
  /** 32 random bytes that are used for nothing else, ever. */
  readonly ephemeralSeed: Uint8Array
}

/** The initiator's side, between its message and the answer. `wipe` it at its end. */
export interface Call {
  readonly message: Uint8Array
  /** To be called once. */
  handleAnswer(message: Uint8Array): { readonly answer: AnswerHello; readonly keys: RecordKeys } | Reason
  wipe(): void
}

/** The responder's side, with what the initiator said. */
export interface IncomingCall {
  readonly hello: CallHello
  /** Message 2, and the keys if it goes on; undefined when a key of the initiator is none. To be called once. */
  answer(hello: AnswerHello): { readonly message: Uint8Array; readonly keys: RecordKeys } | undefined
}

/** Calls a device; 'bad-key' when that is no key. Throws RangeError for what does not fit. */
export function openCall(
  crypto: Crypto,
  own: OwnKeys,
  remoteDevice: Uint8Array,
  hello: Omit<CallHello, 'device'>,
): Call | Reason {
  const remotePublic = crypto.x25519.montgomeryPublic(remoteDevice)
  if (remotePublic === undefined) return 'bad-key'
  const payload = encodeCallHello({ ...hello, device: own.device })
  const prologue = concat(PROLOGUE, remoteDevice)
  const initiator = withDeviceKeys(crypto, { ...own, prologue }, (keys) => new Initiator(crypto, keys, remotePublic))
  const message = initiator.writeMessage1(payload)
  if (message === undefined) {
    initiator.wipe()
    return 'bad-key'
  }
  return {
    message,
    handleAnswer(reply) {
      const opened = initiator.readMessage2(reply)
      if (opened === undefined) return 'bad-seal'
      const answer = decodeAnswerHello(opened)
      return typeof answer === 'string' ? answer : { answer, keys: initiator.split() }
    },
    wipe: () => initiator.wipe(),
  }
}

/** Reads a message 1. A replay costs no public-key work. */
export function readCall(
  crypto: Crypto,
  own: OwnKeys,
  message: Uint8Array,
  replays: ReplayGuard,
): IncomingCall | Reason | 'replayed' {
  if (message.length < 32) return 'too-short'
  const ephemeral = ephemeralOf(message)
  if (replays.isReplay(ephemeral)) return 'replayed'
  const prologue = concat(PROLOGUE, own.device)
  const responder = withDeviceKeys(crypto, { ...own, prologue }, (keys) => new Responder(crypto, keys))
  const hello = readHello(crypto, responder, message, () => replays.remember(ephemeral))
  if (typeof hello === 'string') {
    responder.wipe()
    return hello
  }
  return {
    hello,
    answer(said) {
      const reply = responder.writeMessage2(encodeAnswerHello(said))
      const keys = reply === undefined ? undefined : responder.split()
      responder.wipe()
      return reply === undefined || keys === undefined ? undefined : { message: reply, keys }
    },
  }
}

function readHello(
  crypto: Crypto,
  responder: Responder,
  message: Uint8Array,
  remember: () => void,
): CallHello | Reason {
  const read = responder.readMessage1(message)
  if (read === undefined) return 'bad-seal'
  // Only now: else garbage would push the keys of real handshakes out of the memory.
  remember()
  const hello = decodeCallHello(read.payload)
  if (typeof hello === 'string') return hello
  const expected = crypto.x25519.montgomeryPublic(hello.device)
  return expected === undefined || !equal(expected, read.remotePublic) ? 'bad-key' : hello
}
