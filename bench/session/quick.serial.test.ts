// The bench of conversations works: a little of it runs to its end, and every byte that was written was read by the other
// side. No time is looked at.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Results } from '../frame/results.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/session')

const directory = mkdtempSync(join(tmpdir(), 'bench-session-test-'))
const { sessionBytes, dials } = quickSizes

test.after(() => rmSync(directory, { recursive: true, force: true }))

test('runs to its end, leaves nothing behind, and counts every byte', () => {
  const file = join(directory, 'results.json')
  const main = join(import.meta.dirname, '..', 'main.js')
  const args = [main, 'session', '--quick', '--provider', 'portable', '--directory', directory, '--results', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.ok(existsSync(file), stdout + stderr)
  const { failures, samples } = JSON.parse(readFileSync(file, 'utf8')) as Results
  assert.is(status, 0, stdout + stderr)
  assert.equal(failures, [])
  assert.equal(readdirSync(directory), ['results.json'])
  const counters = Object.fromEntries(samples.map((sample) => [sample.contender, sample.counters]))
  assert.equal(counters, {
    runnel: { counted: sessionBytes, socketCounted: sessionBytes, dialled: dials },
    tls: { counted: sessionBytes },
    tcp: { counted: sessionBytes },
  })
})

test.run()
