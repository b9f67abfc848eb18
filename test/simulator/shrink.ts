// Makes a failing run smaller: leaves out steps of its plan, in ever smaller parts, as long as it still fails (delta
// debugging, Zeller 1999). What is left is run again by `--keep`.

import { planOf, runSeed, type SeedOptions } from './run-seed.js'

/** The numbers of the steps that are enough to fail. `tell` hears how far it is. */
export async function shrink(options: SeedOptions, tell: (text: string) => void): Promise<number[]> {
  let kept = planOf(options).steps.map((_, index) => index)
  const fails = async (steps: readonly number[]): Promise<boolean> =>
    'failure' in (await runSeed({ ...options, trace: undefined, keep: new Set(steps) }))
  if (await fails([])) return []
  for (let part = Math.ceil(kept.length / 2); ; part = Math.ceil(part / 2)) {
    for (let from = 0; from < kept.length; ) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + part)]
      if (fewer.length > 0 && (await fails(fewer))) kept = fewer
      else from += part
    }
    tell(`${kept.length} steps are enough`)
    if (part === 1) return kept
  }
}
