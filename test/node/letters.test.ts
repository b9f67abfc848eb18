// Letters of a node: those that come together share a flush, each is shown once, and memory stays within its bounds.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Letters } from '../../node/inbox/letters.js'
import { maxRememberedLetters, maxWaitingBytes, maxWaitingLetters } from '../../node/inbox/limits.js'
import { type OwnItem, systemTime } from '../../node/store/index.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { openMemoryStore } from '../../node/store/testing/open.js'
import type { Letter } from '../../stack/inbox/index.js'
import { MAX_ENVELOPE_BYTES } from '../../stack/inbox/index.js'
import { filled } from '../samples/name.js'

const test = suite('node/inbox/letters')

function numbered(number: number, length = 32): Uint8Array {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

function letter(number: number, bodyBytes = 5): Letter {
  return {
    ...{ sender: filled(1), certificate: new Uint8Array(0), device: filled(2), timeMs: 1, id: numbered(number, 16) },
    ...{ kind: 'message', subject: '', body: new Uint8Array(bodyBytes), attachments: [], tickets: [] },
    signature: new Uint8Array(64),
  }
}

/** A store that remembers what it was given, and fails when it is told to. */
class Commits {
  readonly items: OwnItem[][] = []
  failing = false

  commit(items: readonly OwnItem[]): Promise<void> {
    if (this.failing) return Promise.reject(new Error('the disk is full'))
    this.items.push([...items])
    return Promise.resolve()
  }

  values(): [] {
    return []
  }
}

const none = (): OwnItem[] => []

function numbersOf(letters: Letters): number[] {
  const numbers: number[] = []
  for (let next = letters.after(0); next !== undefined; next = letters.after(next.order)) {
    numbers.push(new DataView(next.letter.id.buffer, next.letter.id.byteOffset).getUint32(0))
  }
  return numbers
}

test('what is taken at once is stored by one flush, and shown in its order, after a restart too', async () => {
  const store = await openMemoryStore(new MemoryFiles())
  const letters = new Letters(store, systemTime)
  const all = Array.from({ length: 30 }, (_, number) => number)
  const before = store.stats().flushes
  await Promise.all(all.map((number) => letters.take(numbered(number), letter(number), true, none)))
  assert.is(store.stats().flushes - before, 1)
  assert.equal(numbersOf(letters), all)
  assert.equal(numbersOf(new Letters(store, systemTime)), all)
  await store.close()
})

test('an envelope that two bring at once is stored once, with what belongs to it', async () => {
  const commits = new Commits()
  const letters = new Letters(commits, systemTime)
  let asked = 0
  const items = (): OwnItem[] => {
    asked++
    return [{ type: 'value', key: 'beside', bytes: Uint8Array.of(1) }]
  }
  await Promise.all([1, 2].map(() => letters.take(numbered(1), letter(1), true, items)))
  assert.equal([asked, commits.items.length, commits.items[0]?.length], [1, 1, 2])
  assert.equal(numbersOf(letters), [1])
})

test('a letter in two envelopes that come at once is shown once, and both are remembered', async () => {
  const letters = new Letters(new Commits(), systemTime)
  await Promise.all([1, 2].map((number) => letters.take(numbered(number), letter(7), true, none)))
  assert.equal(numbersOf(letters), [7])
  assert.ok(letters.has(numbered(1)) && letters.has(numbered(2)))
})

test('what could not be stored was not taken, and does not hide the same letter in another envelope', async () => {
  const commits = new Commits()
  const letters = new Letters(commits, systemTime)
  commits.failing = true
  const failed = letters.take(numbered(1), letter(7), true, none).then(
    () => 'taken',
    () => 'refused',
  )
  commits.failing = false
  const second = letters.take(numbered(2), letter(7), true, none)
  assert.is(await failed, 'refused')
  await second
  assert.equal([letters.has(numbered(1)), numbersOf(letters)], [false, [7]])
})

test(`no more than ${maxWaitingLetters} letters wait, those on their way included`, async () => {
  const letters = new Letters(new Commits(), systemTime)
  for (let number = 1; number < maxWaitingLetters; number++) {
    await letters.take(numbered(number), letter(number), true, none)
  }
  assert.equal([letters.hasRoom(), letters.hasRoom(1)], [true, false])
  await letters.take(numbered(0), letter(0), true, none)
  assert.is(letters.hasRoom(), false)
  const first = letters.after(0)
  await letters.acknowledge(first?.id ?? '')
  assert.is(letters.hasRoom(), true)
})

test(`nor more than ${maxWaitingBytes} bytes of them`, async () => {
  const letters = new Letters(new Commits(), systemTime)
  const each = 32_768 - 256
  const fitting = maxWaitingBytes / 32_768
  for (let number = 1; number < fitting; number++)
    await letters.take(numbered(number), letter(number, each), true, none)
  assert.equal([letters.hasRoom(), letters.hasRoom(Math.ceil(32_768 / MAX_ENVELOPE_BYTES))], [true, false])
  await letters.take(numbered(0), letter(0, each), true, none)
  assert.is(letters.hasRoom(), false)
})

test(`${maxRememberedLetters} are remembered; of more, the oldest that nobody waits for goes, on disk too`, async () => {
  const commits = new Commits()
  const letters = new Letters(commits, systemTime)
  await letters.take(numbered(1), letter(1), true, none)
  for (let number = 2; number <= maxRememberedLetters; number++)
    await letters.take(numbered(number), undefined, false, none)
  assert.ok(letters.has(numbered(2)))
  const stored = commits.items.length
  const further = [0, 1, 2].map((more) => numbered(maxRememberedLetters + 1 + more))
  await Promise.all(further.map((id) => letters.take(id, undefined, false, none)))
  assert.equal(
    [1, 2, 3, 4, 5].map((number) => letters.has(numbered(number))),
    [true, false, false, false, true],
  )
  const gone = commits.items.slice(stored).flat()
  assert.is(gone.filter((item) => item.type === 'value' && item.bytes.length === 0).length, 3)
})

test.run()
