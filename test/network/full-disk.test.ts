// Disks that fill up under load, at the publisher, the router and the reader: each failure has its code, nothing that was
// acknowledged is lost, whoever only passes things on goes on doing so, and all goes on when there is room again.
// wall limit: 240 s

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeClient } from '../../api/index.js'
import { Journal } from '../kills/journal.js'
import { LogOracle, numberOf } from '../kills/log-oracle.js'
import { writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { RunningNode } from '../lab/running-node.js'
import { codeOf } from '../lab/told.js'
import { compareTrees } from '../lab/trees.js'
import { Village } from '../lab/village.js'

const test = suite('network/full-disk')
const it = networked(test)

const mounted: string[] = []
let village: Village

/** A file system of so many megabytes, in memory, at a folder that is made. */
function mountSmall(folder: string, megabytes: number): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder])
  mounted.push(folder)
}

function unmountAll(): void {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder])
}

process.on('exit', unmountAll)

/** Takes all of the room on a file system but so many bytes; undone by `makeRoom`. */
function fill(folder: string, leftBytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(`${folder}/ballast`, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)))
}

function makeRoom(folder: string): void {
  truncateSync(`${folder}/ballast`, 0)
  rmSync(`${folder}/ballast`)
}

async function numbersOf(client: NodeClient, link: string): Promise<number[]> {
  const stream = await client.openStream(link, { maxAgeS: 0 })
  const numbers: number[] = []
  for await (const { long, bytes, sequence } of stream.entries({ to: stream.length })) {
    numbers.push(numberOf(long ? await stream.readEntry(sequence).bytes() : bytes))
  }
  return numbers
}

async function getWhole(name: string, link: string, folder: string, output = village.path(`copy-${name}-${folder}`)) {
  const got = await village.client(name).get({ link, output })
  assert.equal(compareTrees(village.path(folder), output).differences, [])
  return got
}

async function publish(folder: string): Promise<string> {
  writeTree(village.path(folder), { [`${folder} 1`]: 3_000_000, [`${folder} 2`]: 3_000_000, [`${folder} 3`]: 200 })
  return (await village.client('a').publish(village.path(folder), { label: folder })).link
}

it('starts a router on a small disk, and two nodes on large ones', async () => {
  village = await Village.open(['a', 'b', 'c', 'small'], [], (opened) => {
    mountSmall(opened.home('router'), 64)
    return {}
  })
  await Promise.all(['a', 'b', 'c'].map((name) => village.up(name)))
})

it('publisher: appends fail with a code, nothing acknowledged is lost, and all goes on after a new start with room', async () => {
  const home = village.home('small')
  mountSmall(home, 48)
  const { client } = await village.up('small')
  const { link } = await client.createStream({ label: 'posts' })
  const journal = new Journal(village.path('journal'))
  const oracle = new LogOracle(journal)
  const append = async (): Promise<string | undefined> => {
    const { first, entries } = oracle.begin(4)
    const call = village.client('small').caller.call('append', { label: 'posts', entries })
    const code = await codeOf(call)
    if (code === undefined) oracle.acknowledge(first, (await call).first)
    return code
  }
  const settle = async (): Promise<void> => {
    oracle.settle(0, await numbersOf(village.client('small'), link))
    assert.is((await numbersOf(village.client('b'), link)).length, oracle.length)
  }
  for (let count = 0; count < 20; count += 1) assert.is(await append(), undefined)
  fill(home, 300_000)
  let code: string | undefined
  for (let count = 0; count < 4_000 && code === undefined; count += 1) code = await append()
  assert.ok(code === 'DISK_FULL' || code === 'LOG_CLOSED', `an append on a full disk: ${code}`)
  const source = village.path('too-large')
  writeTree(source, { 'too large': 1_000_000 })
  const refused = await codeOf(village.client('small').publish(source))
  assert.ok(refused === 'DISK_FULL' || refused === 'LOG_CLOSED', `publishing on a full disk: ${refused}`)
  await settle()
  makeRoom(home)
  await village.kill('small')
  await village.again('small')
  await settle()
  for (let count = 0; count < 20; count += 1) assert.is(await append(), undefined)
  assert.is((await village.client('small').publish(source)).files, 1)
  await settle()
  assert.equal(
    (await village.client('small').streams()).filter(({ forked }) => forked),
    [],
  )
  journal.close()
})

it('publisher: is refused with a code on a disk without any room, and with a few pages of it serves what it has', async () => {
  const home = village.home('small')
  await village.kill('small')
  fill(home, 0)
  const { code: exit, output } = await RunningNode.refused(village.host('small'), home)
  assert.is(exit, 7, output)
  assert.match(output, 'DISK_FULL')
  makeRoom(home)
  fill(home, 64_000)
  await village.again('small')
  const { name } = await village.client('small').id()
  const link = `posts.${name}`
  const own = await numbersOf(village.client('small'), link)
  assert.ok(own.length > 100)
  assert.equal(await numbersOf(village.client('c'), link), own)
  // What fits is taken: also into room that the last segment has ahead of it, 4 MiB at most.
  const append = () =>
    village.client('small').caller.call('append', { label: 'posts', entries: [Buffer.alloc(30_000)] })
  let code: string | undefined
  for (let count = 0; count < 200 && code === undefined; count += 1) code = await codeOf(append())
  assert.ok(code === 'DISK_FULL' || code === 'LOG_CLOSED', String(code))
  makeRoom(home)
  await village.kill('small')
})

it('router: keeps nothing any more and serves everything all the same, and keeps again when there is room', async () => {
  const home = village.home('router')
  fill(home, 1_000_000)
  const first = await publish('first')
  await getWhole('b', first, 'first')
  await getWhole('c', first, 'first')
  const { warnings } = await village.router.client.status()
  assert.ok(warnings.some(({ code }) => code === 'RUNNEL-W-CACHE'))
  // It starts and serves on a full disk, too.
  await village.kill('router')
  await village.again('router')
  const second = await publish('second')
  await getWhole('b', second, 'second')
  makeRoom(home)
  await village.kill('router')
  await village.again('router')
  const third = await publish('third')
  await getWhole('b', third, 'third')
  const got = await getWhole('c', third, 'third')
  assert.ok(got.sources.every(({ hop }) => hop <= 1))
  const after = await village.router.client.status()
  assert.not(after.warnings.some(({ code }) => code === 'RUNNEL-W-CACHE'))
})

it('reader: a get into a full disk is refused with its code, and goes on when there is room', async () => {
  const link = await publish('fourth')
  const output = village.path('out')
  mountSmall(output, 16)
  fill(output, 4_000_000)
  const inside = village.path('out', 'copy')
  assert.is(await codeOf(village.client('b').get({ link, output: inside })), 'DISK_FULL')
  makeRoom(output)
  const got = await getWhole('b', link, 'fourth', inside)
  assert.ok(got.reusedBytes > 2_000_000, `${got.reusedBytes} bytes were reused`)
})

test.after(async () => {
  unmountAll()
  await village?.close()
})

test.run()
