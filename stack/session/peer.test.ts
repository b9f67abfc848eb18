// One machine against a peer that may say anything: what it takes, what it refuses, and what it says then. Every record of
// the peer is sealed with the right key; it is the peer that is wrong.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { encodeUtf8 } from '../bytes/index.js'
import { TAG_BYTES } from '../crypto/index.js'
import { type SessionEvent, SessionMachine, type SessionOptions } from './index.js'
import {
  ACK_DELAY_US,
  FIRST_ROOM_BYTES,
  KEEP_US,
  MAX_RESET_TEXT_BYTES,
  MAX_WAITING_PONGS,
  PING_AFTER_US,
  SILENT_US,
} from './limits.js'
import { SealedChannel } from './sealed-channel.js'
import { decodeRecord, encodeRecord, type SessionRecord } from './wire/record.js'

const test = suite('session/peer')
const crypto = await openTestCrypto()

/** A machine, and its peer's side of each channel. */
class Against {
  nowUs = 1_000
  readonly machine: SessionMachine
  readonly events: SessionEvent[] = []
  #peers = new Map<number, SealedChannel>()

  constructor(role: SessionOptions['role']) {
    this.machine = new SessionMachine(crypto, { role, nowUs: this.nowUs })
  }

  channel(channel: number, peerReceived = 0): this {
    const [mine, theirs] = [crypto.sha256(Uint8Array.of(channel, 1)), crypto.sha256(Uint8Array.of(channel, 2))]
    this.#peers.set(channel, new SealedChannel(crypto, { send: theirs.slice(), receive: mine.slice() }))
    this.machine.handleChannel(this.nowUs, { channel, keys: { send: mine, receive: theirs }, peerReceived })
    this.#take()
    return this
  }

  says(channel: number, record: SessionRecord | Uint8Array): this {
    const plain = record instanceof Uint8Array ? record : encodeRecord(record)
    const bytes = new Uint8Array(plain.length + TAG_BYTES)
    bytes.set(plain)
    const sealed = this.#peers.get(channel)?.seal(bytes) ?? bytes
    this.machine.handleBytes(this.nowUs, channel, sealed)
    this.#take()
    return this
  }

  /** All that it sends now. */
  hears(roomBytes = 65_536): SessionRecord[] {
    const heard: SessionRecord[] = []
    for (let sent = this.machine.pollTransmit(roomBytes); sent; sent = this.machine.pollTransmit(roomBytes)) {
      const plain = this.#peers.get(sent.channel)?.open(sent.sealed)
      const record = plain === undefined ? 'bad-seal' : decodeRecord(plain)
      if (typeof record === 'string') throw new Error(record)
      heard.push(record)
    }
    this.#take()
    return heard
  }

  /** Lets time pass, to the microsecond at which it is called. */
  wait(forUs: number): this {
    this.nowUs += forUs
    this.machine.handleTimeout(this.nowUs)
    this.#take()
    return this
  }

  closed(channel: number, isDone: boolean): this {
    this.machine.handleChannelClosed(this.nowUs, channel, isDone)
    this.#take()
    return this
  }

  get over(): SessionEvent | undefined {
    return this.events.find(({ kind }) => kind === 'over')
  }

  #take(): void {
    for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent()) {
      this.events.push(event)
    }
  }
}

const data = (length: number): SessionRecord => ({ kind: 'data', bytes: new Uint8Array(length).fill(7) })
const ack = (received: number, room = 0): SessionRecord => ({ kind: 'ack', received, room })
const end: SessionRecord = { kind: 'end' }
const kindsOf = (list: readonly { readonly kind: string }[]): string[] => list.map(({ kind }) => kind)

test('a peer that breaks a rule is told which one, and the session is over for it', () => {
  const wrong: [string, SessionRecord[] | Uint8Array][] = [
    ['too-many', [...Array.from({ length: 8 }, () => data(FIRST_ROOM_BYTES / 8)), data(1)]],
    ['trailing', [end, data(1)]],
    ['trailing', [end, end]],
    ['bad-range', [ack(1)]],
    ['bad-kind', Uint8Array.of(9)],
    ['too-short', Uint8Array.of(0)],
  ]
  for (const [reason, records] of wrong) {
    const against = new Against('initiator').channel(1)
    against.hears()
    for (const record of records instanceof Uint8Array ? [records] : records) against.says(1, record)
    const heard = against.hears()
    assert.equal(heard.at(-1), { kind: 'reset', code: 'bad', text: reason })
    assert.equal(against.over, { kind: 'over', lost: { reason: 'bad', code: 'bad', text: reason } })
    assert.ok(against.machine.isOver)
    assert.equal(against.hears(), [])
  }
})

test('a peer that is gone before it hears what it did wrong is still what the session ended for', () => {
  const against = new Against('initiator').channel(1).says(1, ack(1)).closed(1, false)
  assert.equal(against.over, { kind: 'over', lost: { reason: 'bad', code: 'bad', text: 'bad-range' } })
})

test('a session that is given up without a channel, or whose channel ends first, is over and nothing more', () => {
  const without = new Against('initiator')
  without.machine.reset('closed')
  assert.equal(without.machine.pollEvent(), { kind: 'over' })
  const with1 = new Against('initiator').channel(1)
  with1.machine.reset('closed')
  assert.equal(with1.closed(1, false).over, { kind: 'over' })
  with1.machine.reset('closed')
  assert.equal(with1.hears(), [])
})

test('the text of a RESET is cut to its bound, and not within a character', () => {
  for (const character of ['x', 'é', '…', '😀']) {
    const against = new Against('initiator').channel(1)
    against.machine.reset('ending', character.repeat(MAX_RESET_TEXT_BYTES))
    const [reset] = against.hears()
    const text = reset?.kind === 'reset' ? reset.text : ''
    const length = encodeUtf8(character).length
    assert.is(text, character.repeat(Math.floor(MAX_RESET_TEXT_BYTES / length)), character)
  }
  const half = new Against('initiator').channel(1)
  half.machine.reset('ending', 'a\ud800b')
  assert.equal(half.hears(), [{ kind: 'reset', code: 'ending', text: 'a\ufffdb' }])
})

test('a peer that leaves in order before both have ended loses the session, at once', () => {
  const against = new Against('initiator').channel(1).closed(1, true)
  assert.equal(against.over, { kind: 'over', lost: { reason: 'lost' } })
})

test('a responder that does not know the session any more ends the tries of the initiator', () => {
  const against = new Against('initiator').channel(1)
  // While there is a channel no call can fail.
  against.machine.handleFailed(against.nowUs, true)
  assert.not(against.machine.isOver)
  against.closed(1, false)
  against.machine.handleFailed(against.nowUs, true)
  assert.equal(against.wait(0).over, { kind: 'over', lost: { reason: 'forgotten' } })
  against.machine.handleFailed(against.nowUs, false)
  assert.is(against.machine.pollTimeout(), undefined)
})

test('a responder that claims to have what was never sent ends the session', () => {
  const against = new Against('initiator').channel(1, 5)
  assert.equal(against.over, { kind: 'over', lost: { reason: 'bad', code: 'bad', text: 'bad-range' } })
})

test('an initiator that claims to have what was never sent is never up, and nothing follows the end', () => {
  const against = new Against('responder').channel(1, 5).says(1, ack(0))
  assert.equal(against.over, { kind: 'over', lost: { reason: 'bad', code: 'bad', text: 'bad-range' } })
  assert.is(against.events.at(-1)?.kind, 'over')
  assert.not(kindsOf(against.events).includes('up'))
})

test('a responder leaves a new channel for a newer one, for one whose first record does not open, and when it closes', () => {
  const against = new Against('responder').channel(1).channel(2)
  assert.equal(against.events, [{ kind: 'leave', channel: 1 }])
  against.machine.handleBytes(against.nowUs, 2, new Uint8Array(40))
  assert.equal(against.wait(0).events.at(-1), { kind: 'leave', channel: 2 })
  assert.is(against.machine.channel, undefined)
  against.channel(3).closed(3, false)
  // It has nothing to leave: the channel is gone.
  assert.is(against.events.length, 2)
  against.channel(4).says(4, ack(0))
  assert.is(against.machine.channel, 4)
  assert.is(against.events.at(-1)?.kind, 'up')
})

test('a channel that was left says nothing any more, and its end is nobody’s', () => {
  const against = new Against('responder').channel(1).says(1, ack(0)).channel(2).says(2, ack(0))
  against.says(1, data(3)).closed(1, true)
  assert.not(kindsOf(against.events).includes('data'))
  assert.not(against.machine.isOver)
  assert.is(against.machine.channel, 2)
})

test('what the peer has not acknowledged is sent again, also when it acknowledges it meanwhile', () => {
  const against = new Against('initiator').channel(1)
  against.machine.write(new Uint8Array(1_000).fill(3))
  against.hears()
  against.closed(1, false).channel(2, 100)
  // It came over the first channel after the peer had said 100.
  against.says(2, ack(1_000, 500))
  against.machine.write(Uint8Array.of(9))
  const sent = against.hears().flatMap((record) => (record.kind === 'data' ? [...record.bytes] : []))
  assert.equal(sent, [...new Array<number>(900).fill(3), 9])
})

test('of more PINGs than may wait the newest go unanswered, and a PONG asks for nothing', () => {
  const against = new Against('initiator').channel(1)
  against.hears()
  for (let number = 0; number < MAX_WAITING_PONGS + 1; number++) {
    against.says(1, { kind: 'ping', token: new Uint8Array(8).fill(number) })
  }
  const heard = against.says(1, { kind: 'pong', token: new Uint8Array(8) }).hears()
  assert.equal(
    heard,
    Array.from({ length: MAX_WAITING_PONGS }, (_, number) => ({ kind: 'pong', token: new Uint8Array(8).fill(number) })),
  )
})

test('silence brings one PING, and the end of the channel when nothing answers; a record begins it anew', () => {
  const against = new Against('initiator').channel(1)
  against.hears()
  assert.is(against.machine.pollTimeout(), against.nowUs + PING_AFTER_US)
  assert.equal(kindsOf(against.wait(PING_AFTER_US).hears()), ['ping'])
  assert.equal(against.wait(1_000_000).hears(), [])
  assert.equal(kindsOf(against.says(1, ack(0)).wait(PING_AFTER_US).hears()), ['ping'])
  const leftUs = SILENT_US - PING_AFTER_US
  assert.is(against.machine.pollTimeout(), against.nowUs + leftUs)
  assert.not(kindsOf(against.wait(leftUs - 1).events).includes('leave'))
  assert.equal(against.wait(1).events.at(-1), { kind: 'leave', channel: 1 })
  assert.is(against.machine.channel, undefined)
})

test('what came is acknowledged after 100 ms when it is little, and END at once', () => {
  const against = new Against('initiator').channel(1)
  against.hears()
  assert.equal(against.says(1, data(10)).hears(), [])
  assert.is(against.machine.pollTimeout(), against.nowUs + ACK_DELAY_US)
  assert.equal(against.wait(ACK_DELAY_US - 1).hears(), [])
  assert.equal(against.wait(1).hears(), [{ kind: 'ack', received: 10, room: FIRST_ROOM_BYTES - 10 }])
  assert.equal(kindsOf(against.says(1, end).hears()), ['ack'])
})

test('a channel with little room carries small records, and data when it is all there is or the room is worth it', () => {
  const against = new Against('initiator').channel(1)
  assert.is(against.machine.pollTransmit(63), undefined)
  assert.equal(kindsOf(against.hears(64)), ['ack'])
  against.machine.write(new Uint8Array(10_000))
  assert.equal(against.hears(1_000), [])
  const [first] = against.hears(5_000)
  assert.is(first?.kind === 'data' && first.bytes.length, 5_000 - 1 - TAG_BYTES)
})

test('both have ended and both know: the session is over, and says so once', () => {
  const against = new Against('initiator').channel(1)
  against.hears()
  against.machine.end()
  assert.equal(kindsOf(against.hears()), ['end'])
  assert.not(against.machine.isAcknowledged)
  against.says(1, ack(1))
  assert.ok(against.machine.isAcknowledged)
  assert.not(against.machine.isOver)
  against.says(1, end)
  assert.not(against.machine.isOver)
  assert.equal(kindsOf(against.hears()), ['ack'])
  assert.equal(kindsOf(against.events), ['end', 'leave', 'over'])
  against.machine.end()
  against.wait(KEEP_US).channel(2)
  assert.equal(kindsOf(against.events), ['end', 'leave', 'over', 'leave'])
})

test('a responder waits 90 s for another channel, and then not', () => {
  const against = new Against('responder').channel(1).says(1, ack(0)).closed(1, false)
  assert.is(against.machine.pollTimeout(), against.nowUs + KEEP_US)
  assert.not(against.wait(KEEP_US - 1).machine.isOver)
  assert.equal(against.wait(1).over, { kind: 'over', lost: { reason: 'lost' } })
})

test.run()
