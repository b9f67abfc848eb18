// The three campaigns against a disk, the same code in every run of the tests and, with bigger numbers, on demand. What is
// wrong comes with the command that repeats it.

import type { Failure } from '../../node/store/testing/faults.js'
import { failCall, failureShapes } from './failing-calls.js'
import { checkDamaged, HomeAtRest } from './flips.js'
import { type CrashPoint, crashPoints, losePower } from './power-loss.js'
import { Scenario } from './scenario.js'

export interface Seeds {
  /** The first one, and how many. */
  readonly seed: number
  readonly seeds: number
  /** Operations of each scenario. */
  readonly operations: number
}

export interface Finding {
  readonly replay: string
  readonly wrong: readonly string[]
}

export interface Outcome {
  /** Images that were looked at, or runs that were made. */
  images: number
  readonly findings: Finding[]
  /** What happened in the scenarios, counted. */
  readonly events: Map<string, number>
}

export type Progress = (text: string) => void

function newOutcome(): Outcome {
  return { images: 0, findings: [], events: new Map() }
}

function note(outcome: Outcome, replay: string, wrong: readonly string[]): void {
  if (wrong.length > 0) outcome.findings.push({ replay: `npm run disk -- ${replay}`, wrong })
}

/** Every process that a scenario was made of: orderly, killed, copied. */
export async function liveScenario({ seed, operations }: Pick<Seeds, 'seed' | 'operations'>): Promise<Scenario> {
  const scenario = new Scenario({ seed, operations, kills: true, copies: true })
  await scenario.run()
  return scenario
}

/** About so many images of power loss, the same number from each seed; or those of one crash point alone. */
export async function runPowerLoss(
  { seed: first, seeds, operations }: Seeds,
  images: number,
  progress: Progress = () => {},
  only?: CrashPoint,
): Promise<Outcome> {
  const outcome = newOutcome()
  for (let seed = first; seed < first + seeds; seed++) {
    const scenario = await liveScenario({ seed, operations })
    countEvents(outcome, scenario)
    note(outcome, `power --seed ${seed} --operations ${operations} --images 0`, scenario.wrong)
    const points = only === undefined ? crashPoints(scenario.files.changes.length, Math.ceil(images / seeds)) : [only]
    await losePower(scenario, points, ({ point, loss }, wrong) => {
      outcome.images++
      note(outcome, `power --seed ${seed} --operations ${operations} --point ${point} --loss ${loss}`, wrong)
    })
    progress(
      `seed ${seed}: ${points.length} images of ${scenario.files.changes.length} changes, ${outcome.findings.length} findings so far`,
    )
  }
  return outcome
}

/** Each `every`-th call of each scenario fails, in every way; or one call alone. */
export async function runFailingCalls(
  { seed: first, seeds, operations }: Seeds,
  every: number,
  progress: Progress = () => {},
  only?: Failure,
): Promise<Outcome> {
  const outcome = newOutcome()
  const run = async (seed: number, failure: Failure): Promise<boolean> => {
    const { wrong, isOver } = await failCall(seed, operations, failure)
    outcome.images++
    const { call, code, kinds, forever } = failure
    const kind = kinds === undefined ? '' : ` --kinds ${kinds.join()}`
    const how = `--call ${call} --code ${code}${kind}${forever === true ? ' --forever' : ''}`
    note(outcome, `calls --seed ${seed} --operations ${operations} ${how}`, wrong)
    return isOver
  }
  for (let seed = first; seed < first + seeds; seed++) {
    if (only !== undefined) {
      await run(seed, only)
      continue
    }
    for (const [index, shape] of failureShapes.entries()) {
      // Each way begins with another call, so that together they reach all of them.
      for (let call = 1 + (index % every); !(await run(seed, { ...shape, call })); call += every);
    }
    progress(`seed ${seed}: ${outcome.images} runs, ${outcome.findings.length} findings so far`)
  }
  return outcome
}

/** About so many damaged homes, the same number from each seed; or one image alone. */
export async function runFlips(
  { seed: first, seeds, operations }: Seeds,
  images: number,
  progress: Progress = () => {},
  only?: number,
): Promise<Outcome> {
  const outcome = newOutcome()
  const count = Math.ceil(images / seeds)
  for (let seed = first; seed < first + seeds; seed++) {
    const home = new HomeAtRest(seed, operations)
    await home.fill()
    for (let image = only ?? 0; image < (only === undefined ? count : only + 1); image++) {
      const { damaged, wrong } = await checkDamaged(home, image)
      outcome.images++
      const where = wrong.map((problem) => `${damaged.path}, ${damaged.what}: ${problem}`)
      note(outcome, `flips --seed ${seed} --operations ${operations} --image ${image}`, where)
    }
    progress(`seed ${seed}: ${outcome.images} images, ${outcome.findings.length} findings so far`)
  }
  return outcome
}

function countEvents({ events }: Outcome, scenario: Scenario): void {
  const add = (what: string, count: number): void => void events.set(what, (events.get(what) ?? 0) + count)
  for (const [what, count] of scenario.work.counts) add(what, count)
  add('start', scenario.starts.length)
  add('kill', scenario.kills)
  add('adopt a copied home', scenario.copyWindows.length)
  add('compact a segment', scenario.compacted)
  add('change of the disk', scenario.files.changes.length)
}
