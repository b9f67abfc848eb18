// A connection and its socket: what was written belongs to the socket until that says that the kernel has it.

import { EventEmitter } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equal, Rooms } from '../../stack/bytes/index.js'
import { FrameType, LENGTH_BYTES, MAX_RECORD_BYTES, OWN_RECORD_BYTES } from '../../stack/link/index.js'
import { Pair, startUs } from '../../test/link/pair.js'
import { openTestCrypto } from '../../test/provider.js'
import type { ByteSocket, Time } from '../outside.js'
import { Connection } from './connection.js'

const crypto = await openTestCrypto()
const test = suite('carrier/connection')

/** Stands still: no timer outlives a test that fails. */
const time: Time = {
  now: () => ({ nowUs: startUs, nowMs: 0 }),
  after: () => ({ cancel: () => {} }),
  turn: () => Promise.resolve(),
}

interface Written {
  readonly bytes: Uint8Array
  readonly asItWas: Uint8Array
  readonly done: ((error?: Error | null) => void) | undefined
}

/** Keeps what is written until the test lets the kernel take it. */
class LateSocket extends EventEmitter implements ByteSocket {
  readonly destroyed = false
  readonly waiting: Written[] = []

  get writableLength(): number {
    return this.waiting.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  write(bytes: Uint8Array, done?: (error?: Error | null) => void): void {
    this.waiting.push({ bytes, asItWas: bytes.slice(), done })
  }

  take(count: number, error: Error | null = null): void {
    for (const { bytes, asItWas, done } of this.waiting.splice(0, count)) {
      assert.ok(equal(bytes, asItWas), 'nobody writes to it before the kernel has it')
      done?.(error)
    }
  }

  cork(): void {}
  uncork(): void {}
  setNoDelay(): void {}
  destroy(): void {}
  destroySoon(): void {}
}

function connected() {
  const rooms = new Rooms({ leastBytes: OWN_RECORD_BYTES, roomBytes: LENGTH_BYTES + MAX_RECORD_BYTES, maxSpare: 8 })
  const { link } = new Pair(crypto, { initiator: { rooms } }).rise().initiator
  const socket = new LateSocket()
  const ignore = (): void => {}
  const connection = new Connection(time, socket, link, rooms, {
    handleUp: ignore,
    handleFrame: ignore,
    settle: ignore,
    handleDelivered: ignore,
    handleDown: ignore,
  })
  const send = (count: number): void => {
    for (let index = 0; index < count; index++) link.sendFrame(FrameType.data, 0, new Uint8Array(20_000).fill(index))
    connection.flush()
  }
  return { connection, socket, send }
}

test('a record is written into memory of another only when the kernel has all that was written with that', () => {
  const { connection, socket, send } = connected()
  const buffers = new Set<ArrayBufferLike>()
  for (let round = 0; round < 8; round++) {
    send(3)
    for (const { bytes } of socket.waiting) buffers.add(bytes.buffer)
    socket.take(2)
    send(2)
    for (const { bytes } of socket.waiting) buffers.add(bytes.buffer)
    socket.take(socket.waiting.length)
  }
  assert.ok(buffers.size <= 8, `${buffers.size} rooms for 40 records, of which 5 wait at a time`)
  connection.close()
})

test('memory of what could not be written is not used again', () => {
  const { connection, socket, send } = connected()
  send(3)
  const failed = new Set(socket.waiting.map(({ bytes }) => bytes.buffer))
  socket.take(3, new Error('ECONNRESET'))
  send(3)
  assert.ok(socket.waiting.every(({ bytes }) => !failed.has(bytes.buffer)))
  connection.close()
})

test.run()
