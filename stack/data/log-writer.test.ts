// The writer against an array: whatever is appended, in whatever batches, is what any reader finds again, and every state
// that was ever signed continues every earlier one.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { patterned, readAll, SampleLog } from '../../test/samples/log.js'
import { filled, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { equal, toHex } from '../bytes/index.js'
import { EntryFlag } from './entry.js'
import { forkOf } from './fork.js'
import { maxChildren, maxChunkBytes, maxClockAheadMs, maxEntryBytes } from './limits.js'
import { LogReader, pathTo } from './log-reader.js'
import { openLogWriter } from './log-writer.js'
import { decodePage } from './page.js'
import { decodeReference, ReferenceKind, referenceBytes } from './reference.js'
import { TreeEdge } from './tree-edge.js'

const crypto = await openTestCrypto()
const test = suite('data/log-writer')

/** Entries of nothing to the most, the smaller ones more often. */
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: maxEntryBytes }) },
  { weight: 1, arbitrary: fc.constantFrom(0, maxEntryBytes - 1, maxEntryBytes) },
)
const batches = fc.array(fc.array(size, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 25 })

function reference(value: number) {
  return { child: filled(value), id: filled(value + 1), kind: ReferenceKind.file, bytes: 10, reachable: 1_000 }
}

test('what was appended in any batches is read again, and every state continues every earlier one', () => {
  fc.assert(
    fc.property(batches, fc.nat(), (sizes, at) => {
      const log = new SampleLog(crypto)
      for (const [index, batch] of sizes.entries()) {
        if (index === at % sizes.length) log.reopen()
        log.appendSizes(...batch)
      }
      const { entries, result } = readAll(log, new LogReader(log.held, { unit: 'sequence', from: 0, to: Infinity }), 4)
      assert.is(result, 'done')
      assert.is(entries.size, log.entries.length)
      for (const [sequence, { bytes }] of log.entries.entries()) {
        assert.ok(equal(entries.get(sequence)?.bytes ?? filled(0), bytes), `entry ${sequence}`)
      }
      for (const held of log.heads) assert.is(typeof log.verify(held), 'object')
      for (const [index, earlier] of log.heads.entries()) {
        for (const later of log.heads.slice(index)) assert.is(log.compare(earlier, later).result, 'continues')
      }
    }),
    { numRuns: 60 },
  )
})

test('a page closes when the next run does not fit, and not before', () => {
  const log = new SampleLog(crypto)
  // A run of one entry has 56 bytes besides the entry's own; the page has one.
  log.appendSizes(30_000)
  const rest = maxChunkBytes - 1 - 30_056
  log.appendSizes(rest - 56)
  assert.is(log.held.page.length, maxChunkBytes)
  assert.is(log.held.head.closedLength, 0)
  log.appendSizes(0)
  assert.is(log.held.head.closedLength, 2)
  assert.is(log.held.page.length, 1 + 56)
})

test('a batch fills the open page first and goes on in the next', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(20_000)
  const commit = log.appendSizes(...new Array<number>(120).fill(1_000))
  assert.is(commit.firstSequence, 1)
  assert.is(commit.runs.length, 1)
  assert.is(commit.runs[0]?.position, 1)
  assert.is(commit.chunks.length, 3, 'two pages and the tree above them')
  for (const { bytes } of commit.chunks) {
    const page = decodePage(bytes)
    if (typeof page === 'object') assert.ok(bytes.length > maxChunkBytes - 1_100)
  }
})

test('nothing changes before the commit is accepted, and only one can be open', () => {
  const log = new SampleLog(crypto)
  const commit = log.writer.append(log.nowMs, [{ bytes: patterned(10, 0) }])
  assert.is(log.writer.length, 0)
  assert.is(log.writer.refresh(log.nowMs).head.length, 0)
  assert.throws(() => log.writer.append(log.nowMs, [{ bytes: patterned(10, 1) }]), /earlier commit/)
  log.writer.abandon(commit)
  assert.is(log.writer.length, 0)
  assert.throws(() => log.writer.accept(commit), /not the open commit/)
  const second = log.writer.append(log.nowMs, [{ bytes: patterned(10, 1) }])
  assert.throws(() => log.writer.accept(commit), /not the open commit/)
  log.writer.accept(second)
  assert.is(log.writer.length, 1)
})

test('an abandoned commit that closed a page leaves no trace in the next one', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(30_000)
  log.writer.abandon(log.writer.append(log.nowMs, new Array(5).fill({ bytes: new Uint8Array(30_000) })))
  log.appendSizes(32_000, 32_000)
  const { result } = readAll(log, new LogReader(log.held, { unit: 'sequence', from: 0, to: 3 }))
  assert.is(result, 'done')
})

test('a page that was given stays as it was, whatever is appended or abandoned behind it', () => {
  const log = new SampleLog(crypto)
  const given: { page: Uint8Array; copy: string }[] = []
  for (let index = 0; index < 200; index++) {
    log.writer.abandon(log.writer.append(log.nowMs, [{ bytes: filled(255) }, { bytes: filled(254) }]))
    log.appendSizes(index)
    given.push({ page: log.held.page, copy: toHex(log.held.page) })
  }
  for (const { page, copy } of given) assert.is(toHex(page), copy)
  const { result } = readAll(log, new LogReader(log.held, { unit: 'sequence', from: 0, to: 200 }))
  assert.is(result, 'done')
})

test('a reopened writer signs what the first would have signed', () => {
  const sizes = [30_000, 30_000, 5, 32_768, 32_768, 0]
  const first = new SampleLog(crypto)
  const second = new SampleLog(crypto)
  for (const bytes of sizes) {
    first.appendSizes(bytes)
    second.reopen()
    second.appendSizes(bytes)
  }
  assert.is(toHex(second.held.headBytes), toHex(first.held.headBytes))
})

// protocol.md §6.1 MUST: A writer's times MUST NOT go back
test('times never go back: not in heads, not in entries', () => {
  const writer = openLogWriter(crypto, { seed: sampleSeeds.log, secret: undefined, maxAgeS: 300 })
  writer.accept(writer.append(sampleTimeMs, [{ bytes: filled(1) }]))
  const earlier = writer.append(sampleTimeMs - 5_000, [{ bytes: filled(2) }])
  assert.is(earlier.held.head.timeMs, sampleTimeMs)
  writer.accept(earlier)
  assert.is(writer.refresh(sampleTimeMs - 1).head.timeMs, sampleTimeMs)
  assert.is(writer.refresh(sampleTimeMs + 7).head.timeMs, sampleTimeMs + 7)
  const commit = writer.append(sampleTimeMs, [{ bytes: filled(3) }])
  assert.is(writer.refresh(sampleTimeMs + 9).head.timeMs, sampleTimeMs + 9)
  writer.accept(commit)
  assert.is(writer.refresh(sampleTimeMs).head.timeMs, sampleTimeMs + 9)
})

test('times go back to now where the last one is further ahead than any reader would take', () => {
  const { log: seed } = sampleSeeds
  const ahead = openLogWriter(crypto, { seed, secret: undefined, maxAgeS: 300 })
  const wrong = ahead.append(sampleTimeMs + 86_400_000, [{ bytes: filled(1) }])
  ahead.accept(wrong)
  assert.is(ahead.refresh(sampleTimeMs + 86_400_000 - maxClockAheadMs).head.timeMs, sampleTimeMs + 86_400_000)
  assert.is(ahead.refresh(sampleTimeMs).head.timeMs, sampleTimeMs)
  // The same for one that is opened from what was stored then.
  const writer = openLogWriter(crypto, { seed, secret: undefined, maxAgeS: 300, held: wrong.held })
  const commit = writer.append(sampleTimeMs + 5, [{ bytes: filled(2) }])
  assert.is(commit.held.head.timeMs, sampleTimeMs + 5)
  writer.accept(commit)
  assert.is(writer.refresh(sampleTimeMs).head.timeMs, sampleTimeMs + 5)
  assert.is(forkOf(wrong.held, commit.held), 'continues')
})

// protocol.md §6.1 MUST: A writer's times MUST NOT go back
test('an entry keeps a time of its own between the last and now', () => {
  const log = new SampleLog(crypto)
  log.append([{ bytes: filled(1) }])
  const last = log.nowMs
  const times = [last - 1, last + 300, last + 200, last + 99_000]
  log.append(times.map((timeMs) => ({ bytes: filled(2), timeMs })))
  const { entries } = readAll(log, new LogReader(log.held, { unit: 'sequence', from: 0, to: 5 }))
  assert.equal(
    [...entries.values()].map(({ timeMs }) => timeMs - last),
    [0, 0, 300, 300, 1_000],
  )
})

test('a refreshed head is the same state with a newer time', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(10, 20)
  const refreshed = log.writer.refresh(log.nowMs + 60_000)
  assert.is(refreshed.head.timeMs, log.nowMs + 60_000)
  assert.is(forkOf(log.held, refreshed), 'continues')
  assert.is(toHex(refreshed.head.openPage), toHex(log.held.head.openPage))
})

test('references name each root once a run, and the run that needs a 256th begins another', () => {
  const log = new SampleLog(crypto)
  const entries = Array.from({ length: 300 }, (_, index) => ({
    bytes: filled(index % 200),
    reference: reference(index % 260),
  }))
  entries.splice(5, 0, { bytes: filled(7), reference: reference(3) })
  const commit = log.append(entries)
  const page = decodePage(commit.chunks[0]?.bytes ?? filled(0))
  if (typeof page === 'string') throw new Error(page)
  assert.is(page.children, maxChildren)
  assert.equal(
    page.runs.map((run) => run.children.length),
    [maxChildren - 1, 1],
  )
  const { entries: read, result } = readAll(log, new LogReader(log.held, { unit: 'sequence', from: 0, to: 999 }))
  assert.is(result, 'done')
  for (const [sequence, entry] of entries.entries()) {
    const found = read.get(sequence)
    assert.is(found?.flags, EntryFlag.reference)
    const decoded = decodeReference(found?.bytes.subarray(0, referenceBytes) ?? filled(0))
    if (typeof decoded === 'string') throw new Error(decoded)
    assert.equal(decoded.id, entry.reference.id)
    assert.equal(found?.bytes.slice(referenceBytes), entry.bytes)
  }
})

test('the head counts entries, their bytes, and what is reachable', () => {
  const log = new SampleLog(crypto)
  log.append([{ bytes: filled(1), reference: reference(1) }, { bytes: new Uint8Array(8) }])
  const { head, page } = log.held
  assert.is(head.length, 2)
  assert.is(head.bytes, referenceBytes + 32 + 8)
  assert.is(head.reachable, page.length + 1_000)
  log.appendSizes(32_000, 32_000)
  let chunks = 0
  for (const chunk of log.chunks.values()) chunks += chunk.length
  assert.is(log.held.head.reachable, chunks + log.held.page.length + 1_000)
})

test('an entry of the most bytes is taken, one more is not', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(maxEntryBytes)
  log.append([{ bytes: new Uint8Array(maxEntryBytes - referenceBytes), reference: reference(1), site: true }])
  const { writer } = log
  const full = new Uint8Array(maxEntryBytes - referenceBytes + 1)
  assert.throws(() => writer.append(0, [{ bytes: new Uint8Array(maxEntryBytes + 1) }]), /32769 bytes/)
  assert.throws(() => writer.append(0, [{ bytes: full, reference: reference(1) }]), /32769 bytes/)
  assert.throws(() => writer.append(0, [{ bytes: filled(1), site: true }]), /without a reference/)
  assert.throws(() => writer.append(0, []), /nothing/)
  log.appendSizes(1)
  assert.is(log.writer.length, 3)
})

test('a writer is not opened on the head of another log, nor without the edge of its tree', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(32_000, 32_000, 1)
  const options = { secret: undefined, maxAgeS: 300, held: log.held }
  assert.throws(() => openLogWriter(crypto, { ...options, seed: filled(9) }), /another log/)
  assert.throws(() => openLogWriter(crypto, { ...options, seed: log.seed }), /another tree/)
  const edge = new TreeEdge([[{ name: filled(1), entries: 1, bytes: 1, reachable: 1 }]])
  assert.throws(() => openLogWriter(crypto, { ...options, seed: log.seed, edge }), /another tree/)
})

test('an unlisted log is sealed under its secret', () => {
  const log = new SampleLog(crypto, filled(1))
  log.append([{ bytes: new TextEncoder().encode('the same words') }])
  const twin = new SampleLog(crypto, filled(2))
  twin.append([{ bytes: new TextEncoder().encode('the same words') }])
  assert.not(equal(log.held.page, twin.held.page))
  const stolen = pathTo(log.held, 0).pollPage()?.page.runs ?? []
  assert.throws(() => readAll(Object.assign(twin, { heads: log.heads }), pathTo(log.held, 0)), /bad-seal/)
  assert.is(stolen.length, 1)
})

test.run()
