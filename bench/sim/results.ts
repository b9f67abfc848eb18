// A simulation as it is kept: measures by size, and real nodes beside the model.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { root } from '../frame/machine.js'
import type { Measures } from './measures.js'
import type { Check } from './render.js'

export interface Simulation {
  readonly seed: string
  readonly commit: string
  readonly growth: readonly Measures[]
  readonly checks: readonly Check[]
}

/** Writes it, and gives the path. */
export function keepSimulation(simulation: Simulation, file: string): string {
  const full = resolve(root, file)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, `${JSON.stringify(simulation, undefined, 1)}\n`)
  return file
}

/** What was kept, or why it is none. */
export function readSimulation(file: string): Simulation | string {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Simulation>
    if (Array.isArray(value.growth) && Array.isArray(value.checks)) return value as Simulation
    return `${file} holds no simulation`
  } catch (error) {
    return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}
