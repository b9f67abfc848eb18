// Vectors of sessions (§10.12): what both sides say in the handshake, a whole handshake from fixed keys, and records of each
// kind, in the order and under the counters in which a conversation has them. Byte strings are lower-case hex.

import { encodeUtf8, toHex } from '../../stack/bytes/index.js'
import { type Crypto, TAG_BYTES } from '../../stack/crypto/index.js'
import {
  type AnswerHello,
  type CallHello,
  type CallStatus,
  encodeAnswerHello,
  encodeCallHello,
  encodeRecord,
  openCall,
  readCall,
  type SessionRecord,
} from '../../stack/session/index.js'
import { SealedChannel } from '../../stack/session/sealed-channel.js'
import { linkSeeds } from '../link/pair.js'
import { filled, SampleName, sampleTimeMs } from '../samples/name.js'

type Side = 'initiator' | 'responder'

const nothing = new Uint8Array(0)
const statuses: readonly CallStatus[] = ['accepted', 'NoService', 'NotAllowed', 'Busy', 'NoSession']
const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** Each kind of record, as a conversation has them: the first is the initiator's, which opens it for the responder. */
const said: readonly (readonly [Side, SessionRecord])[] = [
  ['initiator', { kind: 'ack', received: 0, room: 262_144 }],
  ['initiator', { kind: 'data', bytes: encodeUtf8('hello') }],
  ['responder', { kind: 'ack', received: 5, room: 262_144 }],
  ['responder', { kind: 'data', bytes: encodeUtf8('hello yourself') }],
  ['responder', { kind: 'ping', token }],
  ['initiator', { kind: 'pong', token }],
  ['initiator', { kind: 'end' }],
  ['responder', { kind: 'ack', received: 6, room: 262_143 }],
  ['responder', { kind: 'reset', code: 'ending', text: 'the node is ending' }],
]

/** A plain object that JSON holds: the vectors by section. */
export function sessionVectors(crypto: Crypto): Record<string, unknown> {
  const certificate = new SampleName(crypto).state().certificateBytes
  const [call, answer] = [callOf(crypto, {}), answerOf('accepted')]
  const resumed = callOf(crypto, { resume: true, received: 20, certificate })
  return {
    seeds: Object.fromEntries(Object.entries(linkSeeds).map(([name, seed]) => [name, toHex(seed)])),
    prologue: toHex(concatText('runnel v1 session', deviceOf(crypto, 'responder'))),
    calls: [call, resumed].map((hello) => ({ ...plain(hello), payload: toHex(encodeCallHello(hello)) })),
    answers: [answer, ...statuses.slice(1).map(answerOf), { ...answer, received: 7, certificate }].map((hello) => ({
      ...plain(hello),
      payload: toHex(encodeAnswerHello(hello)),
    })),
    ...handshake(crypto, call, answer),
  }
}

/** Messages 1 and 2 as they stand in OPEN and ACCEPT. */
export function sessionMessages(crypto: Crypto): { readonly message1: Uint8Array; readonly message2: Uint8Array } {
  const { message1, message2 } = spoken(crypto, callOf(crypto, {}), answerOf('accepted'))
  return { message1, message2 }
}

function handshake(crypto: Crypto, call: CallHello, answer: AnswerHello): Record<string, unknown> {
  const { message1, message2, send, receive } = spoken(crypto, call, answer)
  const keys = { initiator: send, responder: receive }
  const channels = {
    initiator: new SealedChannel(crypto, { send: keys.initiator.slice(), receive: keys.responder.slice() }),
    responder: new SealedChannel(crypto, { send: keys.responder.slice(), receive: keys.initiator.slice() }),
  }
  const counters = { initiator: 0, responder: 0 }
  return {
    message1: toHex(message1),
    message2: toHex(message2),
    initiatorKey: toHex(keys.initiator),
    responderKey: toHex(keys.responder),
    records: said.map(([from, record]) => {
      const encoded = encodeRecord(record)
      const sealed = new Uint8Array(encoded.length + TAG_BYTES)
      sealed.set(encoded)
      const counter = counters[from]++
      return {
        from,
        counter,
        ...plain(record),
        record: toHex(encoded),
        sealed: toHex(channels[from].seal(sealed)),
      }
    }),
  }
}

interface Spoken {
  readonly message1: Uint8Array
  readonly message2: Uint8Array
  /** The initiator's keys. */
  readonly send: Uint8Array
  readonly receive: Uint8Array
}

function spoken(crypto: Crypto, hello: CallHello, answer: AnswerHello): Spoken {
  const call = openCall(crypto, ownKeys(crypto, 'initiator'), deviceOf(crypto, 'responder'), hello)
  if (typeof call === 'string') throw new Error(call)
  const replays = { isReplay: () => false, remember: () => {} }
  const incoming = readCall(crypto, ownKeys(crypto, 'responder'), call.message, replays)
  if (typeof incoming === 'string') throw new Error(incoming)
  const reply = incoming.answer(answer)
  if (reply === undefined) throw new Error('a handshake between fixed keys failed')
  const answered = call.handleAnswer(reply.message)
  call.wipe()
  if (typeof answered === 'string') throw new Error(answered)
  return { message1: call.message, message2: reply.message, ...answered.keys }
}

function ownKeys(crypto: Crypto, side: Side) {
  const ephemeralSeed = linkSeeds[`${side}Ephemeral`]
  return { deviceSeed: linkSeeds[side], device: deviceOf(crypto, side), ephemeralSeed }
}

function deviceOf(crypto: Crypto, side: Side): Uint8Array {
  return crypto.ed25519.publicKeyFromSeed(linkSeeds[side])
}

function callOf(crypto: Crypto, change: Partial<CallHello>): CallHello {
  const device = deviceOf(crypto, 'initiator')
  const id = filled(0x25).subarray(0, 16)
  const fields = { timeMs: sampleTimeMs, resume: false, device, id, received: 0, service: 'chat', certificate: nothing }
  return { ...fields, ...change }
}

function answerOf(status: CallStatus): AnswerHello {
  return { status, received: 0, certificate: nothing }
}

function concatText(text: string, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...encodeUtf8(text), ...bytes])
}

/** Byte strings in hex, the rest as it is. */
function plain(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Uint8Array ? toHex(value) : value]),
  )
}
