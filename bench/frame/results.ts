// A run of the bench as it is kept: all samples with everything that is needed to judge them, as JSON.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, root } from './machine.js'
import type { Failure, Sample } from './run.js'
import type { Sizes } from './sizes.js'

export interface Results {
  readonly suite: string
  readonly at: string
  readonly commit: string
  readonly version: string
  readonly machine: Machine
  readonly peers: Readonly<Record<string, string>>
  readonly absent: Readonly<Record<string, string>>
  /** Value of RUNNEL_CRYPTO to what the node said that it used. */
  readonly providers: Readonly<Record<string, string>>
  readonly rounds: number
  readonly sizes: Sizes
  /** Of 1, 5 and 15 minutes. */
  readonly loadBefore: readonly number[]
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
}

/** Writes them to bench/results/ and gives the path inside of the project. */
export function keepResults(results: Results): string {
  const name = `${results.suite}-${results.at.slice(0, 16).replace(/[-:]/g, '')}-${results.commit || 'unknown'}.json`
  const path = join('bench', 'results', name)
  mkdirSync(join(root, 'bench', 'results'), { recursive: true })
  writeFileSync(join(root, path), `${JSON.stringify(results, undefined, 1)}\n`)
  return path
}
