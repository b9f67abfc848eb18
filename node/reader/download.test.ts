// A download asks early and leaves nothing behind; what its files must be is tried by partial-file and leftover.

import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { toHex } from '../../stack/bytes/index.js'
import { fileScope } from '../../stack/crypto/index.js'
import { buildDirectory, FileBuilder } from '../../stack/data/index.js'
import { chunkAnswer, FakeHub, openSession } from '../../test/node/fake-hub.js'
import { crypto, inDirectory } from '../../test/node/temporary.js'
import { patterned } from '../../test/samples/log.js'
import { Download } from './download.js'
import { parallelFiles, waitingFiles } from './limits.js'
import { partialPathOf } from './partial-file.js'
import type { Site, SiteItem } from './site.js'
import type { Target } from './target.js'

const test = suite('download')
const log = patterned(32, 1)
const names = ['a', 'b', 'c']

/** A published folder of small files, and its chunks. */
function published(names: readonly string[]) {
  const chunks = new Map<string, Uint8Array>()
  const keep = (name: Uint8Array, chunk: Uint8Array): unknown => chunks.set(toHex(name), chunk)
  const files = names.map((name, index) => {
    const builder = new FileBuilder(crypto, undefined, keep)
    builder.push(patterned(5_000, index))
    return { kind: 'file', name, mode: 0o644, ...builder.end() } as const
  })
  const root: SiteItem = { kind: 'directory', mode: 0o755, ...buildDirectory(crypto, undefined, files, keep) }
  const note = { files: files.length, bytes: root.bytes, mode: 0o755, added: 0, changed: 0, removed: 0, name: 'folder' }
  const site: Site = { root, note, log, timeMs: 0 }
  const target = { fileScope: fileScope(crypto, undefined) } as Target
  return { chunks, files, site, target }
}

/** Downloads the folder, served from so many hops away: whether each file was there when its bytes were asked for. */
async function madeBefore(directory: string, hops: number): Promise<boolean[]> {
  const { chunks, files, site, target } = published(names)
  const output = join(directory, 'output')
  const hub = new FakeHub()
  const made: boolean[] = []
  hub.respond = ({ key }) => {
    const asked = files.find(({ child }) => toHex(child) === toHex(key))
    if (asked !== undefined) made.push(existsSync(partialPathOf(crypto, join(output, asked.name))))
    const chunk = chunks.get(toHex(key))
    return chunk && chunkAnswer(chunk, hops)
  }
  const session = openSession(hub)
  await new Download(session, target, site, () => {}).write(site.root, [], output)
  session.close()
  for (const [index, name] of names.entries()) {
    assert.ok(readFileSync(join(output, name)).equals(patterned(5_000, index)))
  }
  return made
}

test('asks others for the bytes of a file before it makes the file', () =>
  inDirectory(async (directory) => assert.equal(await madeBefore(directory, 1), [false, false, false])))

test('makes a file before it reads what is here', () =>
  inDirectory(async (directory) => assert.equal(await madeBefore(directory, 0), [true, true, true])))

test('asks for nothing any more when a file cannot be made', () =>
  inDirectory(async (directory) => {
    const { chunks, files, site, target } = published(names)
    const output = join(directory, 'output')
    mkdirSync(output)
    symlinkSync('/nowhere', partialPathOf(crypto, join(output, 'a')))
    const hub = new FakeHub()
    hub.respond = ({ key }) => {
      const chunk = toHex(key) === toHex(files[0]?.child ?? key) ? undefined : chunks.get(toHex(key))
      return chunk && chunkAnswer(chunk)
    }
    const session = openSession(hub)
    let failed: unknown
    await new Download(session, target, site, () => {}).write(site.root, [], output).catch((error: unknown) => {
      failed = error
    })
    assert.instance(failed, RunnelError)
    assert.is(hub.asked.length, 1 + names.length)
    session.close()
    assert.is(hub.open.size, 0)
  }))

/** How many files are waited for at once, in a folder of many that comes from so many hops away. */
async function waitedFor(directory: string, hops: number): Promise<number> {
  const many = Array.from({ length: waitingFiles + 100 }, (_, index) => `file ${index}`)
  const { chunks, files, site, target } = published(many)
  const withheld = new Set(files.map(({ child }) => toHex(child)))
  const hub = new FakeHub()
  hub.respond = ({ key }) => {
    const chunk = withheld.has(toHex(key)) ? undefined : chunks.get(toHex(key))
    return chunk && chunkAnswer(chunk, hops)
  }
  const session = openSession(hub)
  let isDone = false
  const written = new Download(session, target, site, () => {})
    .write(site.root, [], join(directory, 'output'))
    .finally(() => {
      isDone = true
    })
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
  let most = 0
  for (let quiet = 0; quiet < 100; quiet += 1) {
    if (hub.open.size > most) quiet = 0
    most = Math.max(most, hub.open.size)
    await turn()
  }
  while (!isDone) {
    for (const { interest, answer } of [...hub.open.values()]) {
      answer(chunkAnswer(chunks.get(toHex(interest.key)) ?? new Uint8Array(0), hops))
    }
    await turn()
  }
  assert.is((await written).files, many.length)
  session.close()
  return most
}

test('waits for many small files of others at once, and for few that are here', () =>
  inDirectory(async (directory) => {
    assert.is(await waitedFor(join(directory, 'far'), 1), waitingFiles)
    assert.is(await waitedFor(join(directory, 'here'), 0), parallelFiles)
  }))

test.run()
