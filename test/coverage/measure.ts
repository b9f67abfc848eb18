// `npm run coverage [-- PART…]`: runs the unit tests of stack/ and the replay of what fuzzing keeps in this one process,
// and says how much of each folder of stack/ they reach; of files whose path contains PART, the lines that they do not.
// Exit code 1 under the floor, or when a test fails.
//
// Properties are tried with fewer cases than in the tests' own run: what they reach is reached by the first ones.

import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { findAddon } from '../../node/addon.js'
import { Coverage } from '../fuzz/coverage.js'
import { floorOf, isUnder } from './floor.js'
import { type Reached, reachedIn, unreachedLines } from './reached.js'

const compiled = fileURLToPath(new URL('../../', import.meta.url))
/** Without the addon nothing can reach what stands over it. */
const lacking = findAddon().file === undefined ? /\/stack\/crypto\/native/ : undefined
const isMeasured = (url: string): boolean =>
  /\/dist\/stack\/(?!.*(\/testing\/|\.test\.js))/.test(url) && lacking?.test(url) !== true

/** Cases of a property where the test does not say a number itself. */
const runsOfProperty = 25

/** Thousands of handshakes, each milliseconds of public-key work, which reach no more than the other tests of links do. */
const leftOut = ['stack/link/strangers.test.js', 'stack/link/hostile.test.js']

// Before anything that is measured is loaded.
const coverage = new Coverage(isMeasured)
process.env.RUNNEL_CHAOS_RUNS ??= '80'
// The runner of the tests waits until it is told to begin.
Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: [['tests of stack']] })
const [{ exec }, { default: fc }] = await Promise.all([import('uvu'), import('fast-check')])
// A seed that stays, so that what is reached stays.
fc.configureGlobal({ numRuns: runsOfProperty, seed: 1 })

const paths = readdirSync(compiled, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'))
const tests = paths.filter((path) => /^stack\/.*\.test\.js$/.test(path) && !leftOut.includes(path)).sort()
for (const path of [...tests, 'test/fuzz/replay.test.js']) await import(pathToFileURL(join(compiled, path)).href)
// Files that no test loads count too, with nothing reached.
for (const path of paths.filter((other) => isMeasured(`/dist/${other}`) && other.endsWith('.js'))) {
  await import(pathToFileURL(join(compiled, path)).href)
}
await exec()
coverage.take()
coverage.keep()

const folders = new Map<string, Reached>()
for (const script of coverage.scripts) {
  const folder = /\/dist\/(stack\/[^/]+)\//.exec(script.url)?.[1] ?? 'stack'
  const file = reachedIn(script)
  for (const name of [folder, 'all of stack']) folders.set(name, sum(folders.get(name), file))
  const shown = process.argv.slice(2).some((part) => script.url.includes(part))
  if (shown) for (const line of unreachedLines(script)) console.log(line)
}

let short = 0
console.log(`${'reached by tests'.padEnd(16)}   lines  branches  functions`)
for (const [name, { lines, branches, functions }] of [...folders].sort(([a], [b]) => (a < b ? 1 : -1))) {
  const shares = [lines, branches, functions].map(({ reached, all }) => (100 * reached) / Math.max(1, all))
  const misses = isUnder(name, shares)
  if (misses) short++
  const columns = shares.map((share) => `${share.toFixed(1)} %`.padStart(8)).join('  ')
  console.log(`${name.padEnd(16)} ${columns}${misses ? `   under its floor of ${floorOf(name).join(', ')} %` : ''}`)
}
process.exitCode = short > 0 || process.exitCode ? 1 : 0
coverage.close()

function sum(known: Reached | undefined, more: Reached): Reached {
  if (known === undefined) return more
  const add = (a: Reached['lines'], b: Reached['lines']) => ({ reached: a.reached + b.reached, all: a.all + b.all })
  return {
    lines: add(known.lines, more.lines),
    branches: add(known.branches, more.branches),
    functions: add(known.functions, more.functions),
  }
}
