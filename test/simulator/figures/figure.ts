// A figure: a goal, what was measured, and whether it holds. Tests ask for all of them at the size of CI; `npm run figures`
// prints them at any size.

export interface Figure {
  readonly goal: string
  readonly measured: string
  readonly holds: boolean
}

export interface Size {
  /** Runs with other random numbers. */
  readonly seeds: number
  /** What the counts of readers, entries and seconds of CI are multiplied by. */
  readonly scale: number
}

export type Measure = (size: Size) => Promise<Figure[]>

export const ciSize: Size = { seeds: 1, scale: 1 }

/** As the environment says: RUNNEL_FIGURES_SEEDS, RUNNEL_FIGURES_SCALE. */
export function sizeFrom(environment: NodeJS.ProcessEnv): Size {
  const number = (text: string | undefined): number => Math.max(1, Math.floor(Number(text ?? 1)) || 1)
  return { seeds: number(environment.RUNNEL_FIGURES_SEEDS), scale: number(environment.RUNNEL_FIGURES_SCALE) }
}

export function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`
}

/** The smallest of some shares, as a figure. */
export function atLeast(goal: string, least: number, shares: ReadonlyMap<string, number>): Figure {
  const [worst = ['nothing', 1]] = [...shares].sort(([, a], [, b]) => a - b)
  const list = [...shares].map(([name, share]) => `${name} ${percent(share, 1)}`).join(', ')
  return { goal, measured: `least ${percent(worst[1], 1)} (${worst[0]}); ${list}`, holds: worst[1] >= least }
}
