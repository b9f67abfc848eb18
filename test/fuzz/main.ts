// `npm run fuzz -- 30m [TARGET…] [--jobs N] [--seed N]`: explores for so long, a process a target, and says what came of it.
// New inputs and crashes are kept in test/fuzz/corpus. Exit code 1 when something broke its promise.

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { seconds as secondsKind } from '../../cli/config/kinds.js'
import type { Target } from './target.js'
import { targetsNamed } from './targets/all.js'
import type { WorkerReport } from './worker.js'

/** The least time of a target in one turn: below it, starting costs more than exploring. */
const leastSeconds = 3

/** How much more of the time a machine gets than a decoder: its inputs are runs, and there are more of them. */
const machineShare = 4

interface Sum {
  executions: number
  gained: number
  kept: number
  seconds: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string' }, seed: { type: 'string' } },
})
const [time = '1m', ...names] = positionals
const totalSeconds = secondsKind.read(time)
const targets = targetsNamed(names)
if (totalSeconds === undefined || targets.length === 0) {
  console.error(`usage: npm run fuzz -- TIME [TARGET…] [--jobs N] [--seed N]; TIME is ${secondsKind.expects}`)
  process.exit(2)
}
const jobs = Number(values.jobs ?? availableParallelism())
const firstSeed = Number(values.seed ?? Date.now() % 2 ** 32)
const endMs = performance.now() + totalSeconds * 1_000
const share = (target: Target): number => (target.kind === 'machine' ? machineShare : 1)
// Of the round that runs: each target has one turn in it.
let sharesLeft = 0
const sums = new Map<string, Sum>()
const crashes = new Map<string, string>()
let turns = 0

console.log(`${targets.length} targets, ${time}, ${jobs} at once, first seed ${firstSeed}`)
await Promise.all(Array.from({ length: jobs }, work))
for (const [name, { executions, gained, kept, seconds }] of sums) {
  const rate = Math.round(executions / Math.max(seconds, 0.001))
  console.log(`${name.padEnd(34)} ${executions} executions (${rate}/s), ${gained} new blocks, ${kept} inputs kept`)
}
for (const [path, text] of crashes) console.log(`CRASH ${path}\n${text.replace(/^/gm, '    ')}`)
const total = [...sums.values()].reduce((sum, { executions }) => sum + executions, 0)
const gained = [...sums.values()].reduce((sum, next) => sum + next.gained, 0)
console.log(`${total} executions, ${gained} new blocks, ${crashes.size} crashes`)
process.exitCode = crashes.size > 0 ? 1 : 0

/** Takes one target after the other, so that every one has its turn before any has its second. */
async function work(): Promise<void> {
  for (;;) {
    const turn = turns++
    // Where a short time begins is chance, so that no target is always the one that is left out.
    const target = targets[(firstSeed + turn) % targets.length] as Target
    const leftSeconds = (endMs - performance.now()) / 1_000
    if (leftSeconds <= 0 || (turn >= targets.length && leftSeconds < leastSeconds)) return
    if (turn % targets.length === 0) sharesLeft = targets.reduce((sum, next) => sum + share(next), 0)
    // Of what is left, so that starting and ending, which take time too, leave nobody out.
    const fair = (leftSeconds * jobs * share(target)) / sharesLeft
    sharesLeft -= share(target)
    await exploreTarget(target, Math.min(Math.max(fair, leastSeconds), Math.max(leftSeconds, 1)), firstSeed + turn)
  }
}

async function exploreTarget(target: Target, seconds: number, seed: number): Promise<void> {
  const worker = fileURLToPath(new URL('worker.js', import.meta.url))
  const options = ['--enable-source-maps', '--max-old-space-size=1024']
  const child = spawn(process.execPath, [...options, worker, target.name, String(seconds), String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const code = await new Promise<number | string>((resolve) => {
    child.once('close', (exit, signal) => resolve(exit ?? signal ?? 'nothing'))
  })
  if (code !== 0) {
    crashes.set(`${target.name}, seed ${seed}`, `the process ended with ${code}`)
    return
  }
  const report = JSON.parse(output.trim().split('\n').at(-1) ?? '') as WorkerReport
  const sum = sums.get(target.name) ?? { executions: 0, gained: 0, kept: 0, seconds: 0 }
  sum.executions += report.executions
  sum.gained += report.gained
  sum.kept = report.kept
  sum.seconds += seconds
  sums.set(target.name, sum)
  for (const { path, text } of report.crashes) crashes.set(path, text)
}
