// The trees of scanned files and folders, also while somebody changes them.

import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { crypto, inStore, seed } from '../../test/node/temporary.js'
import { patterned } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import type { Store } from '../store/index.js'
import { ChunkSink } from './chunk-sink.js'
import { type Stamp, sameStamp, scanTree } from './scan.js'
import { type BuildProgress, type BuiltBefore, type BuiltTree, TreeBuilder } from './tree-builder.js'

const test = suite('tree builder')
const never = new AbortController().signal
const nothing: BuiltBefore = { find: () => undefined, add: () => {} }

/** Publishes `root`; `between` runs when it has been scanned, `during` at each sign of progress. */
async function build(
  store: Store,
  root: string,
  {
    between = () => {},
    during = () => {},
    signal = never,
    before = nothing,
  }: { between?: () => void; during?: BuildProgress; signal?: AbortSignal; before?: BuiltBefore } = {},
) {
  const { root: found } = await scanTree(root, never)
  between()
  const sink = new ChunkSink(store, seed)
  const options = { crypto, secret: undefined, sink, before, nowNs: () => 0n, signal, progress: during }
  const built = await new TreeBuilder(options).build(found)
  await sink.finish()
  return built
}

test('gives the same tree for the same files, and stores nothing twice', () =>
  inStore(async (store, directory) => {
    const root = join(directory, 'site')
    mkdirSync(join(root, 'docs'), { recursive: true })
    writeFileSync(join(root, 'docs', 'a'), patterned(200_000, 1))
    writeFileSync(join(root, 'empty'), '')
    symlinkSync('docs/a', join(root, 'link'))
    const first = await build(store, root)
    assert.is(first.bytes, 200_000)
    assert.ok(first.reachable > 200_000)
    const { chunks } = store.stats().own
    assert.equal(await build(store, root), first)
    assert.is(store.stats().own.chunks, chunks)
  }))

test('opens no file that is known and as it was, and asks for each by its path', () =>
  inStore(async (store, directory) => {
    const root = join(directory, 'site')
    mkdirSync(join(root, 'docs'), { recursive: true })
    for (const name of ['docs/a', 'docs/b', 'c']) writeFileSync(join(root, name), name)
    const known = new Map<string, { stamp: Stamp; built: BuiltTree }>()
    const before: BuiltBefore = {
      find: (path, stamp) => {
        const entry = known.get(path)
        return entry !== undefined && sameStamp(entry.stamp, stamp) ? entry.built : undefined
      },
      add: (path, stamp, _, built) => void known.set(path, { stamp, built }),
    }
    const first = await build(store, root, { before })
    assert.equal([...known.keys()].sort(), ['site/c', 'site/docs/a', 'site/docs/b'])
    writeFileSync(join(root, 'docs', 'b'), 'changed')
    const kept = known.get('site/docs/a')?.built
    const last: { files: number; bytes: number }[] = []
    // What is known is taken as it is.
    const openBefore = known.get('site/c')
    if (openBefore !== undefined) known.set('site/c', { ...openBefore, built: { ...openBefore.built, id: filled(7) } })
    const second = await build(store, root, { before, during: (done) => last.push(done) })
    assert.is(known.get('site/docs/a')?.built, kept)
    assert.equal(known.get('site/c')?.built.id, filled(7))
    assert.is(second.bytes, first.bytes + 'changed'.length - 'docs/b'.length)
    assert.equal(last.map(({ files }) => files).sort(), [1, 2, 3])
  }))

test('reads a file again that changed after the scan', () =>
  inStore(async (store, directory) => {
    const path = join(directory, 'f')
    writeFileSync(path, 'before')
    const built = await build(store, path, { between: () => writeFileSync(path, 'after that') })
    assert.is(built.bytes, 10)
  }))

test('reads a file again that changed while it was read, and counts its bytes once', () =>
  inStore(async (store, directory) => {
    const path = join(directory, 'f')
    writeFileSync(path, patterned(1_000_000, 1))
    let changed = false
    let last = 0
    const built = await build(store, path, {
      during: ({ bytes }) => {
        last = bytes
        if (!changed) writeFileSync(path, patterned(900_000, 2))
        changed = true
      },
    })
    assert.is(built.bytes, 900_000)
    assert.is(last, 900_000)
  }))

test('gives up a file that never stops changing', () =>
  inStore(async (store, directory) => {
    const path = join(directory, 'f')
    writeFileSync(path, patterned(600_000, 1))
    let grown = 0
    const growing = build(store, path, {
      during: () => {
        appendFileSync(path, patterned(600_000, 2))
        grown += 1
      },
    })
    await failure(growing, 'SOURCE_CHANGED')
    assert.ok(grown < 100)
  }))

test('says SOURCE_CHANGED when a file has gone', () =>
  inStore(async (store, directory) => {
    const root = join(directory, 'site')
    mkdirSync(root)
    writeFileSync(join(root, 'f'), 'x')
    await failure(build(store, root, { between: () => unlinkSync(join(root, 'f')) }), 'SOURCE_CHANGED')
  }))

test('never follows a symlink, nor waits for a pipe, that took the place of a file', () =>
  inStore(async (store, directory) => {
    const [root, secret] = [join(directory, 'site'), join(directory, 'secret')]
    mkdirSync(root)
    writeFileSync(secret, 'not to be published')
    const path = join(root, 'f')
    writeFileSync(path, 'x')
    const swapped = build(store, root, {
      between: () => {
        symlinkSync(secret, `${path}.new`)
        renameSync(`${path}.new`, path)
      },
    })
    await failure(swapped, 'SOURCE_CHANGED')
    rmSync(path)
    writeFileSync(path, 'x')
    const piped = build(store, root, {
      between: () => {
        rmSync(path)
        execFileSync('mkfifo', [path])
      },
    })
    await failure(piped, 'SOURCE_CHANGED')
  }))

test('ends when its caller gives up', () =>
  inStore(async (store, directory) => {
    const path = join(directory, 'f')
    writeFileSync(path, patterned(5_000_000, 1))
    const abort = new AbortController()
    const aborted = build(store, path, { signal: abort.signal, during: () => abort.abort() })
    await failure(aborted, 'ABORTED')
  }))

test.run()
