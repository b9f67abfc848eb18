// The bench works: a little of every scenario runs to its end, and what Runnel counted there is right. No time is looked
// at. Peers run too where they are installed.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Results } from '../frame/results.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/objects')

const directory = mkdtempSync(join(tmpdir(), 'bench-test-'))
let results: Results

function countersOf(scenario: string): Readonly<Record<string, number>> {
  const samples = results.samples.filter((sample) => sample.scenario === scenario && sample.contender === 'runnel')
  assert.ok(samples.length > 0, `${scenario} did not run`)
  return samples[0]?.counters ?? {}
}

test.after(() => rmSync(directory, { recursive: true, force: true }))

test('runs every scenario to its end and leaves nothing behind', () => {
  const file = join(directory, 'results.json')
  const main = join(import.meta.dirname, '..', 'main.js')
  const args = [main, 'objects', '--quick', '--long', '--directory', directory, '--results', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.ok(existsSync(file), stdout + stderr)
  results = JSON.parse(readFileSync(file, 'utf8')) as Results
  assert.is(status, 0, stdout + stderr)
  assert.equal(results.failures, [])
  assert.equal(readdirSync(directory), ['results.json'])
})

test('a file came whole and verified: over one hop from its writer, then from the router’s cache', () => {
  const counters = countersOf('file')
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
  assert.is(countersOf('file')['again.newBytes'], 0)
  assert.is(countersOf('file')['again.unchanged'], 1)
  assert.is(countersOf('folder')['again.newBytes'], 0)
})

test('objects and files come from the router’s cache when their publisher is gone', () => {
  const objects = countersOf('object')
  assert.is(objects.bytes, quickSizes.objects * 16 * 1024)
  assert.equal([objects.hop, objects.cached, objects.verified, objects.askedHops], [1, 1, 1, 1])
  const folder = countersOf('folder')
  assert.is(folder['cached.files'], quickSizes.files)
  assert.is(folder['cached.bytes'], quickSizes.files * 4096)
  assert.is(folder['cached.hop2WriterBytes'], undefined)
})

test('every entry that was appended is read', () => {
  const entries = countersOf('entries')
  assert.is(entries['read.count'], quickSizes.entries)
  assert.is(entries['read.bytes'], quickSizes.entries * 1000)
  assert.is(entries['read.verified'], 1)
  assert.equal([entries['batched.length'], entries['single.length']], [quickSizes.batched, quickSizes.single])
})

test('a router passes everything on and says that its writer served it', () => {
  const passed = countersOf('passing')
  assert.is(passed['pass.bytes'], quickSizes.passedBytes)
  assert.ok((passed['pass.hop2WriterBytes'] ?? 0) >= quickSizes.passedBytes)
})

test('a profile of each process says where its time went', () => {
  const profiles = join(directory, 'profiles')
  const main = join(import.meta.dirname, '..', 'main.js')
  const some = ['--only', 'file', '--provider', 'portable', '--directory', directory, '--profile', profiles]
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'objects', '--quick', ...some], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stdout + stderr)
  for (const role of ['publisher', 'router', 'reader'])
    assert.match(stdout, new RegExp(`^${role}-.*\\.cpuprofile$`, 'm'))
})

test.run()
