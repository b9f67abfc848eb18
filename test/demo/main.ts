// `npm run demo`: the village router's story on real files across a real network. Each claim is checked; the table shows
// who served what. Exits non-zero when a claim fails, and removes what it made.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enterUserNamespace } from '../lab/enter.js'
import { type Host, openLab } from '../lab/lab.js'
import { runnel, runnelJson } from '../lab/runnel.js'
import { RunningNode } from '../lab/running-node.js'
import { compareTrees } from '../lab/trees.js'
import { until } from '../lab/until.js'
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
const scratch = mkdtempSync(join(tmpdir(), 'runnel-demo-'))
const lab = openLab(['a', 'b', 'c', 'd'])
const claims = new Claims()
const rows: Row[] = []
const nodes = new Set<RunningNode>()
const [a, b, c, d] = [lab.host('a'), lab.host('b'), lab.host('c'), lab.host('d')] as [Host, Host, Host, Host]
const home = (host: Host): string => join(scratch, `home-${host.name}`)

try {
  await story()
} catch (error) {
  claims.check(`the story runs to its end (${error instanceof Error ? error.message : String(error)})`, false)
} finally {
  for (const node of nodes) await node.kill()
  lab.close()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(table(rows))
console.log(claims.summary())
process.exitCode = claims.failed === 0 ? 0 : 1

async function story(): Promise<void> {
  console.log(
    lab.kind === 'namespaces'
      ? `a – router – {b, c, d} in network namespaces, the uplink of a shaped to ${uplinkMegabits} Mbit/s`
      : `plain loopback, nothing is shaped and no kernel counter is read: ${lab.reason}`,
  )
  const folder = stage()
  const router = await up(lab.router, [
    '--listen',
    `${lab.kind === 'namespaces' ? '0.0.0.0' : '127.0.0.1'}:7254`,
    '--root',
  ])
  const [{ device }] = (await runnelJson<{ device: string }>(lab.router, router.home, ['id'])) as [{ device: string }]
  const upstream = (host: Host): string[] => ['--upstream', `${device}@${host.routerAddress}:7254`]
  a.shape(uplinkMegabits)
  const publisher = await up(a, upstream(a))
  await Promise.all([up(b, upstream(b)), up(c, upstream(c)), up(d, upstream(d))])

  const [published] = (await timed(a, 'a publishes', 'publish', async () =>
    runnelJson<{ link: string; name: string; files: number; bytes: number }>(a, home(a), ['publish', folder]),
  )) as [{ link: string; name: string; files: number; bytes: number }]
  console.log(`published ${published.files} files, ${megabytes(published.bytes)} MB as ${published.link}`)

  const first = await get(b, published.link, 'b reads, a is on')
  claims.check('b has every file as a published it', same(folder, join(scratch, 'out-b')))
  claims.check(
    'all that b read was verified, and came over two hops',
    first.verified && served(first, 2) > 0.9 * first.bytes,
  )

  await run(a, ['append', 'posts'], 'first\nsecond\n')
  const posts = `posts.${published.name}`
  claims.check(
    'b reads the lines that a appended',
    (await run(b, ['tail', posts, '--from', '0'])) === 'first\nsecond\n',
  )

  console.log('a is killed with -9')
  await publisher.kill()
  await until(
    'the router has noticed it',
    async () => (await runnelJson(lab.router, router.home, ['peers'])).length === 3,
  )
  const second = await get(c, published.link, 'c reads, a is dead')
  claims.check('c has every file as a published it, after a has gone', same(folder, join(scratch, 'out-c')))
  claims.check('the router alone served c', served(second, 1) > 0.99 * second.bytes && served(second, 2) === 0)
  if (lab.kind === 'namespaces') claims.check('the uplink of a carried none of it', lastRow().uplink === 0)
  claims.check('c is told how old the head is', second.head.ageS >= 0 && second.head.ageS < 600)
  claims.check('c reads the lines too', (await run(c, ['tail', posts, '--from', '0'])) === 'first\nsecond\n')
  const page = await runnel(c, home(c), ['get', `${published.link}/README.md`, '-o', join(scratch, 'README.md')])
  claims.check('c reads one file of the folder', page.code === 0)

  console.log("a byte is flipped in the router's cache; a comes back")
  await flipByte(join(router.home, 'cache'))
  await up(a, upstream(a))
  const third = await get(d, published.link, 'd reads, one byte of the cache is damaged')
  claims.check('d has every file as a published it, in spite of the damage', same(folder, join(scratch, 'out-d')))
  const [status] = (await runnelJson<{ counters: Record<string, number> }>(lab.router, router.home, ['status'])) as [
    { counters: Record<string, number> },
  ]
  claims.check('the router found the damage', (status.counters.damagedChunks ?? 0) > 0)
  claims.check('only what was damaged came from a again', served(third, 2) > 0 && served(third, 2) < 0.02 * third.bytes)
}

/** This repository and its compiler, as a folder of its own. */
function stage(): string {
  const folder = join(scratch, 'site')
  mkdirSync(folder)
  const left = new Set(['.git', 'node_modules', 'dist'])
  for (const name of readdirSync(repository)) {
    if (!left.has(name)) cpSync(join(repository, name), join(folder, name), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ['typescript', '@typescript']) {
    cpSync(join(repository, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  return folder
}

async function up(host: Host, args: string[]): Promise<RunningNode> {
  const node = await RunningNode.up(host, home(host), args)
  if (args.includes('--upstream')) await runnelJson(host, node.home, ['wait', '--neighbour'])
  nodes.add(node)
  return node
}

async function run(host: Host, args: string[], input = ''): Promise<string> {
  const finished = await runnel(host, home(host), args, { input })
  if (finished.code !== 0)
    throw new Error(`runnel ${args.join(' ')} on ${host.name} ended with ${finished.code}: ${finished.stderr}`)
  return finished.stdout
}

async function get(host: Host, link: string, title: string): Promise<Got> {
  const output = join(scratch, `out-${host.name}`)
  const [got] = (await timed(host, title, 'get', () =>
    runnelJson<Got>(host, home(host), ['get', link, '-o', output]),
  )) as [Got]
  return got
}

/** Runs one step and adds its row: seconds, who served, and what a's uplink carried meanwhile. */
async function timed<T extends object>(
  host: Host,
  title: string,
  kind: 'get' | 'publish',
  step: () => Promise<T[]>,
): Promise<T[]> {
  const before = a.uplinkBytes()
  const started = performance.now()
  const result = await step()
  const seconds = (performance.now() - started) / 1000
  const after = a.uplinkBytes()
  const [{ bytes, sources }] = result as unknown as [Partial<Got>]
  rows.push({
    title,
    host: host.name,
    kind,
    bytes: bytes ?? 0,
    seconds,
    sources: sources ?? [],
    // Keep-alives and routes cross the uplink too while a is up; below a thousandth of what was read they are not the answer.
    uplink: before && after ? Math.max(0, after.sent - before.sent) : undefined,
  })
  return result
}

function lastRow(): Row {
  return rows[rows.length - 1] as Row
}

function served(got: Got, hop: number): number {
  return got.sources.filter((source) => source.hop === hop).reduce((sum, source) => sum + source.bytes, 0)
}

function same(left: string, right: string): boolean {
  const { differences } = compareTrees(left, right)
  for (const { path, what } of differences) console.log(`  differs: ${path}: ${what}`)
  return differences.length === 0
}

/** Inverts one byte in the middle of what the first segment of a cache holds. */
async function flipByte(cache: string): Promise<void> {
  const segment = readdirSync(cache)
    .filter((name) => name.endsWith('.seg'))
    .sort()[0]
  if (segment === undefined) throw new Error('the cache of the router has no segment')
  const file = await open(join(cache, segment), 'r+')
  try {
    const { size } = await file.stat()
    const byte = Buffer.alloc(1)
    for (let offset = Math.trunc(size / 3); offset < size; offset += 1) {
      await file.read(byte, 0, 1, offset)
      if (byte[0] === 0) continue
      await file.write(Buffer.of(~(byte[0] as number) & 0xff), 0, 1, offset)
      return
    }
  } finally {
    await file.close()
  }
}
