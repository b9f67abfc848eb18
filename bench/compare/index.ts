// `npm run bench -- compare OLD.json NEW.json [--force]`: prints every row of both with its interval. Exit code 0: nothing became
// worse; 1: something did, or what was counted changed; 2: they must not be compared, and why; --force compares all the same.

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readResults } from '../frame/results.js'
import { allScenarios } from '../suites/all.js'
import { changedCounters, compareResults } from './compare.js'
import { reasonsAgainst, remarksOn, sizesThatDiffer } from './refuse.js'
import { renderComparison, renderCounts } from './render.js'

const refused = 2

export async function compareFiles(args: readonly string[]): Promise<number> {
  let given: { force: boolean; files: string[] }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { force: { type: 'boolean', default: false } },
    })
    given = { force: values.force, files: positionals }
  } catch (error) {
    return refuse([error instanceof Error ? error.message : String(error)])
  }
  const [old, now, more] = given.files
  if (old === undefined || now === undefined || more !== undefined) {
    return refuse(['two files are compared: npm run bench -- compare OLD.json NEW.json'])
  }
  const [before, after] = [readResults(resolve(old)), readResults(resolve(now))]
  if (typeof before === 'string') return refuse([before])
  if (typeof after === 'string') return refuse([after])
  const reasons = reasonsAgainst(before, after)
  if (reasons.length > 0 && !given.force) return refuse([...reasons, '--force compares them all the same'])
  const differing = sizesThatDiffer(before, after, allScenarios)
  const scenarios = allScenarios.filter(({ name }) => !differing.has(name))
  const rows = compareResults(before, after, scenarios)
  if (rows.length === 0) return refuse([...differing.values(), 'they have no row in common'])
  console.log(`${renderComparison(rows)}\n`)
  for (const line of [...differing.values(), ...reasons, ...remarksOn(before, after)]) console.log(line)
  const changed = changedCounters(before, after, scenarios)
  for (const line of changed) console.log(`counted otherwise: ${line}`)
  console.log(`${before.commit} → ${after.commit}, ${renderCounts(rows)}`)
  return changed.length > 0 || rows.some(({ verdict }) => verdict === 'worse') ? 1 : 0
}

function refuse(reasons: readonly string[]): number {
  for (const reason of reasons) console.error(reason)
  return refused
}
