// The village router's story, told with the command line alone: what a published through the router is read by b, and by
// c after a was killed, and what each of them is told about it.

import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FolderItem, Result } from '../../api/index.js'
import { writeSample, writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { compareTrees } from '../lab/trees.js'
import { Village } from '../lab/village.js'

type Got = Result<'get'>
type Published = Result<'publish'>

const test = suite('network/story')
const it = networked(test)

let village: Village
let site = ''
let link = ''
let name = ''
let secretLink = ''

/** What a link carries anyway in the seconds of a test: keep-alives, announcements, a name, a head. */
const chatterBytes = 40_000

function bytesOf(got: Got, hop: number, cached?: boolean): number {
  const shares = got.sources.filter((share) => share.hop === hop && (cached === undefined || share.cached === cached))
  return shares.reduce((sum, { bytes }) => sum + bytes, 0)
}

function assertSame(folder: string, copy: string): void {
  assert.equal(compareTrees(folder, copy).differences, [])
}

function sent(): number {
  return village.host('a').uplinkBytes()?.sent ?? Number.NaN
}

it('starts a router and three nodes that each have one outbound connection to it', async () => {
  village = await Village.open(['a', 'b', 'c'])
  site = village.path('site')
  await Promise.all(['a', 'b', 'c'].map((host) => village.up(host)))
  const status = await village.json<{ neighbours: { up: number } }>('router', ['status'])
  assert.is(status.neighbours.up, 3)
})

it('publishes a folder and prints its link', async () => {
  writeTree(site, { 'docs/index.html': 4_000, 'docs/guide/first.md': 900, 'images/big.bin': 3_000_000, empty: 0 })
  writeFileSync(join(site, 'run.sh'), '#!/bin/sh\n')
  chmodSync(join(site, 'run.sh'), 0o755)
  writeFileSync(join(site, 'Grüße aus 東京.txt'), 'UTF-8')
  mkdirSync(join(site, 'nothing'))
  symlinkSync('../docs/index.html', join(site, 'images', 'start'))
  const published = await village.json<Published>('a', ['publish', site])
  assert.is(published.files, 7)
  assert.is(published.added, 7)
  assert.is(published.unchanged, false)
  assert.ok(published.newBytes > published.bytes)
  ;({ link, name } = published)
  assert.match(link, /^main\.[a-z2-7]{56}$/)
})

it('lets a stranger read it with the name alone, while the router was never asked to mirror it', async () => {
  const got = await village.json<Got>('b', ['get', name, '-o', village.path('copy-b')])
  assertSame(site, village.path('copy-b'))
  assert.is(got.verified, true)
  assert.is(got.stale, false)
  assert.is(got.files, 7)
  assert.is(got.reusedBytes, 0)
  assert.ok(got.head.ageS < 60 && got.head.ageS >= 0)
  // The writer's own node answered, two links away.
  assert.ok(bytesOf(got, 2, false) > 3_000_000)
  assert.is(bytesOf(got, 1), 0)
})

it('carries lines of text: appended on a, read on b', async () => {
  const appended = await village.run('a', ['append', 'posts'], { input: 'first\nsecond\n' })
  assert.is(appended.code, 0)
  const tail = await village.run('b', ['tail', `posts.${name}`, '--from', '0', '--no-follow'])
  assert.is(tail.stdout, 'first\nsecond\n')
})

it('keeps an unlisted folder to those who have the secret', async () => {
  const folder = village.path('unlisted')
  writeTree(folder, { 'plan.txt': 2_000 })
  const published = await village.json<Published>('a', [
    'publish',
    folder,
    '--label',
    'plan',
    '--visibility',
    'unlisted',
  ])
  secretLink = published.link
  assert.match(secretLink, /^plan\.[a-z2-7]{56}\+[a-z2-7]{56}$/)
  await village.json<Got>('b', ['get', secretLink, '-o', village.path('plan-b')])
  assertSame(folder, village.path('plan-b'))

  const without = await village.run('c', ['get', secretLink.split('+')[0] ?? '', '-o', village.path('no'), '--json'])
  assert.is(without.code, 3)
  assert.match(without.stderr, 'UNKNOWN_LABEL')
  const otherSecret = (await village.json<Published>('b', ['publish', folder, '--visibility', 'unlisted'])).link
  const wrong = `${secretLink.split('+')[0]}+${otherSecret.split('+')[1]}`
  const refused = await village.run('c', ['get', wrong, '-o', village.path('no'), '--json'])
  assert.is(refused.code, 5)
  assert.match(refused.stderr, 'WRONG_SECRET')
})

it('moves only what changed when the folder is published again', async () => {
  const before = sent()
  const big = readFileSync(join(site, 'images/big.bin'))
  big.fill(0xee, 1_500_000, 1_500_010)
  writeFileSync(join(site, 'images/big.bin'), big)
  writeSample(join(site, 'docs/new.html'), 'new', 5_000)
  rmSync(join(site, 'docs/guide/first.md'))
  const published = await village.json<Published>('a', ['publish', site])
  assert.equal([published.added, published.changed, published.removed], [1, 1, 1])
  assert.ok(published.newBytes < 200_000, `new bytes: ${published.newBytes}`)
  const got = await village.json<Got>('b', ['get', name, '-o', village.path('copy-b')])
  rmSync(village.path('copy-b', 'docs/guide/first.md'))
  assertSame(site, village.path('copy-b'))
  assert.ok(got.reusedBytes > 2_800_000, `reused: ${got.reusedBytes}`)
  assert.ok(bytesOf(got, 2) < 200_000)
  assert.ok(sent() - before < 200_000 + chatterBytes, `a sent ${sent() - before}`)
})

it('says that nothing changed when nothing did', async () => {
  const published = await village.json<Published>('a', ['publish', site])
  assert.is(published.unchanged, true)
  assert.is(published.newBytes, 0)
})

it('serves everything from the router when a is dead, and not one byte crosses its uplink', async () => {
  // What b never asked for is read once while a is up, as any reader would have.
  await village.json<Got>('b', ['get', name, '-o', village.path('copy-b2')])
  await village.kill('a')
  const before = sent()
  const got = await village.json<Got>('c', ['get', name, '--max-age', '0s', '-o', village.path('copy-c')])
  assertSame(site, village.path('copy-c'))
  assert.ok(bytesOf(got, 1, true) > 3_000_000)
  assert.is(bytesOf(got, 2), 0)
  assert.is(got.verified, true)
  // The writer was not there to confirm it, and the reader is told so.
  assert.is(got.stale, true)
  assert.ok(got.head.ageS > 0 && got.head.ageS < 600)
  assert.is(sent() - before, 0)
})

it('refuses an old state when the reader does not want one', async () => {
  const refused = await village.run('c', [
    'get',
    name,
    '--no-stale',
    '--max-age',
    '0s',
    '--timeout',
    '3s',
    '-o',
    village.path('no'),
    '--json',
  ])
  assert.is(refused.code, 4)
  assert.match(refused.stderr, 'STALE')
})

it('reads one file of the folder without the rest, and lists what there is', async () => {
  const got = await village.json<Got>('c', ['get', `${name}/docs/index.html`, '-o', village.path('index.html')])
  assert.ok(readFileSync(join(site, 'docs/index.html')).equals(readFileSync(village.path('index.html'))))
  assert.is(got.bytes, 4_000)
  assert.ok(bytesOf(got, 0) + bytesOf(got, 1) < 20_000)
  const printed = await village.run('c', ['get', `${name}/Grüße aus 東京.txt`, '-o', '-'])
  assert.is(printed.stdout, 'UTF-8')
  const listed = await village.run('c', ['ls', `${name}/docs`, '--json'])
  const items = listed.stdout.split('\n').filter(Boolean)
  assert.equal(
    items.map((line) => (JSON.parse(line) as FolderItem).name),
    ['guide', 'index.html', 'new.html'],
  )
})

it('reads the lines and the unlisted folder from the router too', async () => {
  const tail = await village.run('c', ['tail', `posts.${name}`, '--from', '0', '--no-follow'])
  assert.is(tail.stdout, 'first\nsecond\n')
  await village.json<Got>('c', ['get', secretLink, '-o', village.path('plan-c')])
  assertSame(village.path('unlisted'), village.path('plan-c'))
})

it('says that there is a typing error in a name', async () => {
  const typo = `${name.slice(0, 9)}${name[9] === 'a' ? 'b' : 'a'}${name.slice(10)}`
  const missing = await village.run('c', ['get', typo, '-o', village.path('no'), '--json'])
  assert.is(missing.code, 2)
  assert.match(missing.stderr, 'BAD_NAME')
  assert.match(missing.stderr, 'typing error')
})

it('goes on when a comes back, with the streams that it had', async () => {
  await village.again('a')
  const appended = await village.run('a', ['append', 'posts'], { input: 'third\n' })
  assert.is(appended.code, 0)
  const tail = await village.run('c', ['tail', `posts.${name}`, '--from', '1', '--max-age', '0s', '--no-follow'])
  assert.is(tail.stdout, 'second\nthird\n')
})

test.after(async () => {
  await village?.close()
})

test.run()
