// Runs scenarios: the contenders in turn, round by round and each round in another order, so that what disturbs the
// machine disturbs all of them. What one fails with is kept, and the others go on. Within a budget, a scenario has as many
// rounds as there is time for, and one that has none is named.

import { loadavg } from 'node:os'
import type { Budget } from './budget.js'
import type { Probe } from './noise.js'
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
  /** Whose run it was; `(all)` where the scenario could not begin. */
  readonly contender: string
  readonly round: number
  readonly error: string
}

export interface LeftOut {
  readonly scenario: string
  readonly reason: string
}

export interface Ran {
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
  readonly leftOut: readonly LeftOut[]
  readonly probes: readonly Probe[]
}

/** Called after each run. */
export type Told = (sample: Sample | Failure) => void

/** Longer than this no run takes that goes on at all: then its processes are ended, and it has failed. */
const limitMs = 1_800_000

/** The same with the sizes of `--quick`, of which each takes seconds. */
export const quickLimitMs = 45_000

export interface RunOptions {
  /** At most. */
  readonly rounds: number
  readonly told: Told
  /** Ends it; what runs then is neither a sample nor a failure. */
  readonly signal: AbortSignal
  readonly limitMs?: number
  /** Looks at the machine while nothing runs. */
  readonly probe?: () => Probe
  readonly budget?: Budget
}

export function runScenarios(
  scenarios: readonly Scenario[],
  surroundings: Surroundings,
  options: RunOptions,
): Promise<Ran> {
  return new Runs(surroundings, options).all(scenarios)
}

class Runs {
  readonly #surroundings: Surroundings
  readonly #options: RunOptions
  readonly #samples: Sample[] = []
  readonly #failures: Failure[] = []
  readonly #leftOut: LeftOut[] = []
  readonly #probes: Probe[] = []
  readonly #aborted: Promise<'aborted'>

  constructor(surroundings: Surroundings, options: RunOptions) {
    this.#surroundings = surroundings
    this.#options = options
    const { signal } = options
    this.#aborted = new Promise((resolve) => {
      if (signal.aborted) resolve('aborted')
      signal.addEventListener('abort', () => resolve('aborted'), { once: true })
    })
  }

  async all(scenarios: readonly Scenario[]): Promise<Ran> {
    const { signal, budget } = this.#options
    for (const [index, scenario] of scenarios.entries()) {
      const shareMs = budget?.shareMs(index) ?? Number.POSITIVE_INFINITY
      if (signal.aborted) this.#leftOut.push({ scenario: scenario.name, reason: 'it was interrupted before' })
      else if (shareMs === 0) this.#leftOut.push({ scenario: scenario.name, reason: 'no time was left for it' })
      else await this.#scenario(scenario, shareMs)
    }
    this.#look()
    const [samples, failures, leftOut, probes] = [this.#samples, this.#failures, this.#leftOut, this.#probes]
    return { samples, failures, leftOut, probes }
  }

  async #scenario(scenario: Scenario, shareMs: number): Promise<void> {
    const { rounds, signal, told } = this.#options
    const beganMs = performance.now()
    const contenders = await this.#unlessAborted(scenario.open(this.#surroundings)).catch((error: unknown) => error)
    if (contenders === 'aborted') return
    if (!Array.isArray(contenders)) {
      const failure = { scenario: scenario.name, contender: '(all)', round: 0, error: textOf(contenders) }
      this.#failures.push(failure)
      told(failure)
      return
    }
    let longestMs = 0
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      const roundBeganMs = performance.now()
      if (round > 0 && roundBeganMs - beganMs + longestMs > shareMs) break
      this.#look()
      for (const contender of rotated(contenders as Contender[], round)) {
        if (!signal.aborted) await this.#one(scenario, contender, round)
      }
      longestMs = Math.max(longestMs, performance.now() - roundBeganMs)
    }
    for (const contender of contenders as Contender[]) await contender.close().catch(() => {})
  }

  async #one(scenario: Scenario, contender: Contender, round: number): Promise<void> {
    const result = await this.#run(scenario, contender, round)
    // What the end of its processes made of it is nobody's figure.
    if (result === 'aborted' || this.#options.signal.aborted) return
    if ('error' in result) this.#failures.push(result)
    else this.#samples.push(result)
    this.#options.told(result)
  }

  /** Never rejects. */
  async #run({ name: scenario }: Scenario, contender: Contender, round: number): Promise<Sample | Failure | 'aborted'> {
    const { name, provider } = contender
    const mostMs = this.#options.limitMs ?? limitMs
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${mostMs} ms`)), mostMs)
    })
    try {
      await settleDisk(this.#surroundings)
      const [loadBefore = Number.NaN] = loadavg()
      const at = new Date().toISOString()
      const outcome = await Promise.race([contender.run(round), overdue, this.#aborted])
      if (outcome === 'aborted') return outcome
      const who = { scenario, contender: name, ...(provider === undefined ? {} : { provider }) }
      return { ...who, round, at, loadBefore, ...outcome }
    } catch (error) {
      // Nothing of it may disturb the others.
      await this.#surroundings.children.stopAll()
      return { scenario, contender: name, round, error: textOf(error) }
    } finally {
      clearTimeout(timer)
    }
  }

  #unlessAborted<T>(work: Promise<T>): Promise<T | 'aborted'> {
    return Promise.race([work, this.#aborted])
  }

  #look(): void {
    const probe = this.#options.probe?.()
    if (probe !== undefined) this.#probes.push(probe)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const first = items.length === 0 ? 0 : by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
