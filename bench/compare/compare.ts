// Two runs side by side, row by row: how many times as good the newer one is, how sure that is, and what became worse. A
// regression is a loss beyond a tolerance whose 95 % interval leaves out that nothing changed. These intervals are wider than
// they need to be: of rows that did not change, fewer than one in a hundred is called worse.

import { ratioInterval } from '../frame/bootstrap.js'
import type { Results } from '../frame/results.js'
import type { Row } from '../frame/row.js'
import type { Scenario } from '../frame/scenario.js'
import { median } from '../frame/statistics.js'

export type Verdict = 'worse' | 'better' | 'same' | 'unsure'

export interface Compared {
  readonly scenario: Scenario
  readonly row: Row
  readonly contender: string
  readonly provider: string | undefined
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** How many times as good the newer is, with the interval; undefined where too little is known. */
  readonly ratio: { readonly ratio: number; readonly low: number; readonly high: number } | undefined
  readonly verdict: Verdict
}

export interface CompareOptions {
  readonly confidence: number
  /** A loss up to this share is none. */
  readonly tolerance: number
}

export const usualComparison: CompareOptions = { confidence: 0.95, tolerance: 0.03 }

/** Rows of Runnel that both have, in the order of the scenarios. */
export function compareResults(
  before: Results,
  after: Results,
  scenarios: readonly Scenario[],
  options: CompareOptions = usualComparison,
): Compared[] {
  return scenarios.flatMap((scenario) =>
    scenario.rows.flatMap((row) =>
      Object.keys(after.providers).flatMap((provider) => {
        const [old, now] = [before, after].map((results) => valuesOf(results, scenario.name, row.measure, provider))
        if (old === undefined || now === undefined || old.length === 0 || now.length === 0) return []
        return [compareRow(scenario, row, provider, old, now, options)]
      }),
    ),
  )
}

function compareRow(
  scenario: Scenario,
  row: Row,
  provider: string,
  before: readonly number[],
  after: readonly number[],
  { confidence, tolerance }: CompareOptions,
): Compared {
  const isHigherBetter = row.better === 'higher'
  const ratio = isHigherBetter ? ratioInterval(after, before, confidence) : ratioInterval(before, after, confidence)
  let verdict: Verdict = 'same'
  if (ratio === undefined) verdict = median(before) === median(after) ? 'same' : 'unsure'
  else if (ratio.high < 1 && ratio.ratio < 1 - tolerance) verdict = 'worse'
  else if (ratio.low > 1 && ratio.ratio > 1 + tolerance) verdict = 'better'
  // It may have changed, or not.
  else if (Math.abs(Math.log(ratio.ratio)) > Math.log1p(tolerance)) verdict = 'unsure'
  return { scenario, row, contender: 'runnel', provider, before, after, ratio, verdict }
}

/** What Runnel measured with a provider, in the order of the rounds. */
export function valuesOf(results: Results, scenario: string, measure: string, provider: string): number[] {
  return results.samples.flatMap((sample) => {
    const value = sample.values[measure]
    const fits = sample.scenario === scenario && sample.contender === 'runnel' && sample.provider === provider
    return fits && value !== undefined && Number.isFinite(value) ? [value] : []
  })
}

/** Counters of Runnel that differ: what was counted must not change from run to run, so it is a defect and no noise. */
export function changedCounters(before: Results, after: Results, scenarios: readonly Scenario[]): string[] {
  const told: string[] = []
  const names = new Set(scenarios.map(({ name }) => name))
  for (const sample of after.samples.filter(
    ({ scenario, contender }) => contender === 'runnel' && names.has(scenario),
  )) {
    const old = before.samples.find(
      ({ scenario, contender, provider }) =>
        scenario === sample.scenario && contender === sample.contender && provider === sample.provider,
    )
    for (const [name, value] of Object.entries(old?.counters ?? {})) {
      const now = sample.counters[name]
      const line = `${sample.scenario} (${sample.provider}) ${name}: ${value} before, ${now ?? 'nothing'} now`
      if (now !== value && !told.includes(line)) told.push(line)
    }
  }
  return told
}
