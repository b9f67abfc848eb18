// The live bench works: a little of every scenario runs to its end, and what was counted there is right: every entry was
// seen, and it crossed the router's own link once, however many followed. No time is looked at. hypercore runs too where it
// is installed.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Results } from '../frame/results.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/live')

const directory = mkdtempSync(join(tmpdir(), 'bench-live-test-'))
let results: Results

function countersOf(scenario: string): Readonly<Record<string, number>> {
  const sample = results.samples.find((one) => one.scenario === scenario && one.contender === 'runnel')
  assert.ok(sample !== undefined, `${scenario} did not run`)
  return sample?.counters ?? {}
}

test.after(() => rmSync(directory, { recursive: true, force: true }))

test('runs every scenario to its end and leaves nothing behind', () => {
  const file = join(directory, 'results.json')
  const main = join(import.meta.dirname, '..', 'main.js')
  const args = [main, 'live', '--quick', '--provider', 'portable', '--directory', directory, '--results', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.ok(existsSync(file), stdout + stderr)
  results = JSON.parse(readFileSync(file, 'utf8')) as Results
  assert.is(status, 0, stdout + stderr)
  assert.equal(results.failures, [])
  assert.equal(readdirSync(directory), ['results.json'])
})

test('each entry is seen over one link and over three', () => {
  assert.equal(countersOf('append'), { 'one.count': quickSizes.liveEntries, 'three.count': quickSizes.liveEntries })
})

test('one copy crosses the router’s own link, and all links behind it end with everything', () => {
  assert.equal(countersOf('links'), {
    upstreamCopies: 1,
    followed: quickSizes.liveLinks,
    fastFollowed: quickSizes.fastLinks,
  })
})

test.run()
