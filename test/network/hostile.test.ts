// A node that listens, and those who mean it no good: strangers with garbage, replays and silence at the port, and
// neighbours that flood, lie and announce everything. Each is counted and costs nobody else anything: afterwards an honest
// reader reads through the same node.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, isRunnelError, type NodeClient } from '../../api/index.js'
import { decodeInterest, encodeAnnounce, encodeDataHead, encodeInterest, FrameType } from '../../stack/forward/index.js'
import { decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import { RawNeighbour } from '../lab/raw-neighbour.js'
import { told } from '../lab/told.js'
import { openTestCrypto } from '../provider.js'

const test = suite('network/hostile')
const it = told(test)
const crypto = await openTestCrypto()
const scratch = mkdtempSync(join(tmpdir(), 'runnel-hostile-'))

let router: NodeClient
let publisher: NodeClient
let port = 0
let device = new Uint8Array(32)
let upstream = ''
let link = ''
let readers = 0

test.before(async () => {
  router = await connect({ embedded: true, home: join(scratch, 'router'), listen: ['127.0.0.1:0'], root: true })
  const status = await router.status()
  const [listening] = status.listening as [string]
  port = Number(listening.split(':').at(-1))
  const key = decodeText(crypto, status.device)
  if (typeof key !== 'string') device = key.bytes.slice()
  upstream = `${status.device}@127.0.0.1:${port}`
  publisher = await connect({ embedded: true, home: join(scratch, 'publisher'), upstream: [upstream] })
  await publisher.wait({ for: 'neighbour' })
  writeFileSync(join(scratch, 'file'), randomBytes(400_000))
  link = (await publisher.publish(join(scratch, 'file'))).link
})

test.after(async () => {
  await publisher.close()
  await router.close()
  rmSync(scratch, { recursive: true, force: true })
})

/** A new node reads a file through the router, which proves that the router goes on. */
async function assertServes(wanted = link): Promise<void> {
  readers += 1
  const home = join(scratch, `reader-${readers}`)
  const reader = await connect({ embedded: true, home, upstream: [upstream] })
  try {
    const got = await reader.get({ link: wanted, output: join(scratch, `out-${readers}`) })
    assert.is(got.bytes, 400_000)
    assert.ok(got.verified)
  } finally {
    await reader.close()
  }
}

async function knock(bytes: Uint8Array): Promise<{ socket: Socket; received: () => number }> {
  const socket = connectSocket({ host: '127.0.0.1', port })
  let received = 0
  socket.on('data', (data: Uint8Array) => {
    received += data.length
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(bytes)
  return { socket, received: () => received }
}

async function counters(): Promise<Record<string, number>> {
  return (await router.status()).counters
}

it('strangers with garbage, oversized lengths and half a greeting get not one byte, and the node goes on', async () => {
  const first = Buffer.concat([Buffer.from([0, 143]), randomBytes(143)])
  const greetings = [randomBytes(4_096), Buffer.from([0xff, 0xff]), Buffer.from([0, 0]), first.subarray(0, 40), first]
  const strangers = await Promise.all(greetings.map(knock))
  await assertServes()
  for (const { socket, received } of strangers) {
    assert.is(received(), 0)
    socket.destroy()
  }
})

it('a handshake that was recorded and sent again gets no answer and counts as a replay', async () => {
  const honest = await RawNeighbour.link(port, device)
  const [message] = honest.written as [Uint8Array]
  const before = (await counters()).handshakesReplayed ?? 0
  const { socket, received } = await knock(message)
  await assertServes()
  assert.is(received(), 0)
  assert.is((await counters()).handshakesReplayed, before + 1)
  socket.destroy()
  honest.close()
})

it('three hundred half-open connections of one source are bounded, and an honest reader gets in', async () => {
  const sockets = await Promise.all(Array.from({ length: 300 }, () => knock(Uint8Array.of(0))))
  // The last of them has been accepted or refused when its end is seen, or when 16 are left.
  while (((await counters()).handshakesRefused ?? 0) < 300 - 16) await new Promise((resolve) => setImmediate(resolve))
  for (const { socket } of sockets) socket.destroy()
  await Promise.all(sockets.map(({ socket }) => (socket.closed ? undefined : once(socket, 'close'))))
  await assertServes()
})

it('garbage in the place of a record ends that link alone', async () => {
  const neighbour = await RawNeighbour.link(port, device)
  neighbour.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes: [] }))
  neighbour.sendRaw(randomBytes(200_000))
  await neighbour.until(() => neighbour.down !== undefined)
  await assertServes()
})

it('a record that is sent a second time ends that link alone', async () => {
  const neighbour = await RawNeighbour.link(port, device)
  neighbour.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes: [] }))
  neighbour.send(FrameType.interest, 0, interest(1, new Uint8Array(randomBytes(32))))
  await neighbour.until(() => neighbour.frames.some(({ type }) => type === FrameType.nack))
  assert.is(neighbour.down, undefined)
  neighbour.sendRaw(neighbour.written.at(-1) as Uint8Array)
  await neighbour.until(() => neighbour.down !== undefined)
  await assertServes()
})

it('who greets at one byte a second is given up after the time of a handshake, and holds nobody up', async () => {
  const { socket, received } = await knock(Uint8Array.of(0))
  const started = performance.now()
  const drip = setInterval(() => socket.write(Uint8Array.of(143)), 1_000)
  const closed = once(socket, 'close')
  await assertServes()
  assert.not.ok(socket.closed, 'it was still there while another was served')
  await closed
  clearInterval(drip)
  assert.ok(performance.now() - started < 20_000)
  assert.is(received(), 0)
})

it('a neighbour that sends a record at one byte a second holds nobody up', async () => {
  const neighbour = await RawNeighbour.link(port, device)
  neighbour.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes: [] }))
  neighbour.sendRaw(Uint8Array.of(0xff))
  const drip = setInterval(() => neighbour.sendRaw(Uint8Array.of(0xff)), 1_000)
  await assertServes()
  assert.is(neighbour.down, undefined)
  clearInterval(drip)
  neighbour.close()
})

// protocol.md §9 MUST: Unknown types, and bodies that do not decode
it('frames that do not parse are counted by reason, and the link stays', async () => {
  const neighbour = await RawNeighbour.link(port, device)
  const before = await counters()
  for (const type of [FrameType.interest, FrameType.data, FrameType.nack, FrameType.announce]) {
    for (const length of [0, 1, 7, 50, 4_000]) neighbour.send(type, 0xff, randomBytes(length))
  }
  // An Interest for what nobody has is answered, so all of the above has been dealt with.
  neighbour.send(FrameType.interest, 0, interest(1, new Uint8Array(randomBytes(32))))
  await neighbour.until(() => neighbour.frames.some(({ type }) => type === FrameType.nack))
  const dropped = (all: Record<string, number>): number =>
    Object.entries(all).reduce((sum, [name, count]) => sum + (name.startsWith('dropped ') ? count : 0), 0)
  assert.ok(dropped(await counters()) >= dropped(before) + 15)
  assert.is(neighbour.down, undefined)
  neighbour.close()
})

it('ten thousand Interests of one neighbour meet its quota, and others are served meanwhile', async () => {
  const neighbour = await RawNeighbour.link(port, device)
  for (let token = 1; token <= 10_000; token += 1) {
    neighbour.send(FrameType.interest, 0, interest(token, new Uint8Array(randomBytes(32))))
  }
  await assertServes()
  const { counters: all } = await router.status()
  assert.ok((all.interestsWaiting ?? 0) <= 4_096 + 64)
  await neighbour.until(() => neighbour.frames.filter(({ type }) => type === FrameType.nack).length > 5_000)
  neighbour.close()
})

it('one who announces a log and answers with wrong bytes is blamed, and the reader is told who lied', async () => {
  const log = crypto.ed25519.publicKeyFromSeed(new Uint8Array(randomBytes(32)))
  const liar = await RawNeighbour.link(port, device)
  liar.onFrame(({ type, body }) => {
    if (type !== FrameType.interest) return
    const asked = decodeInterest(body)
    if (typeof asked === 'string') return
    const payload = new Uint8Array(randomBytes(500))
    const head = { token: asked.token, offset: 0, total: payload.length, bytesAllowed: 262_144, hops: 1, ageS: 0 }
    liar.send(FrameType.data, 0, encodeDataHead(head), payload)
  })
  const routes = [{ kind: 'log' as const, key: log, lifetimeS: 300, cost: 0 }]
  liar.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes }))
  const before = (await counters()).blamed ?? 0
  const error = await router.openStream(encodeText(crypto, TextKind.log, log)).catch((thrown: unknown) => thrown)
  assert.ok(isRunnelError(error, 'NO_HOLDER'), String(error))
  assert.match(JSON.stringify(error.details), encodeText(crypto, TextKind.device, liar.device))
  assert.match(JSON.stringify(error.details), 'lied')
  assert.ok(((await counters()).blamed ?? 0) > before)
  await assertServes()
  liar.close()
})

it('a liar beside the publisher costs the reader nothing: it gets what was published', async () => {
  writeFileSync(join(scratch, 'file'), randomBytes(400_000))
  const published = await publisher.publish(join(scratch, 'file'), { label: 'second' })
  const stream = (await publisher.streams()).find(({ label }) => label === 'second')
  const log = decodeText(crypto, stream?.log ?? '')
  const liar = await RawNeighbour.link(port, device)
  liar.onFrame(({ type, body }) => {
    const asked = type === FrameType.interest ? decodeInterest(body) : 'bad-kind'
    if (typeof asked === 'string') return
    const head = { token: asked.token, offset: 0, total: 9, bytesAllowed: 262_144, hops: 1, ageS: 0 }
    liar.send(FrameType.data, 0, encodeDataHead(head), new Uint8Array(9))
  })
  const routes = typeof log === 'string' ? [] : [{ kind: 'log' as const, key: log.bytes, lifetimeS: 300, cost: 0 }]
  liar.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes }))
  await assertServes(published.link)
  assert.equal(readFileSync(join(scratch, `out-${readers}`)), readFileSync(join(scratch, 'file')))
  liar.close()
})

it('a name with a typing error, an unknown label and an unknown name each say so', async () => {
  const unknown = encodeText(crypto, TextKind.name, new Uint8Array(randomBytes(32)))
  const typo = link.slice(0, -1) + (link.endsWith('a') ? 'b' : 'a')
  const label = link.replace(/^main\./, 'nothing.')
  for (const [wrong, code] of [
    [typo, 'BAD_NAME'],
    [label, 'UNKNOWN_LABEL'],
    [unknown, 'NO_HOLDER'],
  ] as const) {
    const error = await publisher.openStream(wrong).catch((thrown: unknown) => thrown)
    assert.ok(isRunnelError(error, code), String(error))
  }
})

function interest(token: number, key: Uint8Array): Uint8Array {
  const question = { kind: 'chunk', via: new Uint8Array(32) } as const
  return encodeInterest({ token, lifetimeMs: 1_000, hops: 4, rank: 1, answerBytes: 61_440, key, question })
}

test.run()
