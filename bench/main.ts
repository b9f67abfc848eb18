// `npm run bench -- [SUITE] [OPTION…]`: what is measured, and what is made of it.
//
//     (no suite)                              all that fits into 15 minutes, a table, and bench/report/index.html
//     objects | live | session | inbox | custody | tun    one suite at full size
//     compare OLD.json NEW.json               regressions with their intervals; exit code 1 when there are any
//     report RESULTS.json… [--report FILE]    the page for results that are there
//     sim [--nodes N] [--real N] [--seed S]   what scale does, by the real machines and by a model that they check
//     micro [WORD…]                           the hot functions of both providers
//     readme                                  writes the figures that the README shows, from the last full runs
//
// Of suites: [--rounds N] [--budget 15m] [--no-peers] [--size 1GiB] [--only SCENARIO]… [--long] [--quick] [--write]
//            [--provider portable|native]… [--directory DIR] [--cpu-profile DIR] [--results FILE] [--report FILE]
//
// --quick does little of everything, once: it shows that the bench works, and its figures mean nothing. --long runs what
// is left out otherwise. --write puts the table into docs/benchmarks.md. --cpu-profile leaves a CPU profile of each process
// of Runnel there and prints where their time went; such a run keeps nothing, because being profiled costs. The raw data go
// to bench/results/, or to the file of --results.

import { parseOptions, Refusal } from './suites/options.js'

type Tool = (args: readonly string[]) => Promise<number>

/** Each is loaded when it is asked for. */
const tools: Readonly<Record<string, () => Promise<Tool>>> = {
  compare: async () => (await import('./compare/index.js')).compareFiles,
  report: async () => (await import('./report/index.js')).reportFiles,
  sim: async () => (await import('./sim/index.js')).simulate,
  micro: async () => (await import('./micro/index.js')).measureFunctions,
  readme: async () => {
    const { writeReadme } = await import('./report/readme.js')
    return async () => {
      writeReadme()
      return 0
    }
  },
}

async function main([first, ...rest]: readonly string[]): Promise<number> {
  const load = tools[first ?? '']
  if (load !== undefined) return (await load())(rest)
  const { runSuites } = await import('./suites/run.js')
  return runSuites(parseOptions(first === undefined ? [] : [first, ...rest]))
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof Refusal) console.error(error.message)
    else console.error(error)
    process.exit(error instanceof Refusal ? 2 : 1)
  },
)
