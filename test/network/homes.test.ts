// Homes that fail a node: a full disk, a read-only one, one that is in use, one that is no home; and folders that change
// or lead out while they are published. Each is said with its code, and what was acknowledged stays readable.

import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loopbackHost } from '../lab/lab.js'
import { writeSample, writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { runnel } from '../lab/runnel.js'
import { RunningNode, type UpOptions } from '../lab/running-node.js'
import { codeOf } from '../lab/told.js'
import { compareTrees } from '../lab/trees.js'

const test = suite('network/homes')
const it = networked(test)
const host = loopbackHost('here')
const scratch = mkdtempSync(join(tmpdir(), 'h-'))
const nodes = new Set<RunningNode>()

/** The node sees a file system of its own at its home, made by this shell line; nobody else does. */
function withMount(home: string, mount: string): UpOptions {
  return {
    wrapper: ['unshare', '--mount', 'sh', '-c', `${mount} && exec "$@"`, 'sh'],
    homeSeen: (pid) => `/proc/${pid}/root${home}`,
  }
}

function small(home: string, megabytes: number): UpOptions {
  mkdirSync(home, { recursive: true })
  return withMount(home, `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs ${home}`)
}

async function up(home: string, args: readonly string[] = [], options: UpOptions = {}): Promise<RunningNode> {
  const node = await RunningNode.up(host, home, args, options)
  nodes.add(node)
  return node
}

async function down(node: RunningNode): Promise<void> {
  nodes.delete(node)
  await node.kill()
}

/** `KEY@ADDR:PORT` of a node that listens on loopback. */
async function upstreamOf(node: RunningNode): Promise<string> {
  const { device, listening } = await node.client.status()
  return `${device}@${listening[0]}`
}

it('a folder that does not fit the disk is refused with DISK_FULL, and nothing that was acknowledged is lost', async () => {
  const home = join(scratch, 'full')
  const node = await up(home, [], small(home, 24))
  const posts = await node.client.createStream({ label: 'posts' })
  await posts.append(['one', 'two'])
  const large = join(scratch, 'large')
  writeSample(join(large, 'large.bin'), 'large', 40_000_000)
  assert.is(await codeOf(node.client.publish(large)), 'DISK_FULL')
  // The node goes on: it answers, and what it has is there.
  const lines: string[] = []
  for await (const { bytes } of (await node.client.openStream(posts.link)).entries())
    lines.push(String(Buffer.from(bytes)))
  assert.equal(lines, ['one', 'two'])
  assert.is(await codeOf(node.client.openStream(posts.link.replace('posts', 'main'))), undefined)
  const refused = await codeOf(posts.append('three'))
  assert.ok(refused === undefined || refused === 'DISK_FULL' || refused === 'LOG_CLOSED', String(refused))
  await down(node)
})

it('a full disk keeps nobody from reading: what comes is served and written, only not kept', async () => {
  const folder = join(scratch, 'site')
  writeTree(folder, { 'a.bin': 12_000_000, 'b.bin': 12_000_000 })
  const publisher = await up(join(scratch, 'publisher'), ['--listen', '127.0.0.1:0'])
  const { link } = await publisher.client.publish(folder)
  const home = join(scratch, 'full-reader')
  const reader = await up(home, ['--upstream', await upstreamOf(publisher)], small(home, 8))
  await reader.client.wait({ for: 'neighbour' })
  const output = join(scratch, 'copy')
  const got = await reader.client.get({ link, output })
  assert.equal(compareTrees(folder, output).differences, [])
  assert.ok(got.verified)
  const { warnings, counters } = await reader.client.status()
  assert.ok((counters.cacheWriteFailures ?? 0) > 0 || (counters.cacheDropped ?? 0) > 0)
  assert.ok(warnings.some(({ code }) => code === 'RUNNEL-W-CACHE'))
  await down(reader)
  await down(publisher)
})

it('a read-only home is refused with READ_ONLY, a new one and one that exists', async () => {
  const home = join(scratch, 'read-only')
  const node = await up(home)
  await node.stop()
  nodes.delete(node)
  const bound = withMount(home, `mount --bind ${scratch} ${scratch} && mount -o remount,ro,bind ${scratch}`)
  for (const path of [home, join(scratch, 'new')]) {
    const { code, output } = await RunningNode.refused(host, path, [], bound)
    assert.is(code, 7, output)
    assert.match(output, /read-only|cannot be written/)
  }
  // Writable again, it opens as it was.
  await down(await up(home))
})

it('a second node on the same home is refused, and the first one is not disturbed', async () => {
  const home = join(scratch, 'twice')
  const first = await up(home)
  const { code, output } = await RunningNode.refused(host, home)
  assert.is(code, 6, output)
  assert.match(output, 'NODE_RUNNING')
  assert.ok((await first.client.id()).name)
  await down(first)
  // A killed node's lock holds nobody up.
  await down(await up(home))
})

it('a home of a later version is refused, and left as it is', async () => {
  const home = join(scratch, 'later')
  const node = await up(home)
  await node.stop()
  nodes.delete(node)
  writeFileSync(join(home, 'version'), 'runnel home 2\n')
  const { code, output } = await RunningNode.refused(host, home)
  assert.is(code, 7, output)
  assert.is(readFileSync(join(home, 'version'), 'utf8'), 'runnel home 2\n')
})

it('a command without a node says how to start one', async () => {
  const { code, stderr } = await runnel(host, join(scratch, 'nobody'), ['status'])
  assert.is(code, 6)
  assert.match(stderr, 'runnel up')
})

it('a folder that changes all the while is refused with SOURCE_CHANGED, one that changed once is published as it is', async () => {
  const node = await up(join(scratch, 'changing'))
  const folder = join(scratch, 'changes')
  writeSample(join(folder, 'log.bin'), 'log', 30_000_000)
  const path = join(folder, 'log.bin')
  const writer = spawn(process.execPath, [
    '-e',
    `const fs = require('node:fs'); setInterval(() => fs.appendFileSync(${JSON.stringify(path)}, 'x'), 1)`,
  ])
  try {
    assert.is(await codeOf(node.client.publish(folder)), 'SOURCE_CHANGED')
  } finally {
    writer.kill('SIGKILL')
  }
  let changes = 0
  const published = await node.client.publish(folder, {
    onProgress: () => {
      if (changes++ === 0) appendFileSync(path, 'the last line')
    },
  })
  const output = join(scratch, 'changed-copy')
  await node.client.get({ link: published.link, output })
  assert.equal(compareTrees(folder, output).differences, [])
  await down(node)
})

it('what cannot be carried is refused by name, and what was published before stays', async () => {
  const node = await up(join(scratch, 'escaping'))
  const folder = join(scratch, 'escapes')
  writeTree(folder, { 'good.txt': 100 })
  const { link } = await node.client.publish(folder)
  symlinkSync('../../outside', join(folder, 'leads-out'))
  assert.is(await codeOf(node.client.publish(folder)), 'PATH_ESCAPES')
  rmSync(join(folder, 'leads-out'))
  symlinkSync('/etc/passwd', join(folder, 'absolute'))
  assert.is(await codeOf(node.client.publish(folder)), 'PATH_ESCAPES')
  rmSync(join(folder, 'absolute'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  assert.is(await codeOf(node.client.publish(folder)), 'BAD_ARGUMENT')
  rmSync(join(folder, 'pipe'))
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), '')
  assert.is(await codeOf(node.client.publish(folder)), 'BAD_ARGUMENT')
  assert.is(await codeOf(node.client.publish(join(folder, 'nothing'))), 'NOT_FOUND')
  assert.equal(
    (await node.client.list({ link })).map(({ name }) => name),
    ['good.txt'],
  )
  await down(node)
})

test.after(async () => {
  for (const node of nodes) await node.kill()
  rmSync(scratch, { recursive: true, force: true })
})

test.run()
