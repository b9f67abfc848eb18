// Every call to the disk fails once: typed errors, nothing acknowledged that is not there, nothing refused that is.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import type { OwnItem } from './item.js'
import type { Store } from './store.js'
import { type CallKind, type Failure, MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { chunkItem, chunkOf, headOf, keyOf, randomFrom, SampleLog } from './testing/samples.js'

const test = suite('failing disk')

/** What a run on a disk that fails has to show afterwards. */
class Work {
  readonly log = new SampleLog(1, 2000)
  readonly stored: number[] = []
  /** The commit whose fate nobody knows, because the place was closed by it. */
  unknown: number | undefined
  readonly codes = new Set<string>()

  async run(files: MemoryFiles): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const store = await this.#try(() => openMemoryStore(files, { segmentBytes: 8192 }))
      if (store === undefined) continue
      for (let number = 10 * round; number < 10 * round + 10; number++) await this.#commit(store, number)
      store.putCached(chunkOf(500 + round).name, chunkOf(500 + round).bytes)
      const held = headOf({ log: keyOf(round), length: 5 })
      await this.#try(() => store.keep([{ type: 'head', ageS: 0, seenMs: 1, ...held }]))
      await this.#try(() => store.forget([chunkOf(500).name]))
      await this.#try(() => store.scrub())
      await this.#try(() => store.close())
    }
  }

  /** All or nothing: a chunk, a value and a log entry. */
  async #commit(store: Store, number: number): Promise<void> {
    const { page, length } = this.log
    const items: OwnItem[] = [
      chunkItem(number, 900),
      { type: 'value', key: `${number}`, bytes: new Uint8Array([7]) },
      ...this.log.append(100).items,
    ]
    if ((await this.#try(() => store.commit(items).then(() => true))) === true) {
      this.stored.push(number)
      return
    }
    if (store.stats().own.closed) this.unknown ??= number
    Object.assign(this.log, { page, length })
  }

  async #try<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (thrown) {
      if (!isRunnelError(thrown)) throw thrown
      this.codes.add(thrown.code)
      return undefined
    }
  }

  check(store: Store, where: string): void {
    for (let number = 0; number < 30; number++) {
      if (number === this.unknown) continue
      const expected = this.stored.includes(number)
      assert.is(store.value(`${number}`) !== undefined, expected, `${where}: value ${number}`)
      assert.is(store.readChunk(chunkOf(number, 900).name)?.place === 'own', expected, `${where}: chunk ${number}`)
    }
    if (this.unknown === undefined && this.stored.length > 0) {
      assert.equal(store.head(this.log.log)?.page, this.log.page, `${where}: page`)
    }
  }
}

const expected = new Set(['IO', 'DISK_FULL', 'LOG_CLOSED', 'READ_ONLY'])

for (const code of ['EIO', 'ENOSPC'] as const) {
  test(`each call fails once with ${code}: all or nothing, typed, and found again`, async () => {
    let runs = 0
    for (let call = 1; ; call++) {
      if (!(await survives({ call, code }, `call ${call}`))) break
      runs++
    }
    assert.ok(runs > 200, `${runs} calls`)
  })
}

test('a disk that begins to fail for ever loses nothing', async () => {
  for (let call = 1; await survives({ call, code: 'EIO', forever: true }, `from call ${call}`); call += 3);
})

// protocol.md §11 MUST: After a failed flush no more MUST be appended
test('a flush that fails is not tried again on the same segment, and what came later is refused', async () => {
  const kinds: CallKind[] = ['flush']
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.setValue('a', new Uint8Array([1]))
  files.failAt({ call: 1, code: 'EIO', kinds })
  const first = await store.setValue('b', new Uint8Array([2])).catch((thrown) => thrown.code)
  const flushes = files.changes.filter(({ kind }) => kind === 'flush').length
  const second = await store.setValue('c', new Uint8Array([3])).catch((thrown) => thrown.code)
  await store.close()
  assert.equal([first, second], ['IO', 'LOG_CLOSED'])
  assert.is(files.changes.filter(({ kind }) => kind === 'flush').length, flushes)
  assert.is(files.paths('.idx').length, 0, 'nothing says that all of it was flushed')
})

test('what the kernel forgot after a failed flush is written again by the next start', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.setValue('a', new Uint8Array([1]))
  files.failAt({ call: 1, code: 'EIO', kinds: ['flush'] })
  await store.setValue('b', new Uint8Array([2])).catch(() => {})
  await store.close()
  files.failAt(undefined)
  const again = await openMemoryStore(files)
  const had = again.value('b')
  await again.setValue('c', new Uint8Array([3]))
  await again.close()
  const image = MemoryFiles.afterPowerLoss(files, files.changes.length, 'lost', randomFrom(1))
  const last = await openMemoryStore(image)
  assert.equal(last.value('a'), new Uint8Array([1]))
  assert.equal(last.value('b'), had)
  assert.equal(last.value('c'), new Uint8Array([3]))
  await last.close()
})

test('a full disk refuses a commit whole, and space that is freed can be used at once', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, { segmentBytes: 1 << 20 })
  await store.setValue('a', new Uint8Array([1]))
  files.capacityBytes = 0
  const big = Array.from({ length: 9 }, (_, number) => chunkItem(number, 60_000))
  assert.is(await store.commit(big).catch((thrown) => thrown.code), 'DISK_FULL')
  assert.is(store.hasChunk(chunkOf(0, 60_000).name), false)
  files.capacityBytes = Number.MAX_SAFE_INTEGER
  await store.commit(big)
  await store.close()
  const again = await openMemoryStore(files, { segmentBytes: 1 << 20 })
  assert.equal(again.readChunk(chunkOf(8, 60_000).name)?.bytes, chunkOf(8, 60_000).bytes)
  assert.equal(again.damage, [])
  await again.close()
})

/** Whether the call was reached at all. */
async function survives(failure: Failure, where: string): Promise<boolean> {
  const files = new MemoryFiles()
  files.failAt(failure)
  const work = new Work()
  await work.run(files)
  const reached = files.faults.calls >= failure.call
  files.failAt(undefined)
  assert.is(files.openFiles, 0, `${where}: files left open`)
  for (const code of work.codes) assert.ok(expected.has(code), `${where}: ${code}`)
  const store = await openMemoryStore(files, { segmentBytes: 8192 })
  work.check(store, where)
  await store.close()
  return reached
}

test.run()
