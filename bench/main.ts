// `npm run bench -- objects`, `live`, `session`, `inbox` or `custody`: runs a suite, keeps its raw data, prints its table.
//
//     objects [--rounds N] [--size 1GiB] [--only SCENARIO]… [--long] [--quick] [--write]
//             [--provider portable|native]… [--directory DIR] [--profile DIR] [--results FILE]
//
// --quick does little of everything, once: it shows that the bench works, and its figures mean nothing. --long runs what
// is left out otherwise. --write puts the table into docs/benchmarks.md. --profile leaves a CPU profile of each process of
// Runnel there and prints where their time went; such a run keeps nothing, because being profiled costs. The raw data go
// to bench/results/, or to the file of --results.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { custodyScenarios } from './custody/index.js'
import { Children } from './frame/children.js'
import { commit, machineFacts, peerFacts, root } from './frame/machine.js'
import { renderProfiles } from './frame/profiles.js'
import { remove } from './frame/quiet.js'
import { keepResults, type Results } from './frame/results.js'
import { type Failure, runScenarios, type Sample } from './frame/run.js'
import type { Scenario } from './frame/scenario.js'
import { fullSizes, parseSize, quickSizes } from './frame/sizes.js'
import type { Surroundings } from './frame/surroundings.js'
import { renderFacts, renderNumber, renderTables, replaceSection } from './frame/table.js'
import { inboxScenarios } from './inbox/index.js'
import { liveScenarios } from './live/index.js'
import { objectScenarios } from './objects/index.js'
import { availableProviders } from './runnel/providers.js'
import { sessionScenarios } from './session/index.js'

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    size: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    long: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    provider: { type: 'string', multiple: true, default: [] },
    directory: { type: 'string', default: tmpdir() },
    profile: { type: 'string' },
    results: { type: 'string' },
  },
})
const [suite = 'objects'] = positionals
const suites: Readonly<Record<string, readonly Scenario[]>> = {
  objects: objectScenarios,
  live: liveScenarios,
  session: sessionScenarios,
  inbox: inboxScenarios,
  custody: custodyScenarios,
}
const offered = suites[suite]
if (offered === undefined) fail(`there is no suite ${suite}; there are: ${Object.keys(suites).join(', ')}`)

const unknown = given.only.filter((name) => !offered.some((scenario) => scenario.name === name))
if (unknown.length > 0) {
  fail(`there is no scenario ${unknown.join(', ')}; there are: ${offered.map(({ name }) => name).join(', ')}`)
}
const scenarios = offered.filter(({ name, long }) =>
  given.only.length > 0 ? given.only.includes(name) : long !== true || given.long,
)
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5))
if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds ${given.rounds} is no number of rounds`)
const size = given.size === undefined ? undefined : parseSize(given.size)
if (given.size !== undefined && size === undefined) fail(`--size ${given.size} is no size; write 512MiB or 1GiB`)
const sizes = {
  ...(given.quick ? quickSizes : fullSizes),
  ...(size === undefined ? {} : { fileBytes: size, sessionBytes: size }),
}

const children = new Children()
const aborter = new AbortController()
mkdirSync(given.directory, { recursive: true })
const directory = mkdtempSync(join(given.directory, 'runnel-bench-'))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    aborter.abort()
    void children.stopAll().finally(() => {
      rmSync(directory, { recursive: true, force: true })
      process.exit(130)
    })
  })
}
process.once('exit', () => children.killAll())

try {
  await bench()
} finally {
  await children.stopAll()
  rmSync(directory, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  const { versions, absent } = peerFacts()
  for (const [name, reason] of Object.entries(absent)) console.log(`without ${name}: ${reason}`)
  const profileDirectory = given.profile === undefined ? undefined : resolve(given.profile)
  const some = {
    directory,
    children,
    sizes,
    peers: new Set(['hypercore', 'nginx'].filter((peer) => absent[peer] === undefined)),
    remove,
    profileDirectory,
  }
  const wanted = given.provider.length > 0 ? given.provider : ['native', 'portable']
  const providers = await availableProviders({ ...some, profileDirectory: undefined }, wanted)
  const surroundings: Surroundings = { ...some, providers: Object.keys(providers) }
  const facts = {
    suite,
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
  const { samples, failures } = await runScenarios(scenarios, surroundings, {
    rounds,
    told: tell,
    signal: aborter.signal,
  })
  const results: Results = { ...facts, samples, failures }
  console.log(`\n${renderTables(results, scenarios)}\n`)
  if (failures.length > 0) process.exitCode = 1
  if (profileDirectory !== undefined) {
    console.log(renderProfiles(profileDirectory, 25))
    return
  }
  // What is too little to mean anything is not kept beside what does.
  if (given.quick && given.results === undefined) return
  const path = keepResults(results, given.results)
  console.log(renderFacts(results, path))
  if (given.write) writePage(`${renderFacts(results, path)}\n\n${renderTables(results, scenarios)}`)
}

function writePage(text: string): void {
  const page = join(root, 'docs', 'benchmarks.md')
  writeFileSync(page, replaceSection(existsSync(page) ? readFileSync(page, 'utf8') : '# Benchmarks\n', suite, text))
}

function tell(result: Sample | Failure): void {
  const who = `${result.round + 1}/${rounds} ${result.scenario} ${result.contender}`
  if ('error' in result) {
    console.log(`${who} FAILED\n${result.error}`)
    return
  }
  const shown = Object.entries(result.values).map(([name, value]) => `${name} ${renderNumber(value)}`)
  const provider = result.provider === undefined ? '' : ` (${result.provider})`
  console.log(`${who}${provider}: ${shown.join(', ')} [load ${result.loadBefore.toFixed(1)}]`)
}

function fail(text: string): never {
  console.error(text)
  process.exit(2)
}
