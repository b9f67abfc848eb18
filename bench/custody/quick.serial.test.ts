// The bench of custody works: it runs to its end on a small store, and what was promised was read. No time is looked at.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Results } from '../frame/results.js'

const test = suite('bench/custody')

const directory = mkdtempSync(join(tmpdir(), 'bench-custody-test-'))

test.after(() => rmSync(directory, { recursive: true, force: true }))

test('a restarted custodian has what it promised, and nothing is left behind', () => {
  const file = join(directory, 'results.json')
  const main = join(import.meta.dirname, '..', 'main.js')
  const args = [main, 'custody', '--quick', '--provider', 'portable', '--directory', directory, '--results', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.ok(existsSync(file), stdout + stderr)
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  assert.is(status, 0, stdout + stderr)
  assert.equal(results.failures, [])
  assert.equal(readdirSync(directory), ['results.json'])
  const [sample] = results.samples
  assert.equal(sample?.counters, { promised: 1, bytes: 2_000_000, isFilled: 1 })
})

test.run()
