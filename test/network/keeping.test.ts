// What was kept for others is there when its publisher is gone for good and the router has lost all that it had; and what
// was unpublished is not found any more.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ConnectOptions, connect, isRunnelError, type NodeClient } from '../../api/index.js'
import { patterned } from '../samples/log.js'

const test = suite('network/keeping')

/** Nodes of this process around a router; all of them are closed at the end. */
class Around {
  readonly scratch = mkdtempSync(join(tmpdir(), 'runnel-keeping-'))
  readonly #open = new Map<string, NodeClient>()
  #upstream: string[] = []
  #listen = '127.0.0.1:0'

  static async use(run: (around: Around) => Promise<void>): Promise<void> {
    const around = new Around()
    try {
      await around.router()
      await run(around)
    } finally {
      for (const client of around.#open.values()) await client.close()
      rmSync(around.scratch, { recursive: true, force: true })
    }
  }

  async router(): Promise<void> {
    const client = await this.#connect('router', { listen: [this.#listen], root: true, cacheBytes: 4 * 1024 * 1024 })
    const { device, listening } = await client.status()
    this.#listen = listening[0] ?? ''
    this.#upstream = [`${device}@${this.#listen}`]
  }

  async node(name: string): Promise<NodeClient> {
    const client = await this.#connect(name, { upstream: this.#upstream })
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

test('a pinned folder and a pinned unlisted log are read in full after their publisher has gone for good', () =>
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

test('an unpublished label is off the card, and its log is answered for by nobody who did not keep it', () =>
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
