// One home, started twice: several processes at once on the same folder, a copy beside the original, and a disk that was
// moved to another machine. Of one folder one node runs; every other home gets a device of its own; all of them append under
// one label, and readers see everything, without a fork.
// wall limit: 600 s

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeClient } from '../../api/index.js'
import { networked } from '../lab/networked.js'
import { RunningNode, type UpOptions } from '../lab/running-node.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/copies')
const it = networked(test)

let village: Village
let link = ''
/** Copies ask what others have of their name when a link comes up, 20 s later and a minute after that (node/identity/inquiry). */
const foundMs = 120_000

/** Every entry that was acknowledged, in no order. */
const acknowledged: string[] = []

/** The node believes that it runs on another machine. */
function elsewhere(): UpOptions {
  const machine = village.path('machine-id')
  writeFileSync(machine, 'f'.repeat(32))
  const script = `mount --bind ${machine} /etc/machine-id && exec "$@"`
  return { wrapper: ['unshare', '--mount', 'sh', '-c', script, 'sh'] }
}

async function append(client: NodeClient, who: string, count: number): Promise<void> {
  const posts = await client.createStream({ label: 'posts' })
  link = posts.link
  for (let index = 0; index < count; index += 1) {
    const text = `${who} ${index}`
    await posts.append(text)
    acknowledged.push(text)
  }
}

async function texts(client: NodeClient): Promise<string[]> {
  const stream = await client.openStream(link, { maxAgeS: 0 })
  const found: string[] = []
  for await (const { bytes } of stream.entries()) found.push(Buffer.from(bytes).toString())
  return found
}

/** A reader is shown all of it, each writer's entries in their order, from so many logs of which none is forked. */
async function assertAllThere(logs: number): Promise<void> {
  const all = [...acknowledged].sort()
  const reader = village.client('reader')
  const isThere = async () => (await texts(reader)).length >= all.length
  await until(`the reader is shown ${all.length} entries`, isThere, foundMs)
  const found = await texts(reader)
  assert.equal([...found].sort(), all)
  for (const who of new Set(all.map((text) => text.split(' ')[0]))) {
    const own = found.filter((text) => text.startsWith(`${who} `)).map((text) => Number(text.split(' ')[1]))
    assert.equal(
      own,
      own.map((_, index) => index),
      `${who}'s entries are in order`,
    )
  }
  const opened = await reader.caller.call('open', { link })
  assert.is(opened.logs.length, logs)
  assert.ok(opened.logs.every(({ forked }) => !forked))
  for (const name of ['original', 'copy', 'reader', 'router']) {
    const { counters, warnings } = await village.client(name).status()
    assert.is(counters.blamed, 0)
    assert.ok(warnings.every(({ code }) => code !== 'RUNNEL-W-FORK'))
  }
}

it('of five nodes that start at once on one home, after a kill too, exactly one runs', async () => {
  village = await Village.open(['original', 'copy', 'late', 'one', 'other', 'reader'])
  await village.up('reader')
  const host = village.host('original')
  const home = village.home('original')
  for (const round of ['a new home', 'a home whose node was killed']) {
    const starts = Array.from({ length: 5 }, () => RunningNode.up(host, home).catch((error: Error) => error))
    const outcomes = await Promise.all(starts)
    const nodes = outcomes.filter((one) => one instanceof RunningNode)
    const errors = outcomes.filter((one) => one instanceof Error)
    assert.is(nodes.length, 1, `${round}: ${errors.map(({ message }) => message).join('\n')}`)
    for (const { message } of errors) assert.match(message, 'NODE_RUNNING')
    await nodes[0]?.kill()
  }
})

it('a copy that runs beside the original, at the same time, writes logs of its own', async () => {
  const original = await village.up('original')
  await append(original.client, 'before', 20)
  await village.stop('original')
  execFileSync('cp', ['-a', village.home('original'), village.home('copy')])
  await Promise.all([village.up('original'), village.up('copy')])
  const [first, second] = [village.client('original'), village.client('copy')]
  assert.is((await first.id()).name, (await second.id()).name)
  assert.is.not((await first.id()).device, (await second.id()).device)
  await Promise.all([append(first, 'original', 60), append(second, 'copy', 60)])
  await assertAllThere(2)
})

it('a copy that was made while its node ran is a copy all the same, and so is a copy of a copy', async () => {
  const appending = append(village.client('copy'), 'busy', 40)
  execFileSync('cp', ['-a', village.home('copy'), village.home('late')])
  await appending
  // The copied lock names a process that runs, on the home that it was copied from.
  const late = await village.up('late')
  const devices = ['original', 'copy', 'late'].map(async (name) => (await village.client(name).id()).device)
  assert.is(new Set(await Promise.all(devices)).size, 3)
  await Promise.all([append(late.client, 'late', 30), append(village.client('copy'), 'still', 30)])
  await assertAllThere(3)
})

it('two copies that are made of one home and do not know of each other are both found, and so are all others', async () => {
  await village.stop('original')
  for (const name of ['one', 'other']) execFileSync('cp', ['-a', village.home('original'), village.home(name)])
  const [one, other] = await Promise.all([village.up('one'), village.up('other'), village.up('original')])
  await Promise.all([append(one.client, 'one', 20), append(other.client, 'other', 20)])
  await append(village.client('original'), 'again', 20)
  await assertAllThere(5)
  for (const name of ['original', 'copy', 'late', 'one', 'other']) {
    const { warnings } = await village.client(name).status()
    assert.not(warnings.some(({ code }) => code === 'RUNNEL-W-UNLISTED'))
  }
})

it('a disk that is moved to another machine and back is another device each time', async () => {
  const devices = new Set([(await village.client('late').id()).device])
  await village.stop('late')
  const moved = await village.up('late', [], elsewhere())
  devices.add((await moved.client.id()).device)
  await append(moved.client, 'moved', 20)
  await village.stop('late')
  const back = await village.up('late')
  devices.add((await back.client.id()).device)
  await append(back.client, 'back', 20)
  assert.is(devices.size, 3)
  await assertAllThere(7)
})

test.after(async () => {
  await village?.close()
})

test.run()
