// `npm run figures [-- --seeds N] [--scale N] [NAME…]`: measures and prints a table, goal | measured | holds. Exit code 1
// when something does not hold.

import { parseArgs } from 'node:util'
import { measures } from './all.js'
import { sizeFrom } from './figure.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string' }, scale: { type: 'string' } },
})
const size = sizeFrom({
  ...process.env,
  ...(values.seeds === undefined ? {} : { RUNNEL_FIGURES_SEEDS: values.seeds }),
  ...(values.scale === undefined ? {} : { RUNNEL_FIGURES_SCALE: values.scale }),
})
console.log('| goal | measured | holds |\n|---|---|---|')
for (const [name, measure] of Object.entries(measures)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  for (const { goal, measured, holds } of await measure(size)) {
    console.log(`| ${goal} | ${measured.trim()} | ${holds ? 'yes' : '**no**'} |`)
    if (!holds) process.exitCode = 1
  }
}
