// Files that are known from the last publish, and those that must be read again.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { crypto, seed } from '../../test/node/temporary.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { filled } from '../../test/samples/name.js'
import { openRealFiles } from '../store/index.js'
import { decodeKnownFiles, KnownFiles, readKnownFiles, writeKnownFiles } from './known-files.js'
import { settledNs } from './limits.js'
import type { BuiltTree } from './tree-builder.js'

const test = suite('known files')

const stamp = { inode: 5n, bytes: 7n, modifiedNs: 1_700_000_000_123_456_789n, changedNs: 1_700_000_000_123_456_790n }
const built: BuiltTree = { child: filled(1), id: filled(2), bytes: 7, reachable: 8 }
const openedNs = stamp.changedNs + settledNs

function knowing(...paths: string[]): KnownFiles {
  const known = new KnownFiles(crypto, seed)
  for (const path of paths) known.add(path, stamp, openedNs, built)
  return known
}

test('a file is known by its path and all of its stamp', () => {
  const known = knowing('site/a')
  assert.equal(known.find('site/a', stamp), built)
  assert.is(known.find('site/b', stamp), undefined)
  for (const field of ['inode', 'bytes', 'modifiedNs', 'changedNs'] as const) {
    assert.is(known.find('site/a', { ...stamp, [field]: stamp[field] + 1n }), undefined, field)
  }
})

test('a file that had changed a moment before it was read is read again next time', () => {
  const known = new KnownFiles(crypto, seed)
  known.add('a', stamp, openedNs - 1n, built)
  known.add('b', { ...stamp, modifiedNs: stamp.changedNs + 1n }, openedNs, built)
  known.add('c', { ...stamp, changedNs: openedNs + 1n }, openedNs, built)
  assert.is(known.size, 0)
})

test('what is known is read as it was written, and nothing else is', () => {
  const paths = fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 6 })
  assertDecoder({
    valid: paths.map((of) => knowing(...of).encode()),
    decode: (bytes) => decodeKnownFiles(crypto, seed, bytes),
    encode: (known) => known.encode(),
  })
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('node/publisher/corpus/known-files', (bytes) => decodeKnownFiles(crypto, seed, bytes))
})

test('it comes back from disk, and nothing comes of what is missing, damaged or cannot be written', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'runnel-known-'))
  try {
    const files = openRealFiles()
    const path = join(directory, 'published', 'a.idx')
    assert.is(readKnownFiles(crypto, seed, files, path).size, 0)
    await writeKnownFiles(files, path, knowing('a', 'b'))
    assert.equal(readKnownFiles(crypto, seed, files, path).find('b', stamp), built)
    writeFileSync(path, knowing('a').encode().fill(0, 40, 41))
    assert.is(readKnownFiles(crypto, seed, files, path).size, 0)
    rmSync(path)
    mkdirSync(path)
    assert.is(readKnownFiles(crypto, seed, files, path).size, 0)
    await writeKnownFiles(files, path, knowing('a'))
    writeFileSync(join(directory, 'file'), '')
    await writeKnownFiles(files, join(directory, 'file', 'a.idx'), knowing('a'))
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.run()
