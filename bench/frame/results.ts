// A run of the bench as it is kept: all samples with everything that is needed to judge them, as JSON.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { DescribedLink } from '../readers/link.js'
import { type Machine, root } from './machine.js'
import type { Probe } from './noise.js'
import type { Failure, LeftOut, Sample } from './run.js'
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
  /** What the uplink was made like, and what it really did before the run. */
  readonly link?: DescribedLink
  /** Of 1, 5 and 15 minutes. */
  readonly loadBefore: readonly number[]
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
  /** What did not run, and why. */
  readonly leftOut?: readonly LeftOut[]
  /** The machine before each round, and after all. */
  readonly probes?: readonly Probe[]
  /** It was ended before it was done. */
  readonly interrupted?: boolean
}

/** What was kept, or why it cannot be read. */
export function readResults(file: string): Results | string {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
  const missing = missingFrom(value)
  return missing === undefined ? (value as Results) : `${file} holds no results of the bench: ${missing} is missing`
}

/** What a comparison and a report need of results; the first that is not there. */
function missingFrom(value: unknown): string | undefined {
  const kinds: { readonly [name in keyof Results]?: (field: unknown) => boolean } = {
    suite: isText,
    at: isText,
    commit: isText,
    machine: isRecord,
    peers: isRecord,
    absent: isRecord,
    providers: isRecord,
    rounds: (field) => typeof field === 'number',
    sizes: isRecord,
    loadBefore: Array.isArray,
    samples: (field) => Array.isArray(field) && field.every((sample) => isRecord(sample) && isRecord(sample.values)),
    failures: Array.isArray,
  }
  if (!isRecord(value)) return 'everything'
  return Object.entries(kinds).find(([name, fits]) => !fits(value[name]))?.[0]
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
