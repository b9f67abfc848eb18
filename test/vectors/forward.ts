// Vectors of the frames of forwarding (§9, §10): each question, Data, every Nack, an Announce, the payloads of answers that
// fit the questions, and the frames of channels. Byte strings are lower-case hex.

import { concat, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeHeadAnswer, haveOfHead } from '../../stack/data/index.js'
import { signDeviceProof } from '../../stack/forward/channels/index.js'
import {
  type AnnouncedRoute,
  type CloseReason,
  type Data,
  DataFlag,
  encodeAccept,
  encodeAnnounce,
  encodeBytesHead,
  encodeClose,
  encodeCredit,
  encodeDataHead,
  encodeInterest,
  encodeLabel,
  encodeNack,
  encodeObserved,
  encodeOpen,
  encodeStreamPacket,
  encodeUdp,
  FrameType,
  type Interest,
  InterestFlag,
  type Nack,
  type NackReason,
  OpenFlag,
  QuestionKind,
  RouteKind,
  type StreamFrame,
} from '../../stack/forward/index.js'
import { addressOf, encodeNameAnswer, haveOf, streamAddressKey } from '../../stack/name/index.js'
import { linkSeeds } from '../link/pair.js'
import { sampleChunk } from '../samples/forward.js'
import { SampleLog } from '../samples/log.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../samples/name.js'
import { liveVectors } from './live.js'
import { sessionMessages } from './session.js'

/** A plain object that JSON holds: the vectors by section. */
export function forwardVectors(crypto: Crypto): Record<string, unknown> {
  return {
    types: FrameType,
    interestFlags: InterestFlag,
    dataFlags: DataFlag,
    interests: interests(crypto),
    data: data(crypto),
    nacks: nacks(),
    announces: announces(crypto),
    live: liveVectors(crypto),
    ...sockets(),
    labels: labels(),
    packets: packets(crypto),
    channels: channels(crypto),
  }
}

function interests(crypto: Crypto): unknown {
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const person = new SampleName(crypto)
  const chunk = sampleChunk(crypto)
  const base = { lifetimeMs: 4_000, hops: 32, rank: 2 }
  const nothing = { ...base, token: 1, answerBytes: 131_072, key: person.name }
  const questions: Interest[] = [
    { ...nothing, question: { kind: 'name', have: haveOf(undefined), maxAgeS: 60 } },
    { ...nothing, token: 2, question: { kind: 'name', have: haveOf(person.state()), maxAgeS: 0 } },
    {
      ...{ ...base, token: 3, answerBytes: 61_649, key: log.log },
      question: { kind: 'head', have: haveOfHead(undefined), maxAgeS: 60 },
    },
    {
      ...{ ...base, token: 4, answerBytes: 61_649, key: log.log },
      question: { kind: 'head', have: haveOfHead(log.held), maxAgeS: 0xffffffff },
    },
    {
      ...{ ...base, token: 0xffffffff, lifetimeMs: 16_000, hops: 0, rank: 254, answerBytes: 61_440, key: chunk.name },
      question: { kind: 'chunk', via: log.log },
    },
  ]
  return questions.map((interest) => {
    const { question, ...numbers } = interest
    return {
      ...numbers,
      key: toHex(interest.key),
      kind: QuestionKind[question.kind],
      question: plain(question),
      body: toHex(encodeInterest(interest)),
    }
  })
}

function plain(question: Interest['question']): unknown {
  switch (question.kind) {
    case 'name':
      return {
        haveK: question.have.k,
        haveSerial: question.have.serial,
        versions: question.have.versions,
        maxAgeS: question.maxAgeS,
      }
    case 'head':
      return {
        haveLength: question.have.length,
        haveOpenPage: toHex(question.have.openPage),
        maxAgeS: question.maxAgeS,
      }
    case 'chunk':
      return { via: toHex(question.via) }
  }
}

function data(crypto: Crypto): unknown {
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const before = log.held
  log.appendSizes(40)
  const person = new SampleName(crypto)
  const chunk = sampleChunk(crypto, 1, 64)
  const head = { offset: 0, bytesAllowed: 262_144, hops: 1, ageS: 0 }
  const whole = (token: number, payload: Uint8Array): Data => ({ ...head, token, total: payload.length, payload })
  const frames: { answers: string; flags: number; data: Data }[] = [
    {
      answers: 'name, to who has nothing',
      flags: 0,
      data: whole(1, encodeNameAnswer(person.state(), haveOf(undefined))),
    },
    {
      answers: 'head, to who has nothing: the whole open page',
      flags: DataFlag.cached | DataFlag.stale,
      data: { ...whole(2, encodeHeadAnswer(crypto, log.held, haveOfHead(undefined))), hops: 3, ageS: 86_400 },
    },
    {
      answers: 'head, to who has the log before its last entry: what follows',
      flags: 0,
      data: whole(3, encodeHeadAnswer(crypto, log.held, haveOfHead(before))),
    },
    { answers: 'chunk', flags: DataFlag.cached, data: whole(4, chunk.bytes) },
    {
      answers: 'chunk, its second half as a piece of its own',
      flags: DataFlag.cached,
      data: { ...whole(5, chunk.bytes), offset: 32, payload: chunk.bytes.subarray(32) },
    },
  ]
  return frames.map(({ answers, flags, data: { payload, ...numbers } }) => ({
    answers,
    flags,
    ...numbers,
    payload: toHex(payload),
    body: toHex(concat(encodeDataHead(numbers), payload)),
  }))
}

function nacks(): unknown {
  const reasons: NackReason[] = ['NoRoute', 'Busy', 'NotYet', 'Expired', 'Policy', 'TooBig', 'Quota', 'Bad']
  return reasons.map((reason, index) => {
    const nack: Nack = { token: index + 1, reason, retryMs: 100 * index, bytesAllowed: 65_536 }
    return { ...nack, body: toHex(encodeNack(nack)) }
  })
}

function announces(crypto: Crypto): unknown {
  const { name, log, device, secondDevice } = new SampleName(crypto)
  const untilMs = sampleTimeMs + 3_600_000
  const proof = signDeviceProof(crypto, sampleSeeds.device, untilMs)
  const lists: { rank: number; routes: (AnnouncedRoute & { readonly untilMs?: number })[] }[] = [
    { rank: 0, routes: [] },
    {
      rank: 2,
      routes: [
        { kind: 'name', key: name, lifetimeS: 300, cost: 0 },
        { kind: 'log', key: log, lifetimeS: 300, cost: 1 },
        { kind: 'log', key: name, lifetimeS: 0, cost: 0 },
      ],
    },
    {
      rank: 3,
      routes: [
        { kind: 'device', key: device, lifetimeS: 300, cost: 2, untilMs, proof },
        { kind: 'device', key: secondDevice, lifetimeS: 0, cost: 0, proof: new Uint8Array(0) },
      ],
    },
  ]
  return lists.map(({ rank, routes }) => ({
    rank,
    routes: routes.map(({ proof: shown, ...route }) => ({
      ...route,
      kind: RouteKind[route.kind],
      key: toHex(route.key),
      ...(shown === undefined ? {} : { proof: toHex(shown) }),
    })),
    body: toHex(encodeAnnounce({ rank, routes })),
  }))
}

/** UDP and OBSERVED. */
function sockets(): Record<string, unknown> {
  const cookie = Uint8Array.from({ length: 16 }, (_, index) => index)
  const six = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7)
  return {
    udp: [7_254, 0].map((port) => ({ port, cookie: toHex(cookie), body: toHex(encodeUdp({ port, cookie })) })),
    observed: [Uint8Array.of(192, 0, 2, 7), six].map((address) => {
      return { address: toHex(address), port: 7_254, body: toHex(encodeObserved({ address, port: 7_254 })) }
    }),
  }
}

/** Of one index: as its device says it, as a node between passes it on, and that there is no way any more. */
function labels(): unknown {
  return [7, 0x8000000a, 0].map((label) => {
    const said = { channel: 1, index: 7, label }
    return { ...said, body: toHex(encodeLabel(said)) }
  })
}

/** A question for a part of a chunk, its answer, and a refusal, between a device and a stream's address on its machine. */
function packets(crypto: Crypto): unknown {
  const { name, device } = new SampleName(crypto)
  const [own, stream] = [
    addressOf(crypto, 'device', device),
    addressOf(crypto, 'stream', streamAddressKey(name, 'main')),
  ]
  const question = { kind: 'chunk', via: name, part: { from: 500, bytes: 3 } } as const
  const numbers = { token: 7, lifetimeMs: 4_000, hops: 32, rank: 0, answerBytes: 1_211 }
  const payload = filled(0x31).subarray(0, 3)
  const data = { token: 7, offset: 500, total: 503, bytesAllowed: 1_048_576, hops: 2, ageS: 0, payload }
  const nack = { token: 8, reason: 'TooBig', retryMs: 0, bytesAllowed: 1_048_576 } as const
  const frames: StreamFrame[] = [
    { type: 'interest', flags: 0, interest: { ...numbers, key: filled(0x32), question } },
    { type: 'data', flags: DataFlag.cached, data },
    { type: 'nack', flags: 0, nack },
  ]
  return frames.map((frame, index) => {
    const [from, to] = index === 0 ? [own, stream] : [stream, own]
    const packet = encodeStreamPacket([frame])
    const { type, flags } = frame
    const shown = [{ type: FrameType[type], flags, body: toHex(packet.subarray(8)) }]
    new DataView(packet.buffer, packet.byteOffset).setUint16(2, checksum(from, to, packet))
    return { from: toHex(from), to: toHex(to), frames: shown, packet: toHex(packet) }
  })
}

/** RFC 8200 section 8.1, of a packet whose own checksum is 0. */
function checksum(from: Uint8Array, to: Uint8Array, packet: Uint8Array): number {
  const bytes = concat(from, to, Uint8Array.of(0, 0, packet.length >> 8, packet.length & 255, 0, 0, 0, 253), packet)
  let sum = 0
  bytes.forEach((byte, at) => {
    sum += at % 2 === 0 ? byte << 8 : byte
  })
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum ^ 0xffff
}

/** The frames of one channel on the first of two links, in order, and a CLOSE for each reason and one of a later version. */
function channels(crypto: Crypto): unknown {
  const { message1, message2 } = sessionMessages(crypto)
  const device = crypto.ed25519.publicKeyFromSeed(linkSeeds.responder)
  const sealed = filled(0x26).subarray(0, 17)
  const [channel, bytes] = [0x01020305, 16_384]
  const open = { channel, hops: 32, rank: 2, device, message: message1 }
  const reasons: CloseReason[] = [
    'Done',
    'NoRoute',
    'Busy',
    'Expired',
    'LinkDown',
    'Bad',
    'Reset',
    'Hops',
    'Unknown255',
  ]
  const frames: { type: number; flags?: number; fields: object; body: Uint8Array }[] = [
    { type: FrameType.open, fields: open, body: encodeOpen(open) },
    { type: FrameType.open, flags: OpenFlag.down, fields: open, body: encodeOpen(open) },
    {
      type: FrameType.accept,
      fields: { channel, message: message2 },
      body: encodeAccept({ channel, message: message2 }),
    },
    { type: FrameType.bytes, fields: { channel, sealed }, body: concat(encodeBytesHead(channel), sealed) },
    { type: FrameType.credit, fields: { channel, bytes }, body: encodeCredit({ channel, bytes }) },
    ...reasons.map((reason) => ({
      type: FrameType.close,
      fields: { channel, reason },
      body: encodeClose({ channel, reason }),
    })),
  ]
  return frames.map(({ type, flags = 0, fields, body }) => ({
    type,
    flags,
    ...Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, value instanceof Uint8Array ? toHex(value) : value]),
    ),
    body: toHex(body),
  }))
}
