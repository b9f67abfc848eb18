// Vectors of the frames of forwarding (§9, §10): each question, Data, every Nack, an Announce, and the payloads of answers
// that fit the questions. Byte strings are lower-case hex.

import { concat, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeHeadAnswer, haveOfHead } from '../../stack/data/index.js'
import {
  type AnnouncedRoute,
  type Data,
  DataFlag,
  encodeAnnounce,
  encodeDataHead,
  encodeInterest,
  encodeLabel,
  encodeNack,
  encodeObserved,
  encodeUdp,
  FrameType,
  type Interest,
  InterestFlag,
  type Nack,
  type NackReason,
  QuestionKind,
  RouteKind,
} from '../../stack/forward/index.js'
import { encodeNameAnswer, haveOf } from '../../stack/name/index.js'
import { sampleChunk } from '../samples/forward.js'
import { SampleLog } from '../samples/log.js'
import { SampleName } from '../samples/name.js'
import { liveVectors } from './live.js'

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
  const { name, log } = new SampleName(crypto)
  const lists: { rank: number; routes: AnnouncedRoute[] }[] = [
    { rank: 0, routes: [] },
    {
      rank: 2,
      routes: [
        { kind: 'name', key: name, lifetimeS: 300, cost: 0 },
        { kind: 'log', key: log, lifetimeS: 300, cost: 1 },
        { kind: 'log', key: name, lifetimeS: 0, cost: 0 },
      ],
    },
  ]
  return lists.map(({ rank, routes }) => ({
    rank,
    routes: routes.map((route) => ({ ...route, kind: RouteKind[route.kind], key: toHex(route.key) })),
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
