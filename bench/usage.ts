// What `npm run bench -- --help` prints.

import { suites } from './suites/all.js'

/** Every suite with its scenarios, what else there is, and the options. */
export function usage(): string {
  const rows = Object.entries(suites).map(([suite, scenarios]) => {
    const names = scenarios.map(({ name, long }) => (long === true ? `${name} (--long)` : name))
    return `  ${suite.padEnd(9)} ${names.join(', ')}`
  })
  return `usage: npm run bench -- [SUITE] [OPTION…]

Without a suite: all that fits into 15 minutes, a table, and bench/report/index.html. A suite runs at full size; its scenarios:

${rows.join('\n')}

What is done with results, or without peers:

  compare OLD.json NEW.json             regressions with their intervals; exit code 1 when there are any
  report RESULTS.json… [--report FILE]  the page for results that are there
  sim [--nodes N] [--real N] [--seed S] what scale does, by the real machines and by a model that they check
  micro [WORD…]                         the hot functions of both providers
  readme                                writes the figures that the README shows, from the last full runs

Options of suites:

  --only SCENARIO        this one; may be given again
  --rounds N             how often each is run
  --budget 15m           how long all of it may take
  --size 1GiB            of what is carried
  --provider NAME        portable or native; may be given again
  --no-peers             Runnel alone
  --profile LINK         of readers: makes the uplink such a link (lan, dsl, lte, geo-satellite, …), or all of them in turn;
                         of links: this one
  --quick                little of everything, once: it shows that the bench works, and its figures mean nothing
  --long                 also what is left out otherwise
  --write                puts the table into docs/benchmarks.md
  --cpu-profile DIR      leaves a CPU profile of each process of Runnel there and prints where their time went; such a run
                         keeps nothing, because being profiled costs
  --directory DIR        where temporary files go
  --results FILE         the raw data, instead of a file in bench/results/
  --report FILE          the page, instead of bench/report/index.html`
}
