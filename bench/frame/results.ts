// A run of the bench as it is kept: all samples with everything that is needed to judge them, as JSON.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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

/** Writes them to `file`, else to bench/results/, and gives the path (inside of the project). */
export function keepResults(results: Results, file?: string): string {
  const name = `${results.suite}-${results.at.slice(0, 16).replace(/[-:]/g, '')}-${results.commit || 'unknown'}.json`
  const path = file ?? join('bench', 'results', name)
  const full = resolve(root, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, `${JSON.stringify(results, undefined, 1)}\n`)
  return path
}
