// The first story: a folder is published once, read through a router, and read again from it when its publisher is gone.

import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { curl } from '../lab/curl.js'
import { firstSegment, flipBytes } from '../lab/damage.js'
import { megabytes } from './report.js'
import { type Stage, served } from './stage.js'

const repository = join(import.meta.dirname, '..', '..', '..')

/** Gives the name of the publisher, and what its README says. */
export async function villageStory(stage: Stage): Promise<{ name: string; readme: string }> {
  const { village, claims } = stage
  const folder = makeSite(village.path('site'))
  const published = await stage.timed('a publishes', 'publish', () =>
    village.json<{ link: string; name: string; files: number; bytes: number }>('a', ['publish', folder]),
  )
  console.log(`published ${published.files} files, ${megabytes(published.bytes)} MB as ${published.link}`)

  const first = await stage.get('b', published.link, 'b reads, a is on')
  claims.check('b has every file as a published it', stage.same(folder, village.path('out-b')))
  claims.check(
    'all that b read was verified, and came over two hops',
    first.verified && served(first, 2) > 0.9 * first.bytes,
  )

  await stage.run('a', ['append', 'posts'], 'first\nsecond\n')
  const lines = ['tail', `posts.${published.name}`, '--from', '0', '--no-follow']
  claims.check('b reads the lines that a appended', (await stage.run('b', lines)) === 'first\nsecond\n')

  const site = `http://${published.name}.key.localhost:7280/`
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const read = async (host: string) => (await curl(village.host(host), ['-sS', `${site}README.md`])).stdout
  if (stage.counted) claims.check(`b reads the site by curl ${site}`, (await read('b')) === readme)

  console.log('a is killed with -9')
  await village.kill('a')
  const second = await stage.get('c', published.link, 'c reads, a is dead')
  claims.check('c has every file as a published it, after a has gone', stage.same(folder, village.path('out-c')))
  claims.check('the router alone served c', served(second, 1) > 0.99 * second.bytes && served(second, 2) === 0)
  if (stage.counted) claims.check('the uplink of a carried none of it', stage.rows.at(-1)?.uplink === 0)
  claims.check('c is told how old the head is', second.head.ageS >= 0 && second.head.ageS < 600)
  claims.check('c reads the lines too', (await stage.run('c', lines)) === 'first\nsecond\n')
  const page = await village.run('c', ['get', `${published.link}/README.md`, '-o', village.path('README.md')])
  claims.check('c reads one file of the folder', page.code === 0)
  if (stage.counted) claims.check('c reads the site by curl, after a has gone', (await read('c')) === readme)

  console.log("a byte is flipped in the router's cache; a comes back")
  flipBytes(firstSegment(village.home('router'), 'cache'), [1 / 3])
  await village.again('a')
  const third = await stage.get('d', published.link, 'd reads, one byte of the cache is damaged')
  claims.check('d has every file as a published it, in spite of the damage', stage.same(folder, village.path('out-d')))
  const { counters } = await village.json<{ counters: Record<string, number> }>('router', ['status'])
  claims.check('the router found the damage', (counters.damagedChunks ?? 0) > 0)
  claims.check('only what was damaged came from a again', served(third, 2) > 0 && served(third, 2) < 0.02 * third.bytes)
  return { name: published.name, readme }
}

/** This repository, without what is made in it, and its compiler, as a folder of its own. */
function makeSite(folder: string): string {
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
