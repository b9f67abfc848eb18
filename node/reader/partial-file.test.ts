// A file that is being written: whole under its name, or not at all.

import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deferred, failure } from '../../test/api/promises.js'
import { crypto, inDirectory } from '../../test/node/temporary.js'
import { writeBytes } from './limits.js'
import { OutputFolder } from './output-folder.js'
import { isPartialName, PartialFile, partialPathOf, withPath } from './partial-file.js'

const test = suite('partial file')
const bytes = new TextEncoder().encode('whole')

test('has a name of its own that fits beside the longest, and that only such files bear', () => {
  for (const name of ['a', 'ä'.repeat(127), 'n'.repeat(255)]) {
    const partial = partialPathOf(crypto, join('/somewhere', name))
    assert.is(dirname(partial), '/somewhere')
    assert.ok(Buffer.byteLength(basename(partial)) <= 255)
    assert.is(isPartialName(basename(partial)), true)
    assert.is(isPartialName(name), false)
  }
  assert.is.not(partialPathOf(crypto, '/x/a'), partialPathOf(crypto, '/x/b'))
  assert.is(isPartialName('notes.runnel-partial'), false)
})

test('appears under its name when it is whole, with its mode', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'f')
    const partial = partialPathOf(crypto, path)
    const file = await PartialFile.open(partial)
    await file.write(bytes.subarray(0, 2))
    assert.is(existsSync(path), false)
    assert.is(statSync(partial).mode & 0o777, 0o600)
    await file.write(bytes.subarray(2))
    await file.finish(0o751, path)
    await file.close()
    assert.is(readFileSync(path, 'utf8'), 'whole')
    assert.is(statSync(path).mode & 0o777, 0o751)
    assert.is(existsSync(partial), false)
  }))

test('goes on over what an earlier, longer version left', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'f')
    writeFileSync(partialPathOf(crypto, path), 'something much longer')
    const file = await PartialFile.open(partialPathOf(crypto, path))
    await file.write(bytes)
    await file.finish(0o644, path)
    await file.close()
    assert.is(readFileSync(path, 'utf8'), 'whole')
  }))

test('is never written through a symlink, and takes the place of one', () =>
  inDirectory(async (directory) => {
    const [path, other] = [join(directory, 'f'), join(directory, 'other')]
    writeFileSync(other, 'untouched')
    symlinkSync(other, partialPathOf(crypto, path))
    let refused = false
    await PartialFile.open(partialPathOf(crypto, path)).catch(() => {
      refused = true
    })
    assert.ok(refused)
    const replaced = join(directory, 'link')
    symlinkSync(other, replaced)
    const file = await PartialFile.open(partialPathOf(crypto, replaced))
    await file.write(bytes)
    await file.finish(0o644, replaced)
    await file.close()
    assert.is(readFileSync(other, 'utf8'), 'untouched')
    assert.is(readFileSync(replaced, 'utf8'), 'whole')
  }))

test('says DISK_FULL when not all of it fits', async () => {
  if (!existsSync('/dev/full')) return
  const file = await PartialFile.open('/dev/full')
  await file.write(bytes)
  await failure(file.flush(), 'DISK_FULL')
  await failure(file.write(new Uint8Array(writeBytes)), 'DISK_FULL')
  await file.close()
})

test('lets one at a time write to a path, by whatever way it is named', () =>
  inDirectory(async (directory) => {
    symlinkSync('.', join(directory, 'again'))
    const first = deferred()
    const order: string[] = []
    const key = async (...path: string[]): Promise<string> => {
      const folder = await OutputFolder.look(join(directory, ...path.slice(0, -1)), 'listed')
      return `${folder.key}/${path.at(-1)}`
    }
    const again = await key('again', 'f')
    const waited: boolean[] = []
    const a = withPath(await key('f'), async () => {
      order.push('a begins')
      await first.promise
      order.push('a ends')
    })
    const b = withPath(again, async () => void order.push('b'))
    const c = withPath(again, async (hasWaited) => {
      order.push('c')
      waited.push(hasWaited)
    })
    await withPath(await key('g'), async (hasWaited) => {
      order.push('another')
      waited.push(hasWaited)
    })
    first.resolve()
    await Promise.all([a, b, c])
    assert.equal(order.slice(0, 3), ['a begins', 'another', 'a ends'])
    assert.equal(order.slice(3).sort(), ['b', 'c'])
    assert.equal(waited, [false, true])
  }))

test('writes large and small pieces in their order, and at its end what is left of them', () =>
  inDirectory(async (directory) => {
    const partial = partialPathOf(crypto, join(directory, 'f'))
    const file = await PartialFile.make(partial)
    const pieces = [10, writeBytes - 10, 0, 7, 3 * writeBytes, 5].map((length, index) =>
      new Uint8Array(length).fill(index + 1),
    )
    const sizes: number[] = []
    for (const piece of pieces) {
      await file.write(piece)
      sizes.push(statSync(partial).size)
    }
    assert.equal(sizes, [0, writeBytes, writeBytes, writeBytes, 4 * writeBytes + 7, 4 * writeBytes + 7])
    await file.close()
    assert.ok(Buffer.concat(pieces).equals(readFileSync(partial)))
  }))

test('makes a file where nothing is, and goes on with one that is there all the same', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'f')
    const partial = partialPathOf(crypto, path)
    for (const before of [undefined, 'something much longer than what is written']) {
      if (before !== undefined) writeFileSync(partial, before)
      const file = await PartialFile.make(partial)
      await file.write(bytes)
      await file.finish(0o640, path)
      await file.close()
      assert.equal(new Uint8Array(readFileSync(path)), bytes)
      assert.is(statSync(path).mode & 0o777, 0o640)
    }
  }))

test('a folder that was listed holds what is in it, one that was made nothing, any other anything', () =>
  inDirectory(async (directory) => {
    writeFileSync(join(directory, 'f'), '')
    const held = async (contents: 'none' | 'listed' | 'unlisted'): Promise<boolean[]> => {
      const folder = await OutputFolder.look(directory, contents)
      return [folder.mayHold('f'), folder.mayHold('g')]
    }
    assert.equal(await held('listed'), [true, false])
    assert.equal(await held('none'), [false, false])
    assert.equal(await held('unlisted'), [true, true])
    await failure(OutputFolder.look(join(directory, 'missing'), 'listed'), 'NOT_FOUND')
  }))

test('frees the path when its writer fails', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'f')
    await withPath(path, async () => Promise.reject(new Error('no'))).catch(() => {})
    assert.is(await withPath(path, async () => 'free'), 'free')
  }))

test.run()
