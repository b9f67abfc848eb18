// A home: who may look in, which version, whose, and whether it is a copy.

import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { openRealFiles } from './real-files.js'
import { openStore, type Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { HOME, openMemoryStore } from './testing/open.js'
import { chunkItem, chunkOf, crypto } from './testing/samples.js'
import { systemTime } from './time.js'

const test = suite('home')

test.before.each((context) => {
  context.base = mkdtempSync(join(tmpdir(), 'runnel-home-'))
  context.home = join(context.base, 'a', 'home')
})
test.after.each((context) => {
  rmSync(context.base, { recursive: true, force: true })
})

test('a new home has its layout, and nobody else may look in', async ({ home }) => {
  const store = await open(home)
  await store.commit([chunkItem(1)])
  store.putCached(chunkOf(2).name, chunkOf(2).bytes)
  await store.close()
  for (const name of ['', 'keys', 'own', 'kept', 'cache']) assert.is(mode(join(home, name)), 0o700, name)
  for (const name of ['version', 'incarnation', 'own/00000001.seg', 'own/00000001.idx', 'cache/00000001.seg']) {
    assert.is(mode(join(home, name)), 0o600, name)
  }
  assert.is(readFileSync(join(home, 'version'), 'utf8'), 'runnel home 1\n')
  const segment = readFileSync(join(home, 'own/00000001.seg'))
  assert.is(segment.subarray(0, 4).toString(), 'RNL1')
})

test('modes that are too open are closed again, and keys keep theirs', async ({ home }) => {
  await (await open(home)).close()
  writeFileSync(join(home, 'keys', 'device'), 'secret', { mode: 0o400 })
  writeFileSync(join(home, 'keys', 'rung'), 'secret')
  chmodSync(home, 0o755)
  chmodSync(join(home, 'own'), 0o777)
  chmodSync(join(home, 'keys', 'rung'), 0o644)
  await (await open(home)).close()
  assert.is(mode(home), 0o700)
  assert.is(mode(join(home, 'own')), 0o700)
  assert.is(mode(join(home, 'keys', 'rung')), 0o600)
  assert.is(mode(join(home, 'keys', 'device')), 0o400)
})

test("another user's home is refused", async () => {
  const files = new MemoryFiles()
  await (await openMemoryStore(files)).close()
  const stat = files.stat.bind(files)
  files.stat = (path) => {
    const found = stat(path)
    return found && { ...found, user: 7 }
  }
  assert.is(await refusal(() => openMemoryStore(files)), 'PERMISSION')
})

test('the folders above a new home survive a power loss with it, also when its first start was killed', async () => {
  const home = '/people/ada/home'
  for (let call = 0; call <= 15; call++) {
    let files = new MemoryFiles()
    if (call > 0) {
      files.faults.dieAt(call)
      void openMemoryStore(files, { home }).catch(() => {})
      await files.faults.death
      files = files.successor()
    }
    const store = await openMemoryStore(files, { home })
    await store.setValue('a', new Uint8Array([1]))
    await store.close()
    const image = MemoryFiles.afterPowerLoss(files, files.changes.length, 'lost', () => 0)
    const again = await openMemoryStore(image, { home })
    assert.equal(again.value('a'), new Uint8Array([1]), `killed in call ${call}`)
    await again.close()
  }
})

// protocol.md §11 MUST: `version` | `runnel home 1\n`
test('a home of an unknown version is refused and not touched', async () => {
  const files = new MemoryFiles()
  await (await openMemoryStore(files)).close()
  files.content(`${HOME}/version`).set(new TextEncoder().encode('runnel home 2'))
  const before = files.changes.length
  assert.is(await refusal(() => openMemoryStore(files)), 'VERSION')
  assert.is(files.changes.length, before)
})

test('data without a version mark is refused', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1)])
  await store.close()
  await files.remove(`${HOME}/version`)
  assert.is(await refusal(() => openMemoryStore(files)), 'VERSION')
})

test('a home on a read-only disk is refused with READ_ONLY', async () => {
  const files = new MemoryFiles()
  files.failAt({ call: 1, code: 'EROFS', kinds: ['name', 'create', 'write'], forever: true })
  assert.is(await refusal(() => openMemoryStore(files)), 'READ_ONLY')
})

test('a file where the home should be is refused', async ({ base }) => {
  writeFileSync(join(base, 'file'), '')
  assert.is(await refusal(() => open(join(base, 'file'))), 'NOT_A_FOLDER')
})

test('a home is not a copy as long as it stays where it is, also when it is renamed', async ({ base, home }) => {
  const store = await open(home)
  const { incarnation } = store
  assert.is(store.copied, false)
  await store.close()
  const again = await open(home)
  assert.is(again.copied, false)
  assert.equal(again.incarnation, incarnation)
  await again.close()
  const { renameSync } = await import('node:fs')
  renameSync(home, join(base, 'moved'))
  const moved = await open(join(base, 'moved'))
  assert.is(moved.copied, false)
  await moved.close()
})

test('a copied home says so until it is adopted', async ({ base, home }) => {
  const store = await open(home)
  const { incarnation } = store
  await store.close()
  const copy = join(base, 'copy')
  cpSync(home, copy, { recursive: true, preserveTimestamps: true })
  const copied = await open(copy)
  assert.is(copied.copied, true)
  assert.equal(copied.incarnation, incarnation)
  await copied.close()
  const again = await open(copy)
  assert.is(again.copied, true)
  await again.adoptHome()
  assert.is(again.copied, false)
  await again.close()
  const adopted = await open(copy)
  assert.is(adopted.copied, false)
  assert.is.not(Buffer.from(adopted.incarnation).toString('hex'), Buffer.from(incarnation).toString('hex'))
  await adopted.close()
})

test('a home on another machine, or whose incarnation was left out, is a copy', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1)])
  await store.close()
  files.machine = 'another machine'
  const moved = await openMemoryStore(files)
  assert.is(moved.copied, true)
  await moved.close()
  files.machine = 'a machine'
  await files.remove(`${HOME}/incarnation`)
  const partial = await openMemoryStore(files)
  assert.is(partial.copied, true)
  await partial.adoptHome()
  await partial.close()
  const whole = await openMemoryStore(files)
  assert.is(whole.copied, false)
  await whole.close()
})

test('a damaged incarnation counts as a copy', async () => {
  const files = new MemoryFiles()
  await (await openMemoryStore(files)).close()
  files.content(`${HOME}/incarnation`)[20] = 99
  const store = await openMemoryStore(files)
  assert.is(store.copied, true)
  await store.close()
})

// protocol.md §11 MUST: A node MUST NOT run on a home
test('two stores of one process cannot have the same home', async ({ home }) => {
  const store = await open(home)
  assert.is(await refusal(() => open(home)), 'NODE_RUNNING')
  await store.close()
  await (await open(`${home}/`)).close()
})

test('a home that cannot be opened is not left locked', async ({ home }) => {
  await (await open(home)).close()
  mkdirSync(join(home, 'own', '00000001.seg'))
  assert.ok(await refusal(() => open(home)))
  rmSync(join(home, 'own', '00000001.seg'), { recursive: true })
  await (await open(home)).close()
})

test('of several that make one home at once none fails to make its directory', async ({ base }) => {
  const path = join(base, 'new', 'home')
  const files = openRealFiles()
  await Promise.all(Array.from({ length: 8 }, () => files.makeDirectory(path)))
  assert.is(mode(path), 0o700)
})

function open(home: string): Promise<Store> {
  const randomBytes = (length: number): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(length))
  return openStore({ home, files: openRealFiles(), crypto, randomBytes, cacheBytes: 0, time: systemTime })
}

async function refusal(action: () => Promise<Store>): Promise<string | undefined> {
  try {
    await (await action()).close()
    return undefined
  } catch (thrown) {
    return isRunnelError(thrown) ? thrown.code : String(thrown)
  }
}

function mode(path: string): number {
  return statSync(path).mode & 0o777
}

test.run()
