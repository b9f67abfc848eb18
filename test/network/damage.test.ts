// Bytes that change on a disk: they are found, never served, named by `status` and `doctor`, and fetched again where
// somebody still has them.

import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Result } from '../../api/index.js'
import { firstSegment, flipBytes, lastSegment } from '../lab/damage.js'
import { writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { codeOf } from '../lab/told.js'
import { compareTrees } from '../lab/trees.js'
import { Village } from '../lab/village.js'

const test = suite('network/damage')
const it = networked(test)

let village: Village
let site = ''
let link = ''
let outputs = 0

/** Gets the site on a host to a new folder, and compares every byte. */
async function getWhole(host: string): Promise<Result<'get'>> {
  outputs += 1
  const output = village.path(`copy-${outputs}`)
  const got = await village.client(host).get({ link, output })
  assert.equal(compareTrees(site, output).differences, [])
  assert.is(got.verified, true)
  return got
}

function servedBy(got: Result<'get'>, hop: number): number {
  return got.sources.filter((share) => share.hop === hop).reduce((sum, { bytes }) => sum + bytes, 0)
}

async function append(host: string, label: string): Promise<unknown> {
  return (await village.client(host).createStream({ label })).append('one more')
}

async function damagedCount(host: string): Promise<number> {
  return (await village.client(host).status()).counters.damagedChunks ?? Number.NaN
}

it('publishes a folder, and b reads it through the router', async () => {
  village = await Village.open(['a', 'b', 'c', 'd', 'e'])
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((host) => village.up(host)))
  site = village.path('site')
  writeTree(site, { 'one.bin': 2_000_000, 'two.bin': 2_000_000, 'three.txt': 3_000 })
  link = (await village.client('a').publish(site)).link
  await getWhole('b')
  assert.is(await damagedCount('router'), 0)
})

it("finds what changed in the router's cache when it is asked for, and fetches just that again", async () => {
  flipBytes(firstSegment(village.router.home, 'cache'), [0.3, 0.6])
  const got = await getWhole('c')
  const found = await damagedCount('router')
  assert.ok(found >= 1 && found <= 2, `${found} found`)
  const again = servedBy(got, 2)
  assert.ok(again > 0 && again <= 2 * 61_440, `${again} bytes came from a again`)
  assert.ok(servedBy(got, 1) > 3_800_000)
})

it('serves what it fetched again from its cache', async () => {
  const before = village.host('a').uplinkBytes()?.sent ?? Number.NaN
  const got = await getWhole('d')
  assert.is(servedBy(got, 2), 0)
  assert.ok((village.host('a').uplinkBytes()?.sent ?? 0) - before < 20_000)
})

it('names the places of the damage in doctor', async () => {
  const check = (await village.client('router').doctor()).find((one) => one.check === 'store')
  assert.is(check?.level, 'warn')
  assert.match(check?.text ?? '', /cache\/00000001\.seg at \d+/)
})

it('finds what changed in an idle store as soon as doctor looks for it', async () => {
  const before = await damagedCount('b')
  flipBytes(firstSegment(village.node('b').home, 'cache'), [0.4])
  const checks = await village.client('b').doctor()
  assert.is(checks.find((one) => one.check === 'store')?.level, 'warn')
  assert.ok((await damagedCount('b')) > before)
})

it('says that nobody has it when the only other holder is gone, and shows nothing of it', async () => {
  await village.kill('a')
  flipBytes(firstSegment(village.router.home, 'cache'), [0.2])
  const output = village.path('copy-e')
  assert.is(await codeOf(village.client('e').get({ link, output, idleTimeoutMs: 4_000 })), 'NO_HOLDER')
  const { differences } = compareTrees(site, output)
  const wrong = differences.filter(({ path, what }) => what === 'other bytes' && !path.endsWith('.runnel-partial'))
  assert.equal(wrong, [])
  await village.again('a')
  const got = await village.client('e').get({ link, output })
  assert.equal(compareTrees(site, output).differences, [])
  assert.ok(got.reusedBytes > 0)
})

it("finds what changed in the publisher's own store, and names it", async () => {
  await village.kill('a')
  flipBytes(firstSegment(village.home('a'), 'own'), [0.3, 0.6])
  await village.again('a')
  const checks = await village.client('a').doctor()
  assert.match(checks.find((one) => one.check === 'own')?.text ?? '', /^main lacks [12] chunks/)
  assert.match(checks.find((one) => one.check === 'store')?.text ?? '', /own\/00000001\.seg at \d+/)
  const { warnings } = await village.client('a').status()
  const warning = warnings.find(({ code }) => code === 'RUNNEL-W-DAMAGED')
  assert.match(warning?.text ?? '', /places of this node's own streams are damaged/)
})

it('gives what it lost itself from the router, which still has it', async () => {
  const got = await getWhole('a')
  assert.ok(servedBy(got, 1) > 0 && servedBy(got, 1) <= 2 * 61_440)
})

it('has all of its own again after it published once more', async () => {
  const published = await village.client('a').publish(site)
  assert.ok(published.newBytes > 0, 'what was lost is written anew')
  assert.is(published.unchanged, true)
  const checks = await village.client('a').doctor()
  assert.is(
    checks.find((one) => one.check === 'own'),
    undefined,
  )
  // Nobody but a has anything now.
  await village.kill('router')
  rmSync(`${village.home('router')}/cache`, { recursive: true })
  await village.kill('c')
  rmSync(`${village.home('c')}/cache`, { recursive: true })
  await village.again('router')
  await village.again('c')
  const got = await getWhole('c')
  assert.ok(servedBy(got, 2) > 3_900_000)
})

// protocol.md §11 MUST: An own log whose last head stands before
it('signs nothing on top of a log whose end is lost: it says so, serves the rest and takes new labels', async () => {
  const posts = await village.client('a').createStream({ label: 'posts' })
  for (const line of ['one', 'two', 'three']) await posts.append(line)
  const readAll = async (host: string): Promise<string[]> => {
    const lines: string[] = []
    const stream = await village.client(host).openStream(posts.link)
    for await (const { bytes } of stream.entries()) lines.push(Buffer.from(bytes).toString())
    return lines
  }
  assert.equal(await readAll('b'), ['one', 'two', 'three'])
  await village.stop('a')
  // The newest record is the last thing in the segment.
  flipBytes(lastSegment(village.home('a'), 'own'), [0.999_999_9])
  await village.again('a')
  assert.is(await codeOf(append('a', 'posts')), 'LOG_CLOSED')
  const { warnings } = await village.client('a').status()
  const closed = warnings.filter(({ code }) => code === 'RUNNEL-W-CLOSED').map(({ text }) => text)
  assert.ok(closed.some((text) => text.includes('the end of posts may be lost')))
  const others = await village.client('a').createStream({ label: 'others' })
  assert.is((await others.append('first')).first, 0)
  assert.equal(await readAll('b'), ['one', 'two', 'three'])
})

it('starts with a log that has lost something in its middle, and says so', async () => {
  const notes = await village.client('a').createStream({ label: 'notes' })
  for (let line = 0; line < 200; line += 1) await notes.append(`line ${line} `.repeat(10))
  await village.stop('a')
  flipBytes(lastSegment(village.home('a'), 'own'), [0.7])
  await village.again('a')
  assert.is(await codeOf(append('a', 'notes')), 'LOG_CLOSED')
})

test.after(async () => {
  await village?.close()
})

test.run()
