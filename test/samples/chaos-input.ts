// What a chaos run is made of: a log that its writer forked, a name with two certificates, chunks, the answers that honest
// and other holders give, and the steps of a run.

import fc from 'fast-check'
import { concat, toHex } from '../../stack/bytes/index.js'
import { encodeHeadAnswer, haveOfHead } from '../../stack/data/index.js'
import {
  encodeAnnounce,
  encodeDataHead,
  encodeInterest,
  encodeNack,
  FrameType,
  type Interest,
  type NackReason,
  type Question,
} from '../../stack/forward/index.js'
import { encodeNameAnswer, haveOf } from '../../stack/name/index.js'
import { openTestCrypto } from '../provider.js'
import { sampleChunk } from './forward.js'
import { SampleLog } from './log.js'
import { filled, SampleName } from './name.js'

export const crypto = await openTestCrypto()
export const log = new SampleLog(crypto)
log.appendSizes(200, 3_000)
export const older = log.held
log.appendSizes(700)
const twin = log.fork(1)
twin.appendSizes(600)
export const person = new SampleName(crypto)
export const chunks = [1, 2, 3].map((seed) => sampleChunk(crypto, seed, 20_000 * seed))
export const states = [person.state(), person.state(person.certificate({ k: 1 }), [person.card(3)])]
const payloads = [
  ...chunks.map(({ bytes }) => bytes),
  ...[older, log.held, twin.held].map((held) => encodeHeadAnswer(crypto, held, haveOfHead(undefined))),
  encodeHeadAnswer(crypto, log.held, haveOfHead(older)),
  ...states.map((state) => encodeNameAnswer(state, haveOf(undefined))),
]
export const keys = [...chunks.map(({ name }) => name), log.log, person.name, filled(99)]
const questions: readonly Question[] = [
  { kind: 'chunk', via: log.log },
  { kind: 'chunk', via: person.name },
  { kind: 'head', have: haveOfHead(undefined), maxAgeS: 0 },
  { kind: 'head', have: haveOfHead(older), maxAgeS: 600 },
  { kind: 'name', have: haveOf(undefined), maxAgeS: 60 },
  { kind: 'name', have: haveOf(states[1]), maxAgeS: 0xffffffff },
]
const reasons: readonly NackReason[] = ['NoRoute', 'Busy', 'NotYet', 'Expired', 'Policy', 'TooBig', 'Quota', 'Bad']

export const limits = {
  neighbours: 4,
  rowsPerFace: 6,
  rows: 12,
  routesPerNeighbour: 4,
  routes: 7,
  ownRoutes: 2,
  queuedBytes: 100_000,
}

/** One step: what happens, and numbers that choose the rest. */
export const chaosStep = fc.record({
  what: fc.constantFrom(
    ...[
      'up',
      'down',
      ...Array.from({ length: 6 }, () => 'interest'),
      ...Array.from({ length: 10 }, () => 'data'),
      'nack',
    ],
    ...['announce', 'announce', 'noise', 'damaged', 'damaged', 'time', 'time', 'time', 'time', 'long', 'drained'],
    ...['drained', 'local', 'local', 'local', 'local', 'cancel', 'publish', 'forget'],
  ),
  who: fc.integer({ min: 1, max: 4 }),
  a: fc.nat({ max: 1_000 }),
  b: fc.nat({ max: 1_000 }),
  noise: fc.uint8Array({ maxLength: 80 }),
})
export type ChaosStep = typeof chaosStep extends fc.Arbitrary<infer T> ? T : never

/** What an honest holder might answer. */
function payloadsFor({ key, question }: Interest): readonly Uint8Array[] {
  if (question.kind === 'head') return payloads.slice(3, 7)
  if (question.kind === 'name') return payloads.slice(7)
  const index = keys.findIndex((candidate) => toHex(candidate) === toHex(key))
  return [payloads[index] ?? payloads[0]!]
}

/** A frame: valid, damaged, or noise; about what was asked, where something was. */
export function chaosFrame(
  what: string,
  asked: Interest | undefined,
  a: number,
  b: number,
  noise: Uint8Array,
): [number, number, Uint8Array] {
  const token = asked?.token ?? a + 1
  switch (what) {
    case 'interest': {
      const question = questions[b % questions.length]!
      const key = question.kind === 'chunk' ? keys[a % keys.length]! : keys[3 + (a % 3)]!
      const numbers = { token: (a % 30) + 1, lifetimeMs: 60 * a, hops: b % 33, rank: a % 5, answerBytes: 100 * b }
      return [FrameType.interest, a & 0x18, encodeInterest({ ...numbers, key, question })]
    }
    case 'data': {
      const fitting = asked === undefined || b % 4 === 0 ? payloads : payloadsFor(asked)
      const payload = fitting[b % fitting.length]!
      const whole = b % 5 > 0
      const end = whole ? payload.length : Math.max(1, (payload.length * (a % 7)) >> 3)
      const head = { token, offset: 0, total: payload.length, bytesAllowed: 300 * b, hops: 1 + (a % 9), ageS: a }
      return [FrameType.data, b & 7, concat(encodeDataHead(head), payload.subarray(0, end))]
    }
    case 'nack':
      return [FrameType.nack, 0, encodeNack({ token, reason: reasons[b % 8]!, retryMs: a, bytesAllowed: 500 * b })]
    case 'announce': {
      const routes = keys.slice(a % 6).map((key, index) => ({
        kind: (index + b) % 2 === 0 ? ('name' as const) : ('log' as const),
        key,
        lifetimeS: (b * index) % 40,
        cost: b % 255,
      }))
      return [FrameType.announce, 0, encodeAnnounce({ rank: a % 6, routes })]
    }
    case 'damaged': {
      const kinds = ['interest', 'data', 'nack', 'announce']
      const [type, flags, body] = chaosFrame(kinds[a % 4]!, asked, b, a, noise)
      const damaged = body.slice(0, Math.max(1, body.length - (b % 3)))
      damaged[a % damaged.length]! ^= 1 << (b % 8)
      return [type, flags, damaged]
    }
    default:
      return [a % 256, b % 256, noise]
  }
}
