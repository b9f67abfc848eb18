// `npm run simulate`: many seeds, or one with everything that happens in it.
//   --seed N      one seed (or the first of --seeds)     --seeds N    so many, from 1 on or from --seed
//   --nodes M     computers; 8 to 64 where it is missing --until T    seconds with faults
//                 (more than 500: one big world)
//   --trace       every frame and every step             --shrink     leaves out steps as long as it fails
//   --keep 3,7    takes these steps of the plan alone    --jobs N     processes at once
//   --stop        ends with the first that fails

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runBigWorld } from './big.js'
import { runPool, type SeedReport } from './pool.js'
import { describePlan, planOf, runSeed, type SeedOptions } from './run-seed.js'
import { shrink } from './shrink.js'
import { addUp, describeTotals } from './totals.js'

/** Beyond them a world is of another kind (big.ts): fewer faults, and counters instead of a plan. */
const mostNodes = 500

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    nodes: { type: 'string' },
    until: { type: 'string' },
    jobs: { type: 'string' },
    keep: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
  },
})
const nodes = values.nodes === undefined ? undefined : Number(values.nodes)
const untilS = values.until === undefined ? undefined : Number(values.until)

if (nodes !== undefined && nodes > mostNodes) {
  const report = (line: string): void => console.log(line)
  const outcome = await runBigWorld({ seed: values.seed ?? '1', nodes, untilS: untilS ?? 60, report })
  console.log(JSON.stringify(outcome))
} else if (values.seeds === undefined && values.seed !== undefined) await runOne(values.seed)
else await runMany(Number(values.seed ?? 1), Number(values.seeds ?? 200))

async function runOne(seed: string): Promise<void> {
  const keep = values.keep === undefined ? undefined : new Set(values.keep.split(',').map(Number))
  const options: SeedOptions = {
    seed,
    nodes,
    untilS,
    keep,
    trace: values.trace ? (line) => console.log(line) : undefined,
  }
  const begin = performance.now()
  const result = await runSeed(options)
  if ('outcome' in result) {
    const { simulatedMs } = result.outcome
    const tookMs = performance.now() - begin
    console.log(
      JSON.stringify({ ...result.outcome, tookMs: Math.round(tookMs), timesReal: Math.round(simulatedMs / tookMs) }),
    )
    return
  }
  process.exitCode = 1
  if (values.shrink) {
    const kept = await shrink(options, (text) => console.log(text))
    console.log(describePlan(planOf({ ...options, keep: new Set(kept) })))
    console.log(`again: npm run simulate -- ${sizeArguments()}--seed ${seed} --keep ${kept.join(',')} --trace`)
  } else console.log(describePlan(planOf(options)))
  console.log(`${result.failure.error.stack}\n\`\`\`mermaid\n${result.failure.diagram}\n\`\`\``)
}

async function runMany(first: number, count: number): Promise<void> {
  const jobs = Number(values.jobs ?? availableParallelism())
  const begin = performance.now()
  let totals = addUp()
  const failed: string[] = []
  const handle = (report: SeedReport): void => {
    if ('outcome' in report) {
      totals = addUp(totals, report.outcome)
      return
    }
    failed.push(report.seed)
    console.log(`seed ${report.seed} failed: ${report.failure}\n\`\`\`mermaid\n${report.diagram}\n\`\`\``)
    console.log(`again: npm run simulate -- ${sizeArguments()}--seed ${report.seed} --shrink`)
  }
  await runPool({ first, count, jobs, nodes, untilS, goesOn: () => !values.stop || failed.length === 0 }, handle)
  console.log(describeTotals(totals, performance.now() - begin))
  console.log(`${totals.runs} seeds held, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(' ')}` : ''}`)
  if (failed.length > 0) process.exitCode = 1
}

function sizeArguments(): string {
  return `${nodes === undefined ? '' : `--nodes ${nodes} `}${untilS === undefined ? '' : `--until ${untilS} `}`
}
