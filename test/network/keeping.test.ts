// What was kept for others is there when its publisher is gone for good and the router has lost all that it had; and what
// was unpublished is not found any more.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ConnectOptions, connect, isRunnelError, type NodeClient } from '../../api/index.js'
import { told } from '../lab/told.js'
import { patterned } from '../samples/log.js'

const test = suite('network/keeping')
const it = told(test)

/** Nodes of this process around a router; all of them are closed at the end. */
class Around {
  readonly scratch = mkdtempSync(join(tmpdir(), 'runnel-keeping-'))
  readonly #open = new Map<string, NodeClient>()
  #upstream: string[] = []
  #listen = '127.0.0.1:0'
  /** What the router keeps for others. */
  custodyBytes = 0

  static async use(run: (around: Around) => Promise<void>, custodyBytes = 0): Promise<void> {
    const around = new Around()
    around.custodyBytes = custodyBytes
    try {
      await around.router()
      await run(around)
    } finally {
      for (const client of around.#open.values()) await client.close()
      rmSync(around.scratch, { recursive: true, force: true })
    }
  }

  async router(): Promise<void> {
    const client = await this.#connect('router', {
      listen: [this.#listen],
      root: true,
      cacheBytes: 4 * 1024 * 1024,
      custodyBytes: this.custodyBytes,
      inboxBytes: 2 ** 24,
    })
    const { device, listening } = await client.status()
    this.#listen = listening[0] ?? ''
    this.#upstream = [`${device}@${this.#listen}`]
  }

  client(name: string): NodeClient {
    const client = this.#open.get(name)
    if (client === undefined) throw new Error(`${name} does not run`)
    return client
  }

  async node(name: string, options: ConnectOptions = {}): Promise<NodeClient> {
    const client = await this.#connect(name, { upstream: this.#upstream, ...options })
    await client.wait({ for: 'neighbour' })
    return client
  }

  async end(name: string): Promise<void> {
    await this.#open.get(name)?.close()
    this.#open.delete(name)
  }

  /** Removes a node's home: it is gone for good, or begins with nothing. */
  forget(name: string, what = ''): void {
    rmSync(join(this.scratch, name, what), { recursive: true, force: true })
  }

  async #connect(name: string, options: ConnectOptions): Promise<NodeClient> {
    const client = await connect({ embedded: true, home: join(this.scratch, name), ...options })
    this.#open.set(name, client)
    return client
  }
}

/** Resolves when it has come true; fails after a minute. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 60_000; !(await condition()); ) {
    assert.ok(Date.now() < endMs, 'it did not come true')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

it('a pinned folder and a pinned unlisted log are read in full after their publisher has gone for good', () =>
  Around.use(async (around) => {
    const publisher = await around.node('publisher')
    const friend = await around.node('friend')
    const site = join(around.scratch, 'site')
    mkdirSync(site)
    for (let index = 0; index < 8; index++) writeFileSync(join(site, `${index}`), patterned(400_000, index))
    const { link } = await publisher.publish(site)
    const unlisted = await publisher.createStream({ label: 'diary', visibility: 'unlisted' })
    for (let index = 0; index < 6; index++) await unlisted.append(patterned(100_000, 50 + index))
    const pinned = await friend.pin(link)
    assert.equal([pinned.whole, pinned.problem], [true, undefined])
    // Of the unlisted one the friend is told nothing but the log's key.
    assert.is((await friend.pin(unlisted.log)).whole, true)
    assert.ok(
      isRunnelError(
        await friend
          .openStream(unlisted.log)
          .then((s) => s.get(0))
          .catch((e: unknown) => e),
        'SECRET_NEEDED',
      ),
    )
    await around.end('publisher')
    around.forget('publisher')
    await around.end('friend')
    await around.end('router')
    around.forget('router', 'cache')
    around.forget('router', 'kept')
    await around.router()
    await around.node('friend')
    const reader = await around.node('reader')
    const output = join(around.scratch, 'out')
    await reader.wait({ for: 'head', link, timeoutMs: 20_000 })
    const got = await reader.get({ link, output })
    assert.is(got.bytes, 8 * 400_000)
    for (let index = 0; index < 8; index++) {
      assert.equal(new Uint8Array(readFileSync(join(output, `${index}`))), patterned(400_000, index))
    }
    const diary = await reader.openStream(`${unlisted.log}+${unlisted.link.split('+')[1]}`)
    assert.is(diary.length, 6)
    assert.equal(await diary.readEntry(3).bytes(), patterned(100_000, 53))
  }))

it('what a router has promised is there for readers when the publisher is gone for good and the cache has lost all', () =>
  Around.use(async (around) => {
    let publisher = await around.node('publisher')
    const file = join(around.scratch, 'file')
    writeFileSync(file, patterned(9_000_000, 3))
    const published = await publisher.publish(file, { keep: 30 * 86_400 })
    const [promise] = published.custody ?? []
    assert.equal([promise?.state, promise?.newest, published.custody?.length], ['kept', true, 1])
    assert.ok((promise?.bytes ?? 0) > 9_000_000)
    const days = ((promise?.untilMs ?? 0) - Date.now()) / 86_400_000
    assert.ok(days > 29.9 && days < 30.1)
    assert.equal(
      (await publisher.receipts()).map(({ state }) => state),
      ['kept'],
    )
    assert.equal(
      (await publisher.streams())[0]?.custody.map(({ state }) => state),
      ['kept'],
    )
    // What is published later is kept too, without saying so again, also after a restart.
    await around.end('publisher')
    publisher = await around.node('publisher')
    writeFileSync(file, patterned(9_000_000, 4))
    await publisher.publish(file)
    await until(async () =>
      (await publisher.receipts()).every(({ state, newest }) => state === 'kept' && newest === true),
    )
    await around.end('publisher')
    around.forget('publisher')
    await around.end('router')
    around.forget('router', 'cache')
    await around.router()
    const reader = await around.node('reader')
    const output = join(around.scratch, 'out')
    const got = await reader.get({ link: published.link, output })
    assert.is(got.bytes, 9_000_000)
    assert.equal(new Uint8Array(readFileSync(output)), patterned(9_000_000, 4))
    const { promised } = (await around.client('router').status()).kept
    assert.is(promised.logs, 1)
  }, 2 ** 30))

it('what is appended to a log that is wanted kept is promised too, and read when its writer is gone for good', () =>
  Around.use(async (around) => {
    const writer = await around.node('writer')
    const own = await writer.createStream({ label: 'posts', keep: '30d' })
    for (let index = 0; index < 4; index++) await own.append(patterned(20_000, index))
    const { count, length, custody = [] } = await own.append(['the last'], { keep: '30d' })
    assert.equal([count, length], [1, 5])
    assert.equal(
      custody.map(({ state, newest }) => [state, newest]),
      [['kept', true]],
    )
    assert.equal((await own.append([], { keep: '30d' })).count, 0)
    assert.ok(isRunnelError(await own.append([]).catch((error: unknown) => error), 'BAD_ARGUMENT'))
    await around.end('writer')
    around.forget('writer')
    await around.end('router')
    around.forget('router', 'cache')
    await around.router()
    const reader = await around.node('reader')
    await reader.wait({ for: 'head', link: own.link, timeoutMs: 20_000 })
    const stream = await reader.openStream(own.link)
    assert.is(stream.length, 5)
    assert.equal(await stream.get(3), patterned(20_000, 3))
    assert.is(new TextDecoder().decode(await stream.get(4)), 'the last')
  }, 2 ** 30))

it('a router that keeps nothing says so, the publish succeeds, and unpublish withdraws what another has promised', () =>
  Around.use(async (around) => {
    const friend = await around.node('friend', { custodyBytes: 2 ** 30 })
    const { device } = await friend.id()
    const publisher = await around.node('publisher', { custodians: [device] })
    const file = join(around.scratch, 'file')
    writeFileSync(file, patterned(300_000, 3))
    const { custody = [], link } = await publisher.publish(file, { keep: 86_400 })
    assert.equal(custody.map(({ state }) => state).sort(), ['kept', 'refused'])
    assert.match(custody.find(({ state }) => state === 'refused')?.problem ?? '', /--custody/)
    const checks = (await publisher.doctor()).filter(({ check }) => check === 'custody')
    assert.equal(
      checks.map(({ level, text }) => [level, text.replace(/until.*/, '')]),
      [['ok', 'main is kept by 1 of 2 custodians, ']],
    )
    const metrics = await publisher.metrics()
    assert.match(metrics, /^runnel_receipts\{state="kept"\} 1$/m)
    assert.match(metrics, /^runnel_receipts\{state="refused"\} 1$/m)
    assert.match(await friend.metrics(), /^runnel_custody_logs 1$/m)
    assert.match(await around.client('router').metrics(), /^runnel_custody_refused_total\{reason="policy"\} [1-9]/m)
    await publisher.unpublish('main')
    await until(async () => (await friend.status()).kept.promised.logs === 0)
    await around.end('publisher')
    around.forget('publisher')
    const reader = await around.node('reader')
    assert.ok(isRunnelError(await reader.openStream(link, { idleTimeoutMs: 4_000 }).catch((error: unknown) => error)))
  }))

it('the attachment of a letter is read from custody when its sender is gone for good', () =>
  Around.use(async (around) => {
    const owner = await around.node('owner', { inbox: true })
    const { name } = await owner.id()
    await until(async () => (await owner.status()).inbox.keptBy.some(({ untilMs }) => untilMs > 0))
    const sender = await around.node('sender')
    const photo = join(around.scratch, 'photo.jpg')
    writeFileSync(photo, patterned(700_000, 9))
    const { receipts } = await sender.sendToInbox(name, 'hello', { attach: [photo] })
    assert.ok(receipts.length > 0)
    const [promise] = await sender.receipts()
    assert.is(promise?.state, 'kept')
    // The letter may wait for 30 days, and is read after that.
    assert.ok((promise?.untilMs ?? 0) - Date.now() > 36 * 86_400_000)
    await around.end('sender')
    around.forget('sender')
    await around.end('router')
    around.forget('router', 'cache')
    await around.router()
    for await (const letter of owner.inbox({ follow: true })) {
      const [attachment] = letter.attachments
      assert.is(attachment?.name, 'photo.jpg')
      const output = join(around.scratch, 'received')
      await owner.get({ link: attachment?.link ?? '', output })
      assert.equal(new Uint8Array(readFileSync(output)), patterned(700_000, 9))
      break
    }
  }, 2 ** 30))

it('where nobody keeps anything the publish succeeds, and status, doctor and metrics say what is missing', () =>
  Around.use(async (around) => {
    const publisher = await around.node('publisher')
    const file = join(around.scratch, 'file')
    writeFileSync(file, patterned(100_000, 3))
    const { custody = [], files } = await publisher.publish(file, { keep: '1d' })
    assert.is(files, 1)
    assert.equal(
      custody.map(({ state }) => state),
      ['refused'],
    )
    const { warnings } = await publisher.status()
    assert.equal(
      warnings.map(({ code }) => code).filter((code) => code !== 'RUNNEL-W-PORTABLE'),
      ['RUNNEL-W-UNKEPT'],
    )
    const checks = (await publisher.doctor()).filter(({ check }) => check === 'custody')
    assert.equal(
      checks.map(({ level }) => level),
      ['warn'],
    )
    // An operator who changes their mind is asked again, by itself.
    await around.end('router')
    around.custodyBytes = 2 ** 30
    await around.router()
    await until(async () => (await publisher.receipts()).some(({ state }) => state === 'kept'))
    assert.not.ok((await publisher.status()).warnings.some(({ code }) => code === 'RUNNEL-W-UNKEPT'))
  }))

it('an unpublished label is off the card, and its log is answered for by nobody who did not keep it', () =>
  Around.use(async (around) => {
    const publisher = await around.node('publisher')
    const own = await publisher.createStream({ label: 'posts' })
    await own.append('once')
    const sealed = await publisher.createStream({ label: 'diary', visibility: 'unlisted' })
    const other = await publisher.createStream({ label: 'other' })
    assert.is((await publisher.unpublish('posts')).label, 'posts')
    await publisher.unpublish('diary')
    const check = async (): Promise<void> => {
      const reader = await around.node('reader')
      const failed = async (link: string) => {
        const stream = reader.openStream(link, { maxAgeS: 0 })
        return stream.then(
          () => 'opened',
          (error: unknown) => (isRunnelError(error) ? error.code : 'other'),
        )
      }
      assert.is(await failed(own.link), 'UNKNOWN_LABEL')
      assert.is(await failed(sealed.link), 'WRONG_SECRET')
      assert.is(await failed(own.log), 'NO_HOLDER')
      assert.is(await failed(other.link), 'opened')
      await around.end('reader')
      around.forget('reader')
    }
    await check()
    const refused = await publisher.unpublish('posts').catch((error: unknown) => error)
    assert.ok(isRunnelError(refused, 'NOT_FOUND'))
    await around.end('publisher')
    const again = await around.node('publisher')
    await check()
    assert.equal(
      (await again.streams()).map(({ label }) => label),
      ['other'],
    )
    // The label is free for another log.
    const anew = await again.createStream({ label: 'posts' })
    assert.is.not(anew.log, own.log)
  }))

test.run()
