// Conversations and those who mean them no good: a neighbour that opens ten thousand channels, callers that never speak, and
// a listener that never reads. Each is counted and held to its share; whoever speaks beside them is heard.
// wall limit: 120 s

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Conversation, connect, type NodeClient } from '../../api/index.js'
import { type CloseReason, decodeClose, encodeOpen, FrameType } from '../../stack/forward/index.js'
import { decodeText } from '../../stack/name/index.js'
import { openCall } from '../../stack/session/index.js'
import { drink, pour, poured } from '../lab/pour.js'
import { RawNeighbour } from '../lab/raw-neighbour.js'
import { told } from '../lab/told.js'
import { until } from '../lab/until.js'
import { openTestCrypto } from '../provider.js'

const test = suite('network/session-floods')
const it = told(test)
const crypto = await openTestCrypto()
const scratch = mkdtempSync(join(tmpdir(), 'session-floods-'))

let router: NodeClient
let a: NodeClient
let x: NodeClient
let port = 0
const keys: { router: Uint8Array; a: Uint8Array } = { router: new Uint8Array(32), a: new Uint8Array(32) }
let name = ''
let files = 0

async function keyOf(node: NodeClient): Promise<Uint8Array> {
  const key = decodeText(crypto, (await node.id()).device)
  if (typeof key === 'string') throw new Error(key)
  return key.bytes.slice()
}

test.before(async () => {
  router = await connect({ embedded: true, home: join(scratch, 'router'), listen: ['127.0.0.1:0'], root: true })
  const { listening, device } = await router.status()
  port = Number(listening[0]?.split(':').at(-1))
  const open = (home: string) =>
    connect({ embedded: true, home: join(scratch, home), upstream: [`${device}@127.0.0.1:${port}`] })
  ;[a, x] = await Promise.all([open('a'), open('x')])
  for (const node of [a, x]) await node.wait({ for: 'neighbour' })
  keys.router = await keyOf(router)
  keys.a = await keyOf(a)
  name = (await a.id()).name
})

test.after(async () => {
  for (const node of [a, x, router]) await node.close()
  rmSync(scratch, { recursive: true, force: true })
})

async function metric(node: NodeClient, line: string): Promise<number> {
  const found = (await node.metrics()).split('\n').find((one) => one.startsWith(`${line} `))
  return Number(found?.slice(line.length))
}

/** A service of a's that answers with what it reads, until `stop`. */
function echo(service: string): { stop(): Promise<unknown> } {
  const end = new AbortController()
  const serving = (async () => {
    for await (const conversation of a.listen(service, { signal: end.signal })) {
      void (async () => {
        for await (const bytes of conversation) await conversation.write(bytes)
        await conversation.end()
      })().catch(() => {})
    }
  })().catch(() => {})
  return {
    stop: () => {
      end.abort()
      return serving
    },
  }
}

/** x says something to a's service, and hears it. */
async function speaks(service: string): Promise<void> {
  const conversation = await until('x is answered', () => x.dial(name, service).catch(() => undefined))
  const heard = drink(conversation, 5)
  await pour(conversation, 5, 100_000)
  assert.is(await heard, 100_000)
}

/** x reads a new file of a's. */
async function readsAFile(): Promise<void> {
  files += 1
  const path = join(scratch, `file-${files}`)
  writeFileSync(path, randomBytes(400_000))
  const { link } = await a.publish(path, { label: `file-${files}` })
  const got = await x.get({ link, output: `${path}-copy` })
  assert.is(got.bytes, 400_000)
}

/** A neighbour of the router's that opens channels and says nothing else. */
class Opener {
  readonly closed = new Map<CloseReason, number>()
  readonly accepted: number[] = []
  readonly #neighbour: RawNeighbour
  #channel = 1

  private constructor(neighbour: RawNeighbour) {
    this.#neighbour = neighbour
    neighbour.onFrame(({ type, body }) => {
      if (type === FrameType.accept) this.accepted.push(new DataView(body.buffer, body.byteOffset).getUint32(0))
      if (type !== FrameType.close) return
      const close = decodeClose(body)
      if (typeof close !== 'string') this.closed.set(close.reason, (this.closed.get(close.reason) ?? 0) + 1)
    })
  }

  static async link(): Promise<Opener> {
    return new Opener(await RawNeighbour.link(port, keys.router))
  }

  get opened(): number {
    return (this.#channel - 1) / 2
  }

  /** How many were ended by the other side, for whatever reason. */
  get ended(): number {
    return [...this.closed.values()].reduce((sum, count) => sum + count, 0)
  }

  open(device: Uint8Array, message: Uint8Array): void {
    const body = encodeOpen({ channel: this.#channel, hops: 32, rank: 254, device, message })
    this.#neighbour.send(FrameType.open, 0, body)
    this.#channel += 2
  }

  close(): void {
    this.#neighbour.close()
  }
}

/** A call of a device that was never seen, for a service of a's. */
function strangersCall(service: string): Uint8Array {
  const deviceSeed = new Uint8Array(randomBytes(32))
  const own = { deviceSeed, device: crypto.ed25519.publicKeyFromSeed(deviceSeed), ephemeralSeed: randomBytes(32) }
  const id = new Uint8Array(randomBytes(16))
  const hello = { timeMs: Date.now(), resume: false, id, received: 0, service, certificate: new Uint8Array() }
  const call = openCall(crypto, own, keys.a, hello)
  if (typeof call === 'string') throw new Error(call)
  return call.message
}

it('10,000 channels of one neighbour are held to its share, and others speak meanwhile', async () => {
  const service = echo('echo')
  const opener = await Opener.link()
  const nobody = new Uint8Array(randomBytes(32))
  let most = 0
  for (let round = 0; round < 20; round += 1) {
    // To the device itself as garbage, and to one that there is not.
    for (let count = 0; count < 250; count += 1) {
      opener.open(keys.a, new Uint8Array(randomBytes(200)))
      opener.open(nobody, new Uint8Array(randomBytes(200)))
    }
    most = Math.max(most, await metric(router, 'runnel_channels'))
    if (round % 10 === 5) await speaks('echo')
  }
  assert.is(opener.opened, 10_000)
  await until('each has been answered', () => opener.ended === 10_000)
  assert.equal([...opener.closed.keys()].sort(), ['Bad', 'Busy', 'NoRoute'])
  assert.ok(most <= 40, `${most} channels at once`)
  assert.is(await metric(router, 'runnel_channels_total{result="refused"}'), opener.closed.get('Busy'))
  opener.close()
  await service.stop()
  await until('nothing is left', async () => (await metric(router, 'runnel_channels')) === 0)
})

it('callers that never speak give way to those who do, and are gone after a while', async () => {
  const service = echo('quiet')
  // Two neighbours, or the share of one would end it.
  const openers = [await Opener.link(), await Opener.link()]
  for (let count = 0; count < 100; count += 1) {
    for (const opener of openers) {
      const before = opener.accepted.length + opener.ended
      opener.open(keys.a, strangersCall('quiet'))
      await until('it is answered', () => opener.accepted.length + opener.ended > before)
    }
  }
  assert.is(await metric(a, 'runnel_sessions{state="opening"}'), 64)
  const accepted = openers.reduce((sum, opener) => sum + opener.accepted.length, 0)
  assert.ok(accepted >= 190, `${accepted} were accepted`)
  await speaks('quiet')
  await speaks('quiet')
  await until('they are gone', async () => (await metric(a, 'runnel_sessions{state="opening"}')) === 0)
  for (const opener of openers) opener.close()
  await service.stop()
})

it('a listener that never reads holds its dialler back and nobody else, and gets all of it when it reads', async () => {
  const end = new AbortController()
  const listening = a.listen('still', { signal: end.signal })
  const coming = listening.next()
  const dialled = await until('it is answered', () => x.dial(name, 'still').catch(() => undefined))
  const taken = (await coming).value as Conversation
  const bytes = 32 * 1024 * 1024
  let written = 0
  const pouring = (async () => {
    for (let at = 0; at < bytes; at += 65_536) {
      await dialled.write(poured(9, at, 65_536))
      written = at + 65_536
    }
    await dialled.end()
  })()
  pouring.catch(() => {})
  // Beside it a file is read and another conversation goes both ways, again and again, until it has come to rest.
  const service = echo('beside')
  let last = -1
  while (written !== last) {
    last = written
    await readsAFile()
    await speaks('beside')
  }
  // What is not acknowledged, what is not taken, and the windows of both programs.
  assert.ok(written < 12 * 1024 * 1024, `${written} bytes were taken from the writer`)
  assert.ok((await metric(router, 'runnel_channel_buffer_bytes')) <= 2 * 1024 * 1024)
  const count = drink(taken, 9)
  await taken.end().catch(() => {})
  await pouring
  assert.is(await count, bytes)
  await service.stop()
  end.abort()
  await listening.return().catch(() => {})
})

test.run()
