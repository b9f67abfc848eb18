// `npm run demo`: the village router's story on real files across a real network. Each claim is checked; the table shows
// who served what. Exits non-zero when a claim fails, and removes what it made.

import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { curl } from '../lab/curl.js'
import { firstSegment, flipBytes } from '../lab/damage.js'
import { enterUserNamespace } from '../lab/enter.js'
import { compareTrees } from '../lab/trees.js'
import { Village } from '../lab/village.js'
import { Claims, megabytes, type Row, table } from './report.js'

const uplinkMegabits = 50
const repository = join(import.meta.dirname, '..', '..', '..')

interface Got {
  files: number
  bytes: number
  verified: boolean
  stale: boolean
  head: { ageS: number }
  sources: { hop: number; cached: boolean; bytes: number }[]
}

enterUserNamespace()
const village = await Village.open(['a', 'b', 'c', 'd'])
const counted = village.lab.kind === 'namespaces'
const claims = new Claims()
const rows: Row[] = []

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void village.close().finally(() => process.exit(130)))
}
try {
  await story()
} catch (error) {
  claims.check(`the story runs to its end (${error instanceof Error ? error.message : String(error)})`, false)
} finally {
  await village.close()
}
console.log(table(rows))
console.log(claims.summary())
process.exitCode = claims.failed === 0 ? 0 : 1

async function story(): Promise<void> {
  console.log(
    counted
      ? `a – router – {b, c, d} in network namespaces, the uplink of a shaped to ${uplinkMegabits} Mbit/s`
      : `plain loopback, nothing is shaped and no kernel counter is read: ${village.lab.reason}`,
  )
  const folder = stage()
  village.host('a').shape(uplinkMegabits)
  await Promise.all(['a', 'b', 'c', 'd'].map((host) => village.up(host)))

  const published = await timed('a publishes', 'publish', () =>
    village.json<{ link: string; name: string; files: number; bytes: number }>('a', ['publish', folder]),
  )
  console.log(`published ${published.files} files, ${megabytes(published.bytes)} MB as ${published.link}`)

  const first = await get('b', published.link, 'b reads, a is on')
  claims.check('b has every file as a published it', same(folder, village.path('out-b')))
  claims.check(
    'all that b read was verified, and came over two hops',
    first.verified && served(first, 2) > 0.9 * first.bytes,
  )

  await run('a', ['append', 'posts'], 'first\nsecond\n')
  const posts = `posts.${published.name}`
  const lines = ['tail', posts, '--from', '0', '--no-follow']
  claims.check('b reads the lines that a appended', (await run('b', lines)) === 'first\nsecond\n')

  const site = `http://${published.name}.key.localhost:7280/`
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const read = (host: string) => curl(village.host(host), ['-sS', `${site}README.md`])
  if (counted) claims.check(`b reads the site by curl ${site}`, (await read('b')).stdout === readme)

  console.log('a is killed with -9')
  await village.kill('a')
  const second = await get('c', published.link, 'c reads, a is dead')
  claims.check('c has every file as a published it, after a has gone', same(folder, village.path('out-c')))
  claims.check('the router alone served c', served(second, 1) > 0.99 * second.bytes && served(second, 2) === 0)
  if (counted) claims.check('the uplink of a carried none of it', rows.at(-1)?.uplink === 0)
  claims.check('c is told how old the head is', second.head.ageS >= 0 && second.head.ageS < 600)
  claims.check('c reads the lines too', (await run('c', lines)) === 'first\nsecond\n')
  const page = await village.run('c', ['get', `${published.link}/README.md`, '-o', village.path('README.md')])
  claims.check('c reads one file of the folder', page.code === 0)
  if (counted) claims.check('c reads the site by curl, after a has gone', (await read('c')).stdout === readme)

  console.log("a byte is flipped in the router's cache; a comes back")
  flipBytes(firstSegment(village.home('router'), 'cache'), [1 / 3])
  await village.again('a')
  const third = await get('d', published.link, 'd reads, one byte of the cache is damaged')
  claims.check('d has every file as a published it, in spite of the damage', same(folder, village.path('out-d')))
  const { counters } = await village.json<{ counters: Record<string, number> }>('router', ['status'])
  claims.check('the router found the damage', (counters.damagedChunks ?? 0) > 0)
  claims.check('only what was damaged came from a again', served(third, 2) > 0 && served(third, 2) < 0.02 * third.bytes)
}

/** This repository, without what is made in it, and its compiler, as a folder of its own. */
function stage(): string {
  const folder = village.path('site')
  mkdirSync(folder)
  const made = new Set(['.git', 'node_modules', 'dist', 'target'])
  const filter = (path: string): boolean => !made.has(basename(path))
  for (const name of readdirSync(repository)) {
    if (!made.has(name)) {
      cpSync(join(repository, name), join(folder, name), { recursive: true, verbatimSymlinks: true, filter })
    }
  }
  for (const name of ['typescript', '@typescript']) {
    cpSync(join(repository, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  return folder
}

async function run(host: string, args: string[], input = ''): Promise<string> {
  const finished = await village.run(host, args, { input })
  if (finished.code !== 0)
    throw new Error(`runnel ${args.join(' ')} on ${host} ended with ${finished.code}: ${finished.stderr}`)
  return finished.stdout
}

function get(host: string, link: string, title: string): Promise<Got> {
  return timed(title, 'get', () => village.json<Got>(host, ['get', link, '-o', village.path(`out-${host}`)]))
}

/** Runs one step and adds its row: seconds, who served, and what a's uplink carried meanwhile. */
async function timed<T extends { bytes: number }>(
  title: string,
  kind: Row['kind'],
  step: () => Promise<T>,
): Promise<T> {
  const uplink = (): number | undefined => village.host('a').uplinkBytes()?.sent
  const before = uplink()
  const started = performance.now()
  const result = await step()
  const seconds = (performance.now() - started) / 1000
  const after = uplink()
  const { sources = [] } = result as Partial<Got>
  const sent = before === undefined || after === undefined ? undefined : after - before
  rows.push({ title, kind, bytes: result.bytes, seconds, sources, uplink: sent })
  return result
}

function served(got: Got, hop: number): number {
  return got.sources.filter((source) => source.hop === hop).reduce((sum, source) => sum + source.bytes, 0)
}

function same(left: string, right: string): boolean {
  const { differences } = compareTrees(left, right)
  for (const { path, what } of differences) console.log(`  differs: ${path}: ${what}`)
  return differences.length === 0
}
