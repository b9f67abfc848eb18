// A disk that forgets what a power loss can no longer undo: it loses no more and no less than one that remembers everything,
// and it stays small.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryFiles } from './memory-files.js'
import type { PowerLoss } from './power-cut.js'
import { randomBytesFrom, randomFrom } from './samples.js'

const test = suite('store/testing/forget')

/** The same random work on a disk: files that are made, written, cut, flushed, renamed and removed. */
async function work(files: MemoryFiles, seed: number, steps: number): Promise<void> {
  const random = randomFrom(seed)
  const bytes = randomBytesFrom(random)
  await files.makeDirectory('/a')
  await files.syncDirectory('/')
  for (let step = 0; step < steps; step++) {
    const path = `/a/${Math.floor(random() * 5)}`
    const choice = random()
    if (files.stat(path) === undefined) files.open(path, 'create').close()
    const file = files.open(path, 'write')
    const length = files.stat(path)?.bytes ?? 0
    if (choice < 0.5) await file.write(Math.floor(random() * (length + 1)), bytes(Math.floor(random() * 900)))
    else if (choice < 0.6) await file.truncate(Math.floor(random() * 2 * length))
    else if (choice < 0.8) await file.flush()
    else if (choice < 0.9) await files.syncDirectory('/a')
    else if (choice < 0.95) await files.rename(path, `${path}x`)
    else await files.remove(path)
    file.close()
  }
}

function contentAfter(files: MemoryFiles, loss: PowerLoss): Record<string, string> {
  const lost = MemoryFiles.afterPowerLoss(files, files.changes.length, loss, randomFrom(1))
  const contents = lost.paths().map((path) => {
    const bytes = new Uint8Array(lost.stat(path)?.bytes ?? 0)
    lost.open(path, 'read').read(0, bytes)
    return [path, Buffer.from(bytes).toString('base64')]
  })
  return Object.fromEntries(contents)
}

test('a power loss leaves the same of a disk that forgets as of one that remembers', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const [remembers, forgets] = [new MemoryFiles(), new MemoryFiles()]
    forgets.forget()
    await work(remembers, seed, 50)
    await work(forgets, seed, 50)
    for (const loss of ['lost', 'kept', 'torn-512', 'reordered'] as const) {
      assert.equal(contentAfter(forgets, loss), contentAfter(remembers, loss), `${loss} ${seed}`)
    }
  }
})

test('the list of changes does not grow with the work', async () => {
  const files = new MemoryFiles()
  files.forget()
  await work(files, 1, 2_000)
  assert.ok(files.changes.length < 100, `${files.changes.length} changes`)
})

test('the next process inherits a disk that forgets', async () => {
  const files = new MemoryFiles()
  files.forget()
  await work(files, 1, 10)
  const next = files.successor()
  await work(next, 2, 2_000)
  assert.ok(next.changes.length < 100, `${next.changes.length} changes`)
})

test.run()
