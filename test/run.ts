// Runs the test files, two at a time and beside them those that mostly wait, each in its own process, and prints one line
// a file and the whole output of those that failed. Last line: `N passed, N failed`, with `, N skipped` when so. Exit code
// 0 only when nothing failed.
//
//     node dist/test/run.js [--root COMPILED] [--failed-before NAME]… [--passed-before NAME]… [--provider NAME]… [PATH…]
//
// PATH: part of a test file's path. NAME…-before: what was run before and counts as a test. --provider: of cryptography;
// everything runs on the first one, and what depends on it most on the others again.
//
// RUNNEL_REQUIRE_NETWORK=1 (the default where CI=true) makes a skipped test of test/network a failed one.

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { execute, killAll } from './runner/execute.js'
import { judge, type Outcome } from './runner/outcome.js'
import { planProviders, planTests, type TestFile } from './runner/plan.js'

/** Two, because the suite is meant for a machine with two cores, and tests that compete for one show false failures. */
const parallel = 2

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
    'failed-before': { type: 'string', multiple: true, default: [] },
    'passed-before': { type: 'string', multiple: true, default: [] },
    provider: { type: 'string', multiple: true, default: [] },
  },
})
if (process.env.CI === 'true') process.env.RUNNEL_REQUIRE_NETWORK ??= '1'
// What tests start has no interface of its own, unless it is what they are about.
process.env.RUNNEL_TUN ??= 'off'
const networkRequired = process.env.RUNNEL_REQUIRE_NETWORK === '1'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll()
    process.exit(130)
  })
}

const outcomes: Outcome[] = [
  ...values['failed-before'].map((name) => ({ passed: 0, failed: 1, skipped: 0, complaint: name })),
  ...values['passed-before'].map(() => ({ passed: 1, failed: 0, skipped: 0 })),
]
const files = planProviders(planTests(values.root, positionals), values.provider)
const waiting = runAll(
  files.filter((file) => file.waits),
  1,
)
await runAll(
  files.filter((file) => !file.serial && !file.waits),
  parallel,
)
await runAll(
  files.filter((file) => file.serial),
  1,
)
await waiting

if (files.length === 0) {
  console.log(positionals.length > 0 ? `no test file matches ${positionals.join(' ')}` : 'there is no test file')
  outcomes.push({ passed: 0, failed: 1, skipped: 0 })
}
for (const name of values['failed-before']) console.log(`FAILED ${name} (see above)`)
const passed = sum((outcome) => outcome.passed)
const failed = sum((outcome) => outcome.failed)
const skipped = sum((outcome) => outcome.skipped)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1

async function runAll(queue: TestFile[], width: number): Promise<void> {
  const waiting = [...queue]
  const workers = Array.from({ length: width }, async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runOne(file)
  })
  await Promise.all(workers)
}

async function runOne(file: TestFile): Promise<void> {
  const ending = await execute(values.root, file)
  const outcome = judge(ending, file.network && networkRequired)
  outcomes.push(outcome)
  const counts = [
    `${outcome.passed} passed`,
    ...(outcome.failed > 0 ? [`${outcome.failed} failed`] : []),
    ...(outcome.skipped > 0 ? [`${outcome.skipped} skipped`] : []),
  ]
  const mark = outcome.failed > 0 ? 'FAIL' : 'ok  '
  const path = file.provider === undefined ? file.path : `${file.path} (${file.provider})`
  console.log(`${mark} ${path}  ${counts.join(', ')}  ${Math.round(ending.milliseconds)} ms`)
  if (outcome.complaint !== undefined) console.log(`     ${outcome.complaint}`)
  if (outcome.failed > 0) console.log(ending.output.replace(/^/gm, '     | '))
}

function sum(count: (outcome: Outcome) => number): number {
  return outcomes.reduce((total, outcome) => total + count(outcome), 0)
}
