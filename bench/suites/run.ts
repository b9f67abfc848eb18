// Runs suites, keeps their raw data, prints their table and writes the report. It ends with everything that it started and
// made, however it ends: a first SIGINT, SIGTERM or SIGHUP ends the run and keeps what it has, a second one only ends.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { Budget } from '../frame/budget.js'
import { Children } from '../frame/children.js'
import { commit, machineFacts, peerFacts, peerNames, root } from '../frame/machine.js'
import { NoiseMeter, noiseOf } from '../frame/noise.js'
import { renderNumber } from '../frame/number.js'
import { writeSection } from '../frame/page-section.js'
import { renderProfiles } from '../frame/profiles.js'
import { remove } from '../frame/quiet.js'
import { keepResults, type Results } from '../frame/results.js'
import { type Failure, quickLimitMs, runScenarios, type Sample } from '../frame/run.js'
import type { Surroundings } from '../frame/surroundings.js'
import { renderFacts, renderTables } from '../frame/table.js'
import type { LinkProfile } from '../impaired/index.js'
import { describeLink, scaledTo } from '../readers/link.js'
import { writeReport } from '../report/index.js'
import { writeReadme } from '../report/readme.js'
import { availableProviders } from '../runnel/providers.js'
import { scaleOf } from '../sim/index.js'
import type { Simulation } from '../sim/results.js'
import type { Options } from './options.js'

const interruptedCode = 130

/** What of scale fits into a tour, and about how long it takes. */
const simulated = { seed: '1', nodes: 100_000, real: 300 } as const
const simulationMs = 45_000

/** Gives the exit code: 0 when everything ran, 1 when something failed, 130 when it was interrupted. */
export async function runSuites(options: Options): Promise<number> {
  const children = new Children()
  const aborter = new AbortController()
  let directory: string | undefined
  const clean = (): void => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  }
  const interrupt = (): void => {
    if (aborter.signal.aborted) {
      children.killAll()
      clean()
      process.exit(interruptedCode)
    }
    console.log('\ninterrupted: ending what runs')
    aborter.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  process.once('exit', () => children.killAll())
  try {
    mkdirSync(options.directory, { recursive: true })
    directory = mkdtempSync(join(options.directory, 'runnel-bench-'))
    let code = 0
    for (const link of options.links.length === 0 ? [undefined] : options.links) {
      if (!aborter.signal.aborted)
        code = Math.max(code, await bench(options, link, children, aborter.signal, directory))
    }
    return code
  } finally {
    await children.endAll()
    clean()
    for (const signal of signals) process.removeListener(signal, interrupt)
  }
}

async function bench(
  options: Options,
  link: LinkProfile | undefined,
  children: Children,
  signal: AbortSignal,
  directory: string,
): Promise<number> {
  const { scenarios, rounds, cpuProfile } = options
  const suite = link === undefined ? options.suite : `${options.suite}-${link.name}`
  const sizes = link === undefined ? options.sizes : scaledTo(options.sizes, link)
  const { versions, absent } = peerFacts()
  const wanted = options.withPeers ? peerNames : []
  for (const [name, reason] of Object.entries(absent)) console.log(`without ${name}: ${reason}`)
  const some = {
    directory,
    children,
    sizes,
    peers: new Set(wanted.filter((peer) => absent[peer] === undefined)),
    remove,
    profileDirectory: cpuProfile,
    ...(link === undefined ? {} : { link }),
  }
  const providers = await providersOf(options, { ...some, profileDirectory: undefined })
  const surroundings: Surroundings = { ...some, providers: Object.keys(providers) }
  const described = link === undefined ? undefined : await describeLink(surroundings, link)
  if (described !== undefined) console.log(described.text)
  const facts = {
    suite,
    ...(described === undefined ? {} : { link: described }),
    at: new Date().toISOString(),
    commit: commit(),
    version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    machine: machineFacts(),
    peers: versions,
    absent,
    providers,
    rounds,
    sizes,
    loadBefore: loadavg(),
  }
  const meter = new NoiseMeter()
  const costs = scenarios.map(({ costS }) => costS * surroundings.providers.length)
  const ran = await runScenarios(scenarios, surroundings, {
    rounds,
    told: (result) => tell(result, rounds),
    ...(options.quick ? { limitMs: quickLimitMs } : {}),
    signal,
    probe: () => meter.probe(),
    ...(options.budgetMs === undefined ? {} : { budget: new Budget(budgetOf(options), costs) }),
  })
  if (signal.aborted) await children.endAll()
  const results: Results = { ...facts, ...ran, ...(signal.aborted ? { interrupted: true } : {}) }
  console.log(`\n${renderTables(results, scenarios)}\n`)
  for (const { scenario, reason } of ran.leftOut) console.log(`without ${scenario}: ${reason}`)
  for (const reason of noiseOf(ran.probes, facts.machine.processors)?.reasons ?? []) {
    console.log(`the machine was noisy: ${reason}`)
  }
  const failed = ran.failures.length > 0 ? 1 : 0
  const code = signal.aborted ? interruptedCode : failed
  if (cpuProfile !== undefined) {
    console.log(renderProfiles(cpuProfile, 25))
    return code
  }
  const simulation = options.simulates && !signal.aborted ? await simulateScale() : undefined
  return keep(options, results, simulation) ? code : code || 1
}

/** Milliseconds for the suites. */
function budgetOf({ budgetMs = 0, simulates }: Options): number {
  return simulates ? Math.max(0, budgetMs - simulationMs) : budgetMs
}

async function simulateScale(): Promise<Simulation> {
  console.log('simulating scale …')
  const { growth, checks } = await scaleOf(simulated.seed, simulated.nodes, [simulated.real])
  return { seed: simulated.seed, commit: commit(), growth, checks }
}

async function providersOf(
  { providers: wanted, firstProviderOnly }: Options,
  surroundings: Omit<Surroundings, 'providers'>,
): Promise<Record<string, string>> {
  const available = await availableProviders(surroundings, wanted)
  const all = Object.entries(available)
  return firstProviderOnly ? Object.fromEntries(all.slice(0, 1)) : available
}

/** Raw data, report and page. What cannot be written is said, and fails nothing else. */
function keep(options: Options, results: Results, simulation: Simulation | undefined): boolean {
  // What is too little to mean anything is not kept beside what does.
  if (options.quick && options.results === undefined) return true
  try {
    const path = keepResults(results, options.results)
    console.log(renderFacts(results, path))
    if (options.write) writePage(options, results, path)
    if (options.report !== undefined)
      console.log(`report: ${writeReport({ results, path, simulation, file: options.report })}`)
    return true
  } catch (error) {
    console.log(`the results could not be kept: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

function writePage({ scenarios }: Options, results: Results, path: string): void {
  // As it is asked for.
  const { suite, link } = results
  const name = link === undefined ? suite : `readers --profile ${link.profile.name}`
  writeSection(name, `${renderFacts(results, path)}\n\n${renderTables(results, scenarios)}`)
  writeReadme()
}

function tell(result: Sample | Failure, rounds: number): void {
  const who = `${result.round + 1}/${rounds} ${result.scenario} ${result.contender}`
  if ('error' in result) {
    console.log(`${who} FAILED\n${result.error}`)
    return
  }
  const shown = Object.entries(result.values).map(([name, value]) => `${name} ${renderNumber(value)}`)
  const provider = result.provider === undefined ? '' : ` (${result.provider})`
  console.log(`${who}${provider}: ${shown.join(', ')} [load ${result.loadBefore.toFixed(1)}]`)
}
