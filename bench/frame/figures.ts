// What is read off results: for each row Runnel's runs and each peer's, how many times as good Runnel is, and whether the
// goals are met. Tables, the report and the README are written from it.

import { type Interval, medianInterval, type Ratio, ratioInterval } from './bootstrap.js'
import type { Results } from './results.js'
import type { Beside, Row } from './row.js'
import type { Scenario } from './scenario.js'
import { outliersOf, type Summary, summarize } from './statistics.js'

export interface Measured {
  /** In the order of the rounds. */
  readonly numbers: readonly number[]
  readonly summary: Summary
  /** Of the median, 95 %; undefined for a single run. */
  readonly interval: Interval | undefined
  readonly outliers: readonly number[]
}

export interface BesideFigure {
  readonly against: Beside
  readonly name: string
  readonly measured: Measured
  /** How many times as good Runnel is. */
  readonly ratio: number
  /** Of the ratio, 95 %. */
  readonly interval: Ratio | undefined
}

export interface Goal {
  readonly text: string
  readonly met: boolean
}

export interface Figure {
  readonly scenario: Scenario
  readonly row: Row
  readonly own: Measured
  readonly beside: readonly BesideFigure[]
  readonly goals: readonly Goal[]
}

/** The rows that Runnel has figures for with a provider, in the order of the scenarios. */
export function figuresOf(results: Results, scenarios: readonly Scenario[], provider: string): Figure[] {
  return scenarios.flatMap((scenario) =>
    scenario.rows.flatMap((row) => {
      const own = measuredOf(results, scenario.name, 'runnel', row.measure, provider)
      return own === undefined ? [] : [figureOf(results, scenario, row, own, provider)]
    }),
  )
}

function figureOf(results: Results, scenario: Scenario, row: Row, own: Measured, provider: string): Figure {
  const isHigherBetter = row.better === 'higher'
  const beside = (row.against ?? []).flatMap((against): BesideFigure[] => {
    const measure = against.measure ?? row.measure
    const measured = measuredOf(results, scenario.name, against.peer, measure, provider)
    if (measured === undefined) return []
    const [over, under] = isHigherBetter ? [own, measured] : [measured, own]
    const name = measure === row.measure ? against.peer : `${against.peer} (${measure})`
    const ratio = over.summary.median / under.summary.median
    return [{ against, name, measured, ratio, interval: ratioInterval(over.numbers, under.numbers) }]
  })
  const goals: Goal[] = []
  if (row.goal !== undefined) {
    const met = isHigherBetter ? own.summary.median >= row.goal : own.summary.median <= row.goal
    goals.push({ text: `${isHigherBetter ? '≥' : '≤'} ${row.goal} ${row.unit}`, met })
  }
  for (const { against, ratio } of beside) {
    if (against.goal !== undefined) {
      goals.push({ text: `≥ ${against.goal} × ${against.peer}`, met: ratio >= against.goal })
    }
  }
  return { scenario, row, own, beside, goals }
}

/** Of a peer, whose samples name no provider, the same with each. */
function measuredOf(
  results: Results,
  scenario: string,
  contender: string,
  measure: string,
  provider: string,
): Measured | undefined {
  const numbers = results.samples.flatMap((sample) => {
    const fits = sample.provider === undefined || sample.provider === provider
    const value = sample.values[measure]
    const isIts = sample.scenario === scenario && sample.contender === contender && fits
    return isIts && value !== undefined && !Number.isNaN(value) ? [value] : []
  })
  if (numbers.length === 0) return undefined
  return { numbers, summary: summarize(numbers), interval: medianInterval(numbers), outliers: outliersOf(numbers) }
}
