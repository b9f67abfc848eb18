// `npm run bench -- report RESULTS.json [--sim SIM.json] [--report FILE]`: the page for results that are there.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../frame/machine.js'
import { type Results, readResults } from '../frame/results.js'
import { readSimulation, type Simulation } from '../sim/results.js'
import { Refusal } from '../suites/options.js'
import { bundleScript } from './bundle.js'
import { renderPage } from './page.js'

export const usualReport = 'bench/report/index.html'

export interface ReportOptions {
  readonly results: Results
  readonly path: string
  readonly simulation?: Simulation | undefined
  /** Inside of the project, or absolute. */
  readonly file: string
}

/** Writes the page, and gives its path. */
export function writeReport({ file, ...content }: ReportOptions): string {
  const full = resolve(root, file)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, renderPage({ ...content, script: bundleScript() }))
  return file
}

export async function reportFiles(args: readonly string[]): Promise<number> {
  const { file, sim, report } = parsed(args)
  const results = readResults(resolve(file))
  if (typeof results === 'string') throw new Refusal(results)
  const simulation = sim === undefined ? undefined : readSimulation(resolve(sim))
  if (typeof simulation === 'string') throw new Refusal(simulation)
  console.log(`report: ${writeReport({ results, path: file, simulation, file: report })}`)
  return 0
}

function parsed(args: readonly string[]): { file: string; sim: string | undefined; report: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { sim: { type: 'string' }, report: { type: 'string', default: usualReport } },
    })
    const [file, more] = positionals
    if (file === undefined || more !== undefined)
      throw new Error('one file of results: npm run bench -- report RESULTS.json')
    return { file, sim: values.sim, report: values.report }
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error))
  }
}
