// Runs scenarios: the contenders in turn, round by round and each round in another order, so that what disturbs the
// machine disturbs all of them. What one fails with is kept, and the others go on.

import { loadavg } from 'node:os'
import { settleDisk } from './quiet.js'
import type { Contender, Figures, Scenario } from './scenario.js'
import type { Surroundings } from './surroundings.js'

export interface Sample {
  readonly scenario: string
  readonly contender: string
  readonly provider?: string
  readonly round: number
  /** When it began, and how loaded the machine was then (processes, the mean of a minute). */
  readonly at: string
  readonly loadBefore: number
  readonly values: Figures
  readonly counters: Figures
  readonly costs: Figures
}

export interface Failure {
  readonly scenario: string
  readonly contender: string
  readonly round: number
  readonly error: string
}

export interface Ran {
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
}

/** Called after each run. */
export type Told = (sample: Sample | Failure) => void

/** Longer than this no run takes that goes on at all: then its processes are ended, and it has failed. */
const limitMs = 1_800_000

export interface RunOptions {
  readonly rounds: number
  readonly told: Told
  readonly signal: AbortSignal
  readonly limitMs?: number
}

export async function runScenarios(
  scenarios: readonly Scenario[],
  surroundings: Surroundings,
  options: RunOptions,
): Promise<Ran> {
  const { rounds, told, signal } = options
  const samples: Sample[] = []
  const failures: Failure[] = []
  for (const scenario of scenarios) {
    const contenders = await scenario.open(surroundings)
    try {
      for (let round = 0; round < rounds; round++) {
        for (const contender of rotated(contenders, round)) {
          if (signal.aborted) return { samples, failures }
          const result = await runOnce(scenario, contender, surroundings, round, options.limitMs ?? limitMs)
          if ('error' in result) failures.push(result)
          else samples.push(result)
          told(result)
        }
      }
    } finally {
      for (const contender of contenders) await contender.close()
    }
  }
  return { samples, failures }
}

async function runOnce(
  { name: scenario }: Scenario,
  contender: Contender,
  surroundings: Surroundings,
  round: number,
  limitMs: number,
): Promise<Sample | Failure> {
  const { name, provider } = contender
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs)
  })
  try {
    await settleDisk(surroundings)
    const [loadBefore = Number.NaN] = loadavg()
    const at = new Date().toISOString()
    const outcome = await Promise.race([contender.run(round), overdue])
    const who = { scenario, contender: name, ...(provider === undefined ? {} : { provider }) }
    return { ...who, round, at, loadBefore, ...outcome }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    // Nothing of it may disturb the others.
    await surroundings.children.stopAll()
    return { scenario, contender: name, round, error: text }
  } finally {
    clearTimeout(timer)
  }
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const first = items.length === 0 ? 0 : by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
