// What an interrupted get left, and how much of it counts.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fileScope } from '../../stack/crypto/index.js'
import { encodePart, type FileItem, maxPartBytes } from '../../stack/data/index.js'
import { crypto, inDirectory } from '../../test/node/temporary.js'
import { patterned } from '../../test/samples/log.js'
import { Leftover } from './leftover.js'

const test = suite('leftover')
const scope = fileScope(crypto, undefined)
const bytes = patterned(10_000, 1)

function partOf(plaintext: Uint8Array): { name: Uint8Array; item: FileItem; chunk: Uint8Array } {
  const { id, chunk } = encodePart(crypto, scope, plaintext)
  const name = crypto.hash(chunk)
  return { name, chunk, item: { kind: 'file', name: 'f', mode: 0o640, bytes: plaintext.length, child: name, id } }
}

test('finds a finished file of one part, and gives it its mode', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'f')
    writeFileSync(path, bytes)
    chmodSync(path, 0o600)
    const kept = await Leftover.open(crypto, scope, path, join(directory, 'p'))
    assert.is(await kept.keepsWhole(partOf(bytes).item), true)
    assert.is(statSync(path).mode & 0o777, 0o640)
    await kept.close()
  }))

test('does not take what an earlier get left for the finished file', () =>
  inDirectory(async (directory) => {
    writeFileSync(join(directory, 'p'), bytes)
    const kept = await Leftover.open(crypto, scope, join(directory, 'f'), join(directory, 'p'))
    const { item, name, chunk } = partOf(bytes)
    assert.is(await kept.keepsWhole(item), false)
    assert.equal(await kept.chunk(name, 0, bytes.length), chunk)
    assert.is(kept.reusedBytes, bytes.length)
    await kept.close()
  }))

test('takes a part from whichever of the two has it at its place', () =>
  inDirectory(async (directory) => {
    const [path, partial] = [join(directory, 'f'), join(directory, 'p')]
    writeFileSync(path, Buffer.concat([patterned(500, 2), bytes]))
    writeFileSync(partial, patterned(400, 3))
    const kept = await Leftover.open(crypto, scope, path, partial)
    const { name, chunk } = partOf(bytes)
    assert.equal(await kept.chunk(name, 500, bytes.length), chunk)
    assert.is(await kept.chunk(name, 499, bytes.length), undefined)
    const early = partOf(patterned(400, 3))
    assert.equal(await kept.chunk(early.name, 0, 400), early.chunk)
    await kept.close()
  }))

test('believes nothing that differs, is too short, or has a length that no part has', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'f')
    writeFileSync(path, bytes)
    const kept = await Leftover.open(crypto, scope, path, join(directory, 'p'))
    assert.is(await kept.keepsWhole(partOf(patterned(10_000, 9)).item), false)
    assert.is(await kept.keepsWhole(partOf(bytes.subarray(1)).item), false)
    const { name } = partOf(bytes)
    for (const length of [0, bytes.length + 1, maxPartBytes + 1, 2 ** 40]) {
      assert.is(await kept.chunk(name, 0, length), undefined)
    }
    assert.is(kept.reusedBytes, 0)
    await kept.close()
  }))

test('opens neither symlinks nor folders nor pipes', () =>
  inDirectory(async (directory) => {
    writeFileSync(join(directory, 'target'), bytes)
    symlinkSync('target', join(directory, 'link'))
    mkdirSync(join(directory, 'folder'))
    execFileSync('mkfifo', [join(directory, 'pipe')])
    for (const name of ['link', 'folder', 'pipe', 'nothing']) {
      const kept = await Leftover.open(crypto, scope, join(directory, name), join(directory, name))
      assert.is(kept.empty, true, name)
      await kept.close()
    }
  }))

test.run()
