// Streams of Node and of the web, made of what yields bytes: whole, with back-pressure, and ended from either side.

import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../test/api/promises.js'
import { RunnelError, toReadable, toWeb } from './index.js'

interface Source extends AsyncIterable<Uint8Array> {
  taken: number
  ended: boolean
}

/** Yields `count` parts of ten bytes, then fails when told to. */
function source(count: number, failure?: Error): Source {
  const state = { taken: 0, ended: false }
  return Object.assign(state, {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (let index = 0; index < count; index += 1) {
          state.taken += 1
          yield new Uint8Array(10).fill(index)
        }
        if (failure !== undefined) throw failure
      } finally {
        state.ended = true
      }
    },
  })
}

const test = suite('adapters')

test('a Node stream gives every byte, and can be piped', async () => {
  const parts: Buffer[] = []
  const sink = new PassThrough().on('data', (part: Buffer) => parts.push(part))
  await pipeline(toReadable(source(5)), sink)
  assert.is(Buffer.concat(parts).length, 50)
})

test('a Node stream fails with the error itself', async () => {
  const failure = new RunnelError('IO')
  try {
    for await (const _ of toReadable(source(2, failure)));
    assert.unreachable()
  } catch (error) {
    assert.is(error, failure)
  }
})

test('a Node stream that nobody reads takes no more than its buffer holds', async () => {
  const given = source(1_000_000)
  const readable = toReadable(given)
  readable.read(0)
  await until(() => readable.readableLength >= readable.readableHighWaterMark)
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(given.taken * 10 <= readable.readableHighWaterMark + 20)
  readable.destroy()
  await until(() => given.ended)
})

test('destroying a Node stream ends the reading', async () => {
  const given = source(1_000_000)
  const readable = toReadable(given)
  await new Promise((resolve) => readable.once('data', resolve))
  readable.destroy()
  await until(() => given.ended)
})

test('a web stream gives every byte', async () => {
  let length = 0
  for await (const part of toWeb(source(5))) length += part.length
  assert.is(length, 50)
})

test('a web stream works as the body of a Response', async () => {
  const body = toWeb(source(3)) as unknown as ReadableStream<Uint8Array>
  assert.is((await new Response(body).arrayBuffer()).byteLength, 30)
})

test('a web stream takes only what is read', async () => {
  const given = source(100)
  const reader = toWeb(given).getReader()
  await reader.read()
  await reader.read()
  assert.is(given.taken, 2)
  await reader.cancel()
  assert.ok(given.ended)
})

test('a web stream fails with the error itself', async () => {
  const failure = new RunnelError('IO')
  const reader = toWeb(source(0, failure)).getReader()
  try {
    await reader.read()
    assert.unreachable()
  } catch (error) {
    assert.is(error, failure)
  }
})

test.run()
