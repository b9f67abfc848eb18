// What was acknowledged is there: after kill -9 at any moment of an append loop, and in a home that was copied, where two
// machines with one name write logs of their own and never fork each other's.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, isRunnelError, type NodeClient } from '../../api/index.js'
import { told } from '../lab/told.js'
import { until } from '../lab/until.js'

const test = suite('network/durable')
const it = told(test)
const command = join(import.meta.dirname, '..', '..', 'runnel')
const kills = 20

async function up(home: string, args: readonly string[]): Promise<{ node: ChildProcess; client: NodeClient }> {
  const node = spawn(command, ['up', ...args, '--home', home], { stdio: 'ignore' })
  for (;;) {
    const client = await connect({ home }).catch(() => undefined)
    if (client !== undefined) return { node, client }
    assert.is(node.exitCode, null, 'the node ended before it was ready')
    await sleep(20)
  }
}

async function texts(client: NodeClient, link: string, signal = new AbortController().signal): Promise<string[]> {
  const found: string[] = []
  const stream = await client.openStream(link, { maxAgeS: 0, signal })
  for await (const entry of stream.entries({ signal })) found.push(new TextDecoder().decode(entry.bytes))
  return found
}

/**
 * As `texts`; a link that is up is told of a moment before what can be reached over it. A writer that was killed before
 * anybody had heard of it is not reached: that shows nothing, and who asks gives up by `signal`.
 */
function textsOfReachable(client: NodeClient, link: string, signal: AbortSignal): Promise<string[]> {
  return until('the writer is reached', async () => {
    try {
      return await texts(client, link, signal)
    } catch (error) {
      if (isRunnelError(error, 'ABORTED')) return []
      if (isRunnelError(error, 'NO_HOLDER')) return undefined
      throw error
    }
  })
}

it('kill -9 in an append loop loses no acknowledged entry, leaves none in its place, and shows no fork', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'runnel-kill-'))
  const home = join(scratch, 'a')
  const acknowledged: string[] = []
  const router = await connect({ embedded: true, home: join(scratch, 'r'), listen: ['127.0.0.1:0'], root: true })
  const { device, listening } = await router.status()
  const upstream = `${device}@${listening[0]}`
  const reader = await connect({ embedded: true, home: join(scratch, 'b'), upstream: [upstream] })
  let link = ''
  try {
    for (let round = 0; round < kills; round += 1) {
      const { node, client } = await up(home, ['--upstream', upstream])
      const own = await client.createStream({ label: 'posts' })
      link = own.link
      const held = await texts(client, link)
      assert.equal(held.slice(0, acknowledged.length), acknowledged, `after kill ${round}`)
      // What was on its way when the node was killed may be there or not; what is there now stays.
      acknowledged.splice(0, acknowledged.length, ...held)
      const loop = (async () => {
        for (let index = 0; ; index += 1) {
          const text = `round ${round} entry ${index}`
          await own.append(text)
          acknowledged.push(text)
        }
      })().catch((error: unknown) => error)
      // The reader sees heads of every moment, also of the one before the kill.
      await client.wait({ for: 'neighbour' })
      const patience = new AbortController()
      const watching = textsOfReachable(reader, link, patience.signal)
      await sleep(randomInt(5, 250))
      node.kill('SIGKILL')
      await once(node, 'close')
      assert.ok(isRunnelError(await loop, 'NO_NODE'))
      await client.close()
      const impatient = setTimeout(() => patience.abort(), 1_000)
      const seen = await watching
      clearTimeout(impatient)
      // One entry at most had been written, and shown, without having been acknowledged.
      assert.equal(seen.slice(0, acknowledged.length), acknowledged.slice(0, seen.length))
      assert.ok(seen.length <= acknowledged.length + 1)
    }
    assert.ok(acknowledged.length > kills)
    // A writer that was killed may have shown its head and nothing else of it: with the writer back all can be read.
    const { node, client } = await up(home, ['--upstream', upstream])
    try {
      await client.wait({ for: 'neighbour' })
      const held = await texts(client, link)
      assert.equal(held.slice(0, acknowledged.length), acknowledged)
      assert.equal(await textsOfReachable(reader, link, new AbortController().signal), held)
    } finally {
      node.kill('SIGKILL')
      await once(node, 'close')
      await client.close()
    }
    const { logs } = await reader.caller.call('open', { link })
    assert.equal(
      logs.map(({ forked }) => forked),
      [false],
    )
    assert.ok((logs[0]?.length ?? 0) > kills)
  } finally {
    await reader.close()
    await router.close()
    rmSync(scratch, { recursive: true, force: true })
  }
})

// protocol.md §11 MUST: Its node MUST NOT write a log or card
it('a copied home writes logs of its own, and readers see both merged without a fork', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'runnel-copy-'))
  const home = (name: string): string => join(scratch, name)
  const open: NodeClient[] = []
  const node = async (name: string, upstream: string[]): Promise<NodeClient> => {
    const client = await connect({ embedded: true, home: home(name), upstream })
    open.push(client)
    if (upstream.length > 0) await client.wait({ for: 'neighbour' })
    return client
  }
  try {
    const router = await connect({ embedded: true, home: home('router'), listen: ['127.0.0.1:0'], root: true })
    open.push(router)
    const { device, listening } = await router.status()
    const upstream = [`${device}@${listening[0]}`]
    const first = await node('a', upstream)
    const own = await first.createStream({ label: 'posts' })
    await own.append('before the copy')
    const before = await first.id()
    await first.close()
    cpSync(home('a'), home('copy'), { recursive: true, preserveTimestamps: true })

    const copy = await node('copy', upstream)
    assert.is.not((await copy.id()).device, before.device)
    assert.is((await copy.id()).name, before.name)
    await (await copy.createStream({ label: 'posts' })).append('by the copy')
    const reader = await node('reader', upstream)
    assert.equal(await texts(reader, own.link), ['before the copy', 'by the copy'])
    assert.is((await reader.openStream(own.link)).length, 2)

    // The original goes on with its own log, which the copy's certificate still lists.
    const original = await node('a', upstream)
    assert.is((await original.id()).device, before.device)
    await (await original.createStream({ label: 'posts' })).append('by the original')
    for (const client of [original, copy]) assert.ok((await client.streams()).every(({ forked }) => !forked))
    // The copy answers for that log too, with what it has of it, until the router has learned who is the writer.
    const all = await until('there are three', async () => {
      const shown = await texts(reader, own.link)
      return shown.length >= 3 && shown.sort()
    })
    assert.equal(all, ['before the copy', 'by the copy', 'by the original'])
  } finally {
    for (const client of open.reverse()) await client.close()
    rmSync(scratch, { recursive: true, force: true })
  }
})

test.run()
