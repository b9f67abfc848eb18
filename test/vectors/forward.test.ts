// The vectors of forwarding, read by a second hand: fields are taken from the bodies at the offsets that §10 gives, without
// the codecs that wrote them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat } from '../../stack/bytes/index.js'
import { verifyTyped } from '../../stack/crypto/index.js'
import { type HeldHead, haveOfHead, verifyHeadAnswer } from '../../stack/data/index.js'
import {
  decodeAccept,
  decodeAnnounce,
  decodeBytes,
  decodeClose,
  decodeCredit,
  decodeData,
  decodeInterest,
  decodeNack,
  decodeOpen,
  FrameType,
} from '../../stack/forward/index.js'
import { openTestCrypto } from '../provider.js'
import { forwardVectors } from './forward.js'

interface Vectors {
  interests: (Record<'token' | 'lifetimeMs' | 'hops' | 'rank' | 'kind' | 'answerBytes', number> & {
    key: string
    question: Record<string, string | number | number[]>
    body: string
  })[]
  data: (Record<'token' | 'offset' | 'total' | 'bytesAllowed' | 'hops' | 'ageS', number> & {
    payload: string
    body: string
  })[]
  nacks: (Record<'token' | 'retryMs' | 'bytesAllowed', number> & { reason: string; body: string })[]
  announces: { rank: number; routes: Record<string, string | number>[]; body: string }[]
  channels: (Record<'type' | 'flags' | 'channel', number> & Record<string, string | number> & { body: string })[]
  live: { from: string; type: number; flags: number; token: number; says: string; payload?: string; body: string }[]
}

const test = suite('vectors/forward')
const crypto = await openTestCrypto()
const vectors = JSON.parse(JSON.stringify(forwardVectors(crypto))) as Vectors

/** An unsigned number of `bytes` bytes at `at`. */
function number(body: string, at: number, bytes: number): number {
  return Number.parseInt(body.slice(2 * at, 2 * (at + bytes)), 16)
}

/** Hex of a number in so many bytes. */
function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0')
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

test('interests have their fields where §10.1 says', () => {
  assert.equal(
    vectors.interests.map(({ kind }) => kind),
    [1, 1, 2, 2, 3],
  )
  for (const interest of vectors.interests) {
    const { body, question } = interest
    assert.is(number(body, 0, 4), interest.token)
    assert.is(number(body, 4, 2), interest.lifetimeMs)
    assert.equal(
      [number(body, 6, 1), number(body, 7, 1), number(body, 8, 1)],
      [interest.hops, interest.rank, interest.kind],
    )
    assert.is(number(body, 9, 3), interest.answerBytes)
    assert.is(body.slice(24, 88), interest.key)
    const rest = body.slice(88)
    if (interest.kind === 1) {
      const versions = question.versions as number[]
      const have = hex(question.haveK as number, 1) + hex(question.haveSerial as number, 4) + hex(versions.length, 1)
      assert.is(rest, have + versions.map((version) => hex(version, 8)).join('') + hex(question.maxAgeS as number, 4))
    } else if (interest.kind === 2) {
      const have = hex(question.haveLength as number, 8) + (question.haveOpenPage as string)
      assert.is(rest, have + hex(question.maxAgeS as number, 4))
    } else {
      assert.is(rest, `${question.via}0000000000000000`)
    }
    assert.type(decodeInterest(bytes(body)), 'object')
  }
})

test('data has its fields where §10.2 says', () => {
  for (const { token, offset, total, bytesAllowed, hops, ageS, payload, body } of vectors.data) {
    const head = [hex(token, 4), hex(offset, 4), hex(total, 4), hex(bytesAllowed, 4), hex(hops, 1), hex(ageS, 4)]
    assert.is(body, head.join('') + payload)
    assert.type(decodeData(bytes(body)), 'object')
  }
})

test('nacks have the numbers of §10.9', () => {
  assert.equal(
    vectors.nacks.map(({ reason, body }) => [reason, number(body, 4, 1)]),
    [
      ['NoRoute', 1],
      ['Busy', 2],
      ['NotYet', 3],
      ['Expired', 4],
      ['Policy', 5],
      ['TooBig', 7],
      ['Quota', 8],
      ['Bad', 9],
    ],
  )
  for (const { token, retryMs, bytesAllowed, body } of vectors.nacks) {
    assert.equal([number(body, 0, 4), number(body, 5, 2), number(body, 7, 4)], [token, retryMs, bytesAllowed])
    assert.is(body.length, 22)
    assert.type(decodeNack(bytes(body)), 'object')
  }
})

test('announces have their routes as §10.6 says', () => {
  for (const { rank, routes, body } of vectors.announces) {
    const written = routes.map(
      ({ kind, key, lifetimeS, cost, proof = '' }) =>
        `${hex(kind as number, 1)}${key}${hex(lifetimeS as number, 2)}${hex(cost as number, 1)}` +
        `${hex(String(proof).length / 2, 1)}${proof}`,
    )
    assert.is(body, hex(rank, 1) + hex(routes.length, 1) + written.join(''))
    assert.type(decodeAnnounce(bytes(body)), 'object')
  }
})

test('the proof of a device begins with its end, and whoever changes that has to sign anew', () => {
  const [route, withdrawn] = vectors.announces[2]?.routes ?? []
  const [proof, key] = [String(route?.proof), bytes(String(route?.key))]
  assert.is(Number.parseInt(proof.slice(0, 16), 16), route?.untilMs)
  const signed = (until: string) => concat(key, bytes(until))
  const signature = bytes(proof.slice(16))
  assert.ok(verifyTyped(crypto, 'announce', key, signed(proof.slice(0, 16)), signature))
  assert.not.ok(verifyTyped(crypto, 'announce', key, signed(hex(Number(route?.untilMs) + 1, 8)), signature))
  assert.equal([withdrawn?.lifetimeS, withdrawn?.proof], [0, ''])
})

test('channels have their fields where §10.11 says', () => {
  const reasons = ['Done', 'NoRoute', 'Busy', 'Expired', 'LinkDown', 'Bad', 'Reset', 'Hops']
  const code = (reason: string): number => (reason === 'Unknown255' ? 255 : reasons.indexOf(reason))
  const written: Readonly<Record<number, (frame: (typeof vectors.channels)[number]) => string>> = {
    [FrameType.open]: ({ hops, rank, device, message }) =>
      `${hex(Number(hops), 1)}${hex(Number(rank), 1)}${device}${message}`,
    [FrameType.accept]: ({ message }) => String(message),
    [FrameType.bytes]: ({ sealed }) => String(sealed),
    [FrameType.credit]: ({ bytes: count }) => hex(Number(count), 4),
    [FrameType.close]: ({ reason }) => hex(code(String(reason)), 1),
  }
  const decoders: Readonly<Record<number, (body: Uint8Array) => object | string>> = {
    [FrameType.open]: decodeOpen,
    [FrameType.accept]: decodeAccept,
    [FrameType.bytes]: decodeBytes,
    [FrameType.credit]: decodeCredit,
    [FrameType.close]: decodeClose,
  }
  for (const frame of vectors.channels) {
    assert.is(frame.body, hex(frame.channel, 4) + written[frame.type]?.(frame))
    assert.type(decoders[frame.type]?.(bytes(frame.body)), 'object')
  }
  assert.equal(
    vectors.channels.flatMap(({ type, reason }) => (type === FrameType.close ? reason : [])),
    [...reasons, 'Unknown255'],
  )
})

test('who follows by the live frames comes from nothing to a state whose page is another, and asks with what it has', () => {
  let held: HeldHead | undefined
  const lengths: number[] = []
  for (const { type, flags, token, body } of vectors.live) {
    assert.is(token, 9)
    if (type === FrameType.interest) {
      const interest = decodeInterest(bytes(body))
      if (typeof interest === 'string' || interest.question.kind !== 'head') throw new Error('no question for a head')
      assert.is(flags, 0x11)
      assert.equal(interest.question.have, haveOfHead(held))
    } else if (type === FrameType.data) {
      const data = decodeData(bytes(body))
      if (typeof data === 'string') throw new Error(data)
      const log = bytes(vectors.interests[2]?.key ?? '')
      const answer = verifyHeadAnswer(crypto, Number.MAX_SAFE_INTEGER, log, held, data.payload)
      if (typeof answer === 'string') throw new Error(answer)
      held = answer.held
      lengths.push(held.head.length)
    }
  }
  assert.equal(lengths, [1, 2, 2, 5])
  assert.is(held?.head.closedLength, 4)
})

test.run()
