// A log that is followed (§10.10), frame by frame: the question that stays, an answer for each new state, a renewal and what
// confirms it, what comes when the open page has closed, and both ways in which the question ends.

import { concat, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeHeadAnswer, type HeldHead, haveOfHead } from '../../stack/data/index.js'
import {
  encodeDataHead,
  encodeInterest,
  encodeNack,
  FrameType,
  InterestFlag,
  QuestionKind,
} from '../../stack/forward/index.js'
import { SampleLog } from '../samples/log.js'

const token = 9
const creditBytes = 8_388_608
const flags = InterestFlag.live | InterestFlag.staleOk

/** The frames in their order, each with who sends it. */
export function liveVectors(crypto: Crypto): unknown {
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const one = log.held
  log.appendSizes(40)
  const two = log.held
  // Two commits that are told together; the second one finds no place in the open page.
  log.appendSizes(30_000, 30_000)
  log.appendSizes(1_500)
  const three = log.held
  return [
    asks(log, 'follows, and holds nothing', undefined, creditBytes),
    answers(crypto, 'what is there: the whole open page', one, undefined),
    answers(crypto, 'an entry later: the run that follows', two, one),
    asks(log, 'renews', two, creditBytes),
    answers(crypto, 'nothing is newer: the head alone', two, two),
    answers(crypto, 'the page has closed: the whole new open page', three, two),
    asks(log, 'ends it', three, 0),
    ends('instead of the last: its lifetime is over', 'Expired'),
    ends('instead of the last: its credit is too small for the next answer', 'TooBig'),
  ]
}

function asks(log: SampleLog, says: string, held: HeldHead | undefined, answerBytes: number): unknown {
  const numbers = { token, lifetimeMs: 60_000, hops: 32, rank: 2, answerBytes }
  const have = haveOfHead(held)
  const body = encodeInterest({ ...numbers, key: log.log, question: { kind: 'head', have, maxAgeS: 20 } })
  return {
    from: 'asker',
    says,
    type: FrameType.interest,
    flags,
    ...numbers,
    key: toHex(log.log),
    kind: QuestionKind.head,
    question: { haveLength: have.length, haveOpenPage: toHex(have.openPage), maxAgeS: 20 },
    body: toHex(body),
  }
}

function answers(crypto: Crypto, says: string, held: HeldHead, given: HeldHead | undefined): unknown {
  const payload = encodeHeadAnswer(crypto, held, haveOfHead(given))
  const numbers = { token, total: payload.length, offset: 0, bytesAllowed: 262_144, hops: 1, ageS: 0 }
  const body = toHex(concat(encodeDataHead(numbers), payload))
  return { from: 'asked', says, type: FrameType.data, flags: 0, ...numbers, payload: toHex(payload), body }
}

function ends(says: string, reason: 'Expired' | 'TooBig'): unknown {
  const numbers = { token, reason, retryMs: 0, bytesAllowed: 262_144 } as const
  return { from: 'asked', says, type: FrameType.nack, flags: 0, ...numbers, body: toHex(encodeNack(numbers)) }
}
