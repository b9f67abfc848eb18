// `npm run canary [-- WORD…]`: plants each defect, or those whose name has one of the words, and demands that it is found.

import { defects } from './defects.js'
import { findAll } from './pool.js'

/** Far longer than any of them takes on two busy cores. */
const limitMs = 300_000

const words = process.argv.slice(2)
const chosen = defects.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
let missed = 0
for (const { defect, finding } of findAll(chosen, limitMs)) {
  const found = await finding
  if (found.missed !== undefined) missed++
  console.log(`${found.missed === undefined ? 'found ' : 'MISSED'} ${found.seconds.toFixed(1)} s  ${defect.name}`)
  if (found.missed !== undefined) console.log(found.missed)
}
console.log(`${chosen.length - missed} found, ${missed} missed`)
process.exitCode = missed > 0 || chosen.length === 0 ? 1 : 0
