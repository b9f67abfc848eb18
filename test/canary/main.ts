// `npm run canary [-- WORD…]`: plants each defect, or those whose name has one of the words, and demands that it is found.

import { defects } from './defects.js'
import { find } from './run.js'

const limitMs = 120_000

const words = process.argv.slice(2)
const chosen = defects.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
let missed = 0
for (const defect of chosen) {
  const finding = await find(defect, limitMs)
  if (finding.missed !== undefined) missed++
  console.log(`${finding.missed === undefined ? 'found ' : 'MISSED'} ${finding.seconds.toFixed(1)} s  ${defect.name}`)
  if (finding.missed !== undefined) console.log(finding.missed)
}
console.log(`${chosen.length - missed} found, ${missed} missed`)
process.exitCode = missed > 0 || chosen.length === 0 ? 1 : 0
