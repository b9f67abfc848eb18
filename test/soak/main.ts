// `npm run soak [-- DURATION] [--seed N]`: the long run, and a table of what was found. Exit code 0 only when every bound was
// kept and every byte was right. DURATION: minutes or seconds, `20m` unless it says otherwise; `short`: what the tests run.

import { parseArgs } from 'node:util'
import { enterUserNamespace } from '../lab/enter.js'
import { whyNoNamespaces } from '../lab/namespaces.js'
import { tableOf } from './finding.js'
import { tellCounts } from './report.js'
import { longSizes, shortRounds, shortSizes } from './sizes.js'
import { runSoak } from './soak.js'

enterUserNamespace()
const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } })
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
const duration = positionals[0] ?? '20m'
const short = duration === 'short'
const [, number, unit] = /^(\d+)(m|s)$/.exec(duration) ?? []
if (number === undefined && !short) throw new Error(`${duration} is no duration: say 20m, 90s or short`)
const forMs = Number(number) * (unit === 'm' ? 60_000 : 1_000)
const reason = whyNoNamespaces()
if (reason !== undefined) console.log(`on loopback: ${reason}`)
console.log(`seed ${seed}, ${duration}`)
const startedMs = performance.now()
const byTime = (): number => (performance.now() - startedMs) / forMs
try {
  const { findings, counts, lives } = await runSoak({
    seed,
    sizes: short ? shortSizes : longSizes,
    progress: short ? (rounds) => rounds / shortRounds : byTime,
    say: (line) => console.log(`  ${line}`),
  })
  console.log(tableOf(findings))
  console.log(tellCounts(counts, lives, performance.now() - startedMs))
  if (findings.some(({ kept }) => !kept)) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
