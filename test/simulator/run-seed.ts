// Runs one seed, and tells how it ended: with its figures, or with what was wrong and the last that went between nodes.

import type { Outcome } from './outcome.js'
import { drawPlan, type Plan, type PlanOptions } from './plan.js'
import { Simulation } from './simulation.js'

export interface SeedOptions extends PlanOptions {
  /** The steps of the plan that are taken; all where it is missing. */
  readonly keep?: ReadonlySet<number> | undefined
  /** Told everything that happens, a line each. */
  readonly trace?: ((line: string) => void) | undefined
}

export interface SeedFailure {
  readonly seed: string
  readonly error: Error
  /** The last frames, as a mermaid sequence diagram. */
  readonly diagram: string
}

export type SeedResult = { readonly outcome: Outcome } | { readonly failure: SeedFailure }

export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const simulation = await Simulation.open(planOf(options))
  simulation.world.trace.listener = options.trace
  try {
    return { outcome: await simulation.run() }
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    return { failure: { seed: options.seed, error, diagram: simulation.world.trace.diagram() } }
  }
}

/** The plan of a seed, or what is kept of it. */
export function planOf({ keep, ...options }: SeedOptions): Plan {
  const plan = drawPlan(options)
  return keep === undefined ? plan : { ...plan, steps: plan.steps.filter((_, index) => keep.has(index)) }
}

/** A plan for people: what is in it, and each step that is taken. */
export function describePlan(plan: Plan): string {
  const { computers, streams, steps, delayUs, bytesPerSecond, safetyMs } = plan
  const nameOf = (index: number): string => computers[index]?.name ?? `${index}`
  const lines = computers.map(({ name, upstreams, skewMs, driftPpm, attack, custodyBytes }) => {
    const above = upstreams.length === 0 ? '' : ` below ${upstreams.map(nameOf).join(' and ')}`
    const clock = skewMs === 0 && driftPpm === 0 ? '' : `, clock ${skewMs} ms wrong and ${driftPpm} ppm fast`
    const keeps = custodyBytes === undefined ? '' : `, keeps ${custodyBytes} B for others`
    return `${name}${above}${clock}${keeps}${attack === undefined ? '' : `, attacks: ${attack}`}`
  })
  return [
    `seed ${plan.seed}: ${computers.length} nodes, cables of up to ${delayUs} µs and from ${bytesPerSecond} B/s, ${safetyMs} ms of faults`,
    ...lines,
    ...streams.map(
      ({ writer, label, visibility, kind }) => `${nameOf(writer)} writes ${label}: a ${visibility} ${kind}`,
    ),
    ...steps.map(({ atMs, act }, index) => `${index}: ${atMs} ms ${JSON.stringify(act)}`),
  ].join('\n')
}
