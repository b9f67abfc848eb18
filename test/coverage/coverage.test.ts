// The tests of stack/ reach what the floor demands of them.
// wall limit: 400 s

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CoveredScript } from '../fuzz/coverage.js'
import { floorOf, isUnder } from './floor.js'
import { reachedIn, unreachedLines } from './reached.js'

const test = suite('coverage')

test('every folder of stack/ is reached as far as its floor says', () => {
  const measure = fileURLToPath(new URL('measure.js', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [measure], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const table = stdout.slice(stdout.indexOf('reached by tests'))
  assert.is(status, 0, `${status === 0 ? '' : stdout.slice(-20_000)}${stderr}`)
  for (const folder of ['bytes', 'crypto', 'name', 'data', 'link', 'forward']) assert.match(table, `stack/${folder} `)
})

test('a share below its floor is told from one above', () => {
  const [lines, branches, functions] = floorOf('all of stack')
  assert.not(isUnder('all of stack', [lines, branches, functions]))
  assert.ok(isUnder('all of stack', [lines - 0.1, branches, functions]))
  assert.ok(isUnder('all of stack', [lines, branches, functions - 0.1]))
  assert.ok(isUnder('a folder that is new', [89, 100, 100]))
})

test('lines that were never run are counted and shown', () => {
  // This very file: as if nothing but its first function had been run.
  const url = import.meta.url
  const whole = { name: '', from: 0, to: 1_000_000, blocks: new Set(['0-10', '500-600']) }
  const script = (unreached: [number, number][]): CoveredScript => ({
    url,
    functions: new Map([['0-1000000', { ...whole, unreached }]]),
  })
  const all = reachedIn(script([]))
  assert.equal([all.lines.reached, all.branches], [all.lines.all, { reached: 2, all: 2 }])
  const half = reachedIn(script([[400, 1_000_000]]))
  assert.ok(half.lines.reached < half.lines.all && half.lines.all === all.lines.all)
  assert.equal(half.branches, { reached: 1, all: 2 })
  assert.is(unreachedLines(script([[400, 1_000_000]])).length, half.lines.all - half.lines.reached)
})

test.run()
