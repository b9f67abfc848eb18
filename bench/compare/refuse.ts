// Why two runs must not be compared: another machine, or one that was too noisy; and what of them must not be, because it did
// another amount of work.

import { noiseOf } from '../frame/noise.js'
import type { Results } from '../frame/results.js'
import type { Scenario } from '../frame/scenario.js'

/** Sentences; none when they may be compared. */
export function reasonsAgainst(before: Results, after: Results): string[] {
  const reasons: string[] = []
  const differ = (what: string, old: unknown, now: unknown): void => {
    if (old !== now) reasons.push(`${what} differs: ${String(old)} before, ${String(now)} now`)
  }
  const gibibytes = ({ machine }: Results): string => `${Math.round(machine.memoryBytes / 1024 ** 3)} GiB`
  differ("the machine's memory", gibibytes(before), gibibytes(after))
  for (const fact of ['processor', 'processors', 'congestionControl'] as const) {
    differ(`the machine's ${fact}`, before.machine[fact], after.machine[fact])
  }
  for (const [name, results] of [
    ['the older run', before],
    ['the newer run', after],
  ] as const) {
    const noise = noiseOf(results.probes ?? [], results.machine.processors)
    for (const reason of noise?.reasons ?? []) reasons.push(`${name} was too noisy: ${reason}`)
  }
  return reasons
}

/** Of each scenario that did another amount of work, a sentence. What one of them did not know it did not measure either. */
export function sizesThatDiffer(before: Results, after: Results, scenarios: readonly Scenario[]): Map<string, string> {
  const differing = scenarios.flatMap(({ name, sizes }): [string, string][] => {
    const size = sizes.find((one) => before.sizes[one] !== after.sizes[one] && known(before, one) && known(after, one))
    if (size === undefined) return []
    return [[name, `${name} is left out: ${size} was ${before.sizes[size]} before and is ${after.sizes[size]} now`]]
  })
  return new Map(differing)
}

function known(results: Results, size: keyof Results['sizes']): boolean {
  return results.sizes[size] !== undefined
}

/** What is to be known beside the comparison, and does not forbid it. */
export function remarksOn(before: Results, after: Results): string[] {
  const remarks: string[] = []
  for (const [name, results] of [
    ['The older run', before],
    ['The newer run', after],
  ] as const) {
    if ((results.probes ?? []).length === 0) remarks.push(`${name} does not say how noisy the machine was.`)
    if (results.interrupted === true) remarks.push(`${name} was interrupted.`)
    if (results.failures.length > 0) remarks.push(`${name} had ${results.failures.length} runs that failed.`)
    if (results.commit.endsWith('+')) remarks.push(`${name} was of a tree with changes that are in no commit.`)
  }
  for (const fact of ['kernel', 'node', 'system'] as const) {
    const [old, now] = [before.machine[fact], after.machine[fact]]
    if (old !== now) remarks.push(`${fact}: ${old} before, ${now} now.`)
  }
  return remarks
}
