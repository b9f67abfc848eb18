// A walk is fed within its window, in order, and leaves nothing behind.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../stack/bytes/index.js'
import { fileScope } from '../../stack/crypto/index.js'
import { FileBuilder, openFileReader } from '../../stack/data/index.js'
import { failure, until } from '../../test/api/promises.js'
import { chunkAnswer, FakeHub, nack, openSession } from '../../test/node/fake-hub.js'
import { crypto } from '../../test/node/temporary.js'
import { patterned } from '../../test/samples/log.js'
import { drive, type LocalPart, type Walk } from './drive.js'
import { windowBytes } from './limits.js'
import type { ReadSession } from './session.js'

const test = suite('drive')
const via = patterned(32, 1)
const scope = fileScope(crypto, undefined)

function fileOf(bytes: Uint8Array, shape: ConstructorParameters<typeof FileBuilder>[3] = {}) {
  const chunks = new Map<string, Uint8Array>()
  const builder = new FileBuilder(crypto, undefined, (name, chunk) => chunks.set(toHex(name), chunk), shape)
  builder.push(bytes)
  return { chunks, file: builder.end() }
}

const small = patterned(600_000, 2)
const large = patterned(12_000_000, 3)

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

const readOf = (session: ReadSession, file: ReturnType<typeof fileOf>['file'], local?: LocalPart) =>
  drive(session, openFileReader(crypto, scope, file), via, 'the file', local)

test('yields a file in order, however its chunks come', async () => {
  const { chunks, file } = fileOf(small)
  const hub = new FakeHub()
  const session = openSession(hub)
  const whole = collect(readOf(session, file))
  let done = false
  void whole.then(() => {
    done = true
  })
  while (!done) {
    await until(() => hub.open.size > 0 || done)
    const last = [...hub.open.values()].at(-1)
    last?.answer(chunkAnswer(chunks.get(toHex(last.interest.key)) as Uint8Array))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(Buffer.from(small).equals(await whole))
  session.close()
})

test('never asks for more than its window, of which all walks of a call have a part', async () => {
  const hub = new FakeHub()
  const session = openSession(hub)
  const { chunks, file } = fileOf(large)
  const other = fileOf(patterned(12_000_000, 4))
  const both = new Map([...chunks, ...other.chunks])
  let most = 0
  hub.respond = ({ key }) => {
    const asked = [...hub.open.values()].reduce((sum, { interest }) => sum + (interest.answerBytes ?? 0), 0)
    most = Math.max(most, asked)
    return chunkAnswer(both.get(toHex(key)) as Uint8Array)
  }
  const [first] = await Promise.all([collect(readOf(session, file)), collect(readOf(session, other.file))])
  assert.ok(Buffer.from(large).equals(first))
  assert.ok(most > windowBytes / 2, `${most}`)
  // What does not fill the window is asked for in whole chunks, and a walk may always have one.
  assert.ok(most <= windowBytes + 130 * 61_440, `${most}`)
  session.close()
})

test('goes on asking while its taker is busy with an item', async () => {
  const { chunks, file } = fileOf(large)
  const hub = new FakeHub()
  hub.serve(chunks)
  const session = openSession(hub)
  const reading = readOf(session, file)
  await reading.next()
  await until(() => hub.open.size === 0)
  const before = hub.asked.length
  for (let taken = 0; taken < before; taken++) await reading.next()
  assert.ok(hub.asked.length > before)
  await reading.return()
  session.close()
})

test('asks for little where the root’s size is not known, and for more where that is too little', async () => {
  // Wherever it may: no bit has to be zero.
  const anywhere = { middle: 0, low: 0 }
  const sizes = { minimumBytes: 4_096, averageBytes: 4_096, maximumBytes: 4_096 }
  const cutSmall = fileOf(small, { cutRule: { ...sizes, strictMask: anywhere, looseMask: anywhere } })
  for (const { chunks, file } of [fileOf(small), cutSmall]) {
    const asked: number[] = []
    const hub = new FakeHub()
    hub.respond = ({ key, answerBytes = 61_440 }) => {
      const bytes = chunks.get(toHex(key)) as Uint8Array
      asked.push(answerBytes)
      return bytes.length > answerBytes ? nack('TooBig') : chunkAnswer(bytes)
    }
    const session = openSession(hub)
    assert.ok(Buffer.from(small).equals(await collect(readOf(session, file))))
    assert.is(asked[0], 36 + 72 * Math.ceil(small.length / 8_192))
    assert.is(asked[1] === 61_440, file === cutSmall.file)
    session.close()
  }
})

test('throws what a chunk failed with, after what came before it', async () => {
  const { chunks, file } = fileOf(small)
  const hub = new FakeHub()
  const session = openSession(hub)
  let parts = 0
  hub.respond = ({ key }) => {
    const bytes = chunks.get(toHex(key)) as Uint8Array
    parts += 1
    return parts === 5 ? nack('TooBig') : chunkAnswer(bytes)
  }
  const pieces: Uint8Array[] = []
  const error = await failure(
    (async () => {
      for await (const piece of readOf(session, file)) pieces.push(piece)
    })(),
    'DAMAGED',
  )
  assert.is(error.blame, 'peer')
  const got = Buffer.concat(pieces)
  assert.ok(got.equals(small.subarray(0, got.length)))
  assert.is(hub.open.size, 0)
  session.close()
})

test('refuses what was signed and does not hold together, and blames its writer', async () => {
  const { chunks, file } = fileOf(small)
  const hub = new FakeHub()
  hub.respond = ({ key }) => {
    const bytes = (chunks.get(toHex(key)) as Uint8Array).slice()
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    return chunkAnswer(bytes)
  }
  const session = openSession(hub)
  assert.is((await failure(collect(readOf(session, file)), 'DAMAGED')).blame, 'peer')
  session.close()
})

test('cancels what it still asks for when it is abandoned, and leaves no rejection behind', async () => {
  const { chunks, file } = fileOf(large)
  const hub = new FakeHub()
  const session = openSession(hub)
  let answered = 0
  hub.respond = ({ key }) => (answered++ < 6 ? chunkAnswer(chunks.get(toHex(key)) as Uint8Array) : undefined)
  for await (const piece of readOf(session, file)) {
    assert.ok(piece.length > 0)
    break
  }
  assert.is(hub.open.size, 0)
  assert.ok(hub.cancelled.length > 0)
  await until(() => session.inFlightBytes === 0)
  session.close()
})

test('ends a walk that waits when the session is closed', async () => {
  const { file } = fileOf(small)
  const hub = new FakeHub()
  const session = openSession(hub)
  const whole = collect(readOf(session, file))
  await until(() => hub.open.size > 0)
  session.close()
  await failure(whole, 'ABORTED')
})

test('asks nobody for the parts that are at hand', async () => {
  const { chunks, file } = fileOf(small)
  const hub = new FakeHub()
  hub.serve(chunks)
  const session = openSession(hub)
  const local: LocalPart = async (name, offset, bytes) => {
    const chunk = chunks.get(toHex(name))
    assert.is(chunk?.length, bytes + 1)
    return offset < 300_000 ? chunk : undefined
  }
  assert.ok(Buffer.from(small).equals(await collect(readOf(session, file, local))))
  assert.ok(session.sources.bytes < 400_000)
  session.close()
})

test('fails rather than waits for ever for a walk that wants nothing', async () => {
  const walk: Walk<number> = {
    done: false,
    failed: undefined,
    wanted: () => [],
    handleChunk: () => undefined,
    take: () => [],
  }
  const session = openSession(new FakeHub())
  await failure(drive(session, walk, via, 'it').next(), 'INTERNAL')
  session.close()
})

test.run()
