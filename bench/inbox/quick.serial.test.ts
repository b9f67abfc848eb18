// The inbox bench works: a little of every scenario runs to its end, and what was counted there is right: everything was
// signed for, nothing that had not paid was, and every letter was read. No time is looked at.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Results } from '../frame/results.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/inbox')

const directory = mkdtempSync(join(tmpdir(), 'bench-inbox-test-'))
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
  const args = [main, 'inbox', '--quick', '--provider', 'portable', '--directory', directory, '--results', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.ok(existsSync(file), stdout + stderr)
  results = JSON.parse(readFileSync(file, 'utf8')) as Results
  assert.is(status, 0, stdout + stderr)
  assert.equal(results.failures, [])
  assert.equal(readdirSync(directory), ['results.json'])
})

test('every envelope with a ticket is signed for, and none whose puzzle was not solved', () => {
  const { envelopes, collected } = quickSizes
  assert.equal(countersOf('custodian'), { receipts: envelopes, refusals: envelopes, collected })
})

test('each letter is read', () => {
  const { letters } = quickSizes
  assert.equal(countersOf('letters'), { contactSeen: letters, strangerSeen: letters })
})

test.run()
