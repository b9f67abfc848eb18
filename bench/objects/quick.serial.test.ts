// The bench works: a little of every scenario runs to its end, and what Runnel counted there is right. No time is looked
// at. Peers run too where they are installed.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../frame/quick-run.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/objects')
const bench = new QuickRun('objects')

test.after(() => bench.remove())

test('runs every scenario to its end and leaves nothing behind', () => {
  bench.run(['--long'])
})

test('a file came whole and verified: over one hop from its writer, then from the router’s cache', () => {
  const counters = bench.countersOf('file')
  const { fileBytes } = quickSizes
  for (const phase of ['oneHop', 'cold', 'cached']) {
    assert.is(counters[`${phase}.bytes`], fileBytes)
    assert.is(counters[`${phase}.files`], 1)
    assert.is(counters[`${phase}.verified`], 1)
    assert.is(counters[`${phase}.reusedBytes`], 0)
  }
  assert.ok((counters['oneHop.hop1WriterBytes'] ?? 0) >= fileBytes)
  assert.ok((counters['cold.hop2WriterBytes'] ?? 0) >= fileBytes)
  assert.ok((counters['cached.hop1CachedBytes'] ?? 0) >= fileBytes)
  assert.is(counters['cached.hop2WriterBytes'], undefined)
})

test('what is published again unchanged stores nothing', () => {
  assert.is(bench.countersOf('file')['again.newBytes'], 0)
  assert.is(bench.countersOf('file')['again.unchanged'], 1)
  assert.is(bench.countersOf('folder')['again.newBytes'], 0)
})

test('objects and files come from the router’s cache when their publisher is gone', () => {
  const objects = bench.countersOf('object')
  assert.is(objects.bytes, quickSizes.objects * 16 * 1024)
  assert.equal([objects.hop, objects.cached, objects.verified, objects.askedHops], [1, 1, 1, 1])
  const folder = bench.countersOf('folder')
  assert.is(folder['cached.files'], quickSizes.files)
  assert.is(folder['cached.bytes'], quickSizes.files * 4096)
  assert.is(folder['cached.hop2WriterBytes'], undefined)
})

test('every entry that was appended is read', () => {
  const entries = bench.countersOf('entries')
  assert.is(entries['read.count'], quickSizes.entries)
  assert.is(entries['read.bytes'], quickSizes.entries * 1000)
  assert.is(entries['read.verified'], 1)
  assert.equal([entries['batched.length'], entries['single.length']], [quickSizes.batched, quickSizes.single])
})

test('a router passes everything on and says that its writer served it', () => {
  const passed = bench.countersOf('passing')
  assert.is(passed['pass.bytes'], quickSizes.passedBytes)
  assert.ok((passed['pass.hop2WriterBytes'] ?? 0) >= quickSizes.passedBytes)
})

test('a profile of each process says where its time went', () => {
  const profiles = join(bench.directory, 'profiles')
  const said = bench.command(['--only', 'file', '--provider', 'portable', '--cpu-profile', profiles])
  assert.is(said.status, 0, said.output)
  for (const role of ['publisher', 'router', 'reader'])
    assert.match(said.stdout, new RegExp(`^${role}-.*\\.cpuprofile$`, 'm'))
})

test.run()
