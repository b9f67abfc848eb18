// What a scan finds, and what it refuses to publish.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { crypto, inDirectory } from '../../test/node/temporary.js'
import { partialPathOf } from '../reader/partial-file.js'
import { maxDepth } from './limits.js'
import { type Found, scanTree } from './scan.js'

const test = suite('scan')
const never = new AbortController().signal
const describe = (found: Found): unknown => {
  if (found.kind === 'directory') return { [`${found.name}/`]: found.items.map(describe) }
  return found.kind === 'file' ? `${found.name} ${found.bytes}` : `${found.name} -> ${found.target}`
}

test('lists files, folders and symlinks by the bytes of their names', () =>
  inDirectory(async (directory) => {
    const root = join(directory, 'site')
    mkdirSync(join(root, 'b', 'empty'), { recursive: true })
    for (const name of ['z', 'é', 'Z', '漢字', '.hidden', '\u{1f600}', '\uffee']) writeFileSync(join(root, name), name)
    symlinkSync('b/empty', join(root, 'link'))
    const { root: found, files, bytes } = await scanTree(root, never)
    assert.equal(describe(found), {
      'site/': [
        '.hidden 7',
        'Z 1',
        { 'b/': [{ 'empty/': [] }] },
        'link -> b/empty',
        'z 1',
        'é 2',
        '漢字 6',
        '\uffee 3',
        '\u{1f600} 4',
      ],
    })
    assert.is(files, 8)
    assert.is(bytes, 24)
  }))

test('takes a single file, and a symlink to what is to be published', () =>
  inDirectory(async (directory) => {
    writeFileSync(join(directory, 'f'), 'abc')
    chmodSync(join(directory, 'f'), 0o750)
    symlinkSync('f', join(directory, 'current'))
    for (const name of ['f', 'current']) {
      const { root, bytes } = await scanTree(join(directory, name), never)
      assert.is(root.name, name)
      assert.is(root.kind === 'file' && root.mode, 0o750)
      assert.is(bytes, 3)
    }
  }))

test('refuses symlinks that leave the folder, and only those', () =>
  inDirectory(async (directory) => {
    const root = join(directory, 'site')
    mkdirSync(join(root, 'a'), { recursive: true })
    symlinkSync('../b', join(root, 'a', 'stays'))
    await scanTree(root, never)
    for (const [at, target] of [
      ['absolute', '/etc/passwd'],
      ['climbs', '../other'],
      ['turns', 'a/../b'],
      ['a/climbs', '../../other'],
    ] as const) {
      symlinkSync(target, join(root, at))
      const error = await failure(scanTree(root, never), 'PATH_ESCAPES')
      assert.match(error.message, at)
      execFileSync('rm', [join(root, at)])
    }
  }))

test('refuses sockets and pipes by name', () =>
  inDirectory(async (directory) => {
    const root = join(directory, 'site')
    mkdirSync(root)
    execFileSync('mkfifo', [join(root, 'pipe')])
    assert.match((await failure(scanTree(root, never), 'BAD_ARGUMENT')).message, 'pipe')
    await failure(scanTree(join(root, 'pipe'), never), 'BAD_ARGUMENT')
    execFileSync('rm', [join(root, 'pipe')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve))
    assert.match((await failure(scanTree(root, never), 'BAD_ARGUMENT')).message, 'socket')
    server.close()
  }))

test('refuses names that are not UTF-8, and what an interrupted get has left', () =>
  inDirectory(async (directory) => {
    const root = join(directory, 'site')
    mkdirSync(root)
    const bad = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff])])
    writeFileSync(bad, '')
    assert.match((await failure(scanTree(root, never), 'BAD_ARGUMENT')).message, 'UTF-8')
    execFileSync('rm', ['-r', root])
    mkdirSync(root)
    writeFileSync(partialPathOf(crypto, join(root, 'f')), '')
    assert.match((await failure(scanTree(root, never), 'BAD_ARGUMENT')).message, 'interrupted get')
  }))

test('says what is not there, and what may not be read', () =>
  inDirectory(async (directory) => {
    await failure(scanTree(join(directory, 'nothing'), never), 'NOT_FOUND')
    symlinkSync('nothing', join(directory, 'broken'))
    await failure(scanTree(join(directory, 'broken'), never), 'NOT_FOUND')
  }))

test('refuses folders that are nested deeper than readers follow', () =>
  inDirectory(async (directory) => {
    const root = join(directory, 'site')
    mkdirSync(join(root, ...Array.from({ length: maxDepth }, () => 'd')), { recursive: true })
    await scanTree(root, never)
    mkdirSync(join(root, ...Array.from({ length: maxDepth + 1 }, () => 'd')))
    await failure(scanTree(root, never), 'TOO_MANY')
  }))

test('ends when its caller gives up', () =>
  inDirectory(async (directory) => {
    await failure(scanTree(directory, AbortSignal.abort('enough')), 'ABORTED')
  }))

test.run()
