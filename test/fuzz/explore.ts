// Looks for inputs that break a target's promises, by changing those that are known. With coverage, an input that reaches
// what none did before joins them; without, the run is the same for the same seed.

import { concat } from '../../stack/bytes/index.js'
import type { Coverage } from './coverage.js'
import { mutate, type Stock } from './mutate.js'
import { Random } from './random.js'
import { type Breach, runTarget } from './run.js'
import { defaultInputBytes, type Target } from './target.js'

export interface Exploration {
  readonly seed: number
  /** Inputs that are known; must hold one at least. */
  readonly inputs: readonly Uint8Array[]
  /** Whether to go on, asked before each batch. */
  readonly goesOn: (executions: number) => boolean
  readonly coverage?: Coverage
  /** Told of each input before it is run, for whoever watches for one that never ends. */
  readonly begin?: (input: Uint8Array) => void
}

export interface Explored {
  readonly executions: number
  /** Functions and blocks that were reached first. */
  readonly gained: number
  /** New inputs that reached them, each as small as could be found. */
  readonly found: readonly Uint8Array[]
  readonly crashes: readonly Crash[]
}

export interface Crash extends Breach {
  readonly input: Uint8Array
}

const batchRuns = 128

/** Different defects of one exploration after which it ends: more would hide behind them. */
const maxCrashes = 20

export async function explore(
  target: Target,
  { seed, inputs, goesOn, coverage, begin }: Exploration,
): Promise<Explored> {
  const random = new Random(seed)
  const known = [...inputs]
  const stock: Stock = { inputs: known, words: target.words ?? [], maxBytes: target.inputBytes ?? defaultInputBytes }
  const found: Uint8Array[] = []
  const crashes = new Map<string, Crash>()
  let [executions, gained] = [0, 0]

  const run = async (input: Uint8Array): Promise<Breach | undefined> => {
    executions++
    begin?.(input)
    return runTarget(target, input)
  }
  const gainOf = async (input: Uint8Array): Promise<number> => {
    await run(input)
    return coverage?.take() ?? 0
  }
  const next = (): Uint8Array => {
    // What was found last leads on more often than what is old.
    const from = known.length > 8 && random.oneIn(2) ? known.slice(-8) : known
    return mutate(random.pick(from), random, stock)
  }

  if (coverage !== undefined) {
    // What ran before counts for nothing: no input is known that reaches it.
    coverage.take()
    for (const input of inputs) await run(input)
    coverage.take()
    coverage.keep()
  }
  while (crashes.size < maxCrashes && goesOn(executions)) {
    const batch: Uint8Array[] = []
    for (let count = 0; count < batchRuns; count++) {
      const input = next()
      const breach = await run(input)
      batch.push(input)
      if (breach !== undefined && !crashes.has(breach.signature)) {
        const smallest = await shrink(input, async (smaller) => (await run(smaller))?.signature === breach.signature)
        crashes.set(breach.signature, { ...breach, input: smallest })
      }
    }
    if (coverage === undefined || coverage.take() === 0) continue
    let reproduced = false
    for (const input of batch) {
      const gain = await gainOf(input)
      if (gain === 0) continue
      reproduced = true
      const smallest = await shrink(input, async (smaller) => (await gainOf(smaller)) >= gain)
      gained += await gainOf(smallest)
      coverage.keep()
      found.push(smallest)
      known.push(smallest)
    }
    if (reproduced) continue
    // It took several runs in a row (something remembered): no input of its own reaches it.
    for (const input of batch) await run(input)
    coverage.take()
    coverage.keep()
  }
  return { executions, gained, found, crashes: [...crashes.values()] }
}

/** Tries to leave out ever smaller parts of an input, for a while, as long as it stays what it is. */
async function shrink(input: Uint8Array, holds: (smaller: Uint8Array) => Promise<boolean>): Promise<Uint8Array> {
  let smallest = input
  let tries = 60
  for (let part = smallest.length >> 1; part >= 1 && tries > 0; part >>= 1) {
    for (let from = 0; from < smallest.length && tries > 0; tries--) {
      const smaller = concat(smallest.subarray(0, from), smallest.subarray(from + part))
      if (await holds(smaller)) smallest = smaller
      else from += part
    }
  }
  return smallest
}
