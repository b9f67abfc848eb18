// One process that explores one target for a while and keeps what it found; started by main.js. Last line: what it did.
//
//     node dist/test/fuzz/worker.js TARGET SECONDS SEED

import { Coverage, isOwnCode } from './coverage.js'

// Before the code that is to be covered is loaded.
const coverage = new Coverage(isOwnCode)
const { targets } = await import('./targets/all.js')
const { isCrash, keepInput, maxCorpusBytes, maxCorpusFiles, readCorpus, readOwnCorpus, replaceCorpus } = await import(
  './corpus.js'
)
const { explore } = await import('./explore.js')
const { runTarget } = await import('./run.js')
const { defaultInputBytes } = await import('./target.js')
const { Watch } = await import('./watch.js')

/** What a worker says on its last line. */
export interface WorkerReport {
  readonly executions: number
  readonly gained: number
  /** Inputs that the target keeps now. */
  readonly kept: number
  readonly crashes: readonly { readonly path: string; readonly text: string }[]
}

const [, , name, seconds = '10', seed = '1'] = process.argv
const target = targets.find((candidate) => candidate.name === name)
if (target === undefined) throw new Error(`there is no target ${name}`)

const given = target.seeds?.() ?? []
const known = [...given, ...readCorpus(target).map(({ bytes }) => bytes)]
const watch = new Watch(
  target.name,
  Math.max(target.inputBytes ?? defaultInputBytes, ...known.map(({ length }) => length)),
)
const endMs = performance.now() + 1_000 * Number(seconds)
const explored = await explore(target, {
  seed: Number(seed),
  inputs: known.length > 0 ? known : [new Uint8Array(0)],
  goesOn: () => performance.now() < endMs,
  coverage,
  begin: (input) => watch.begin(input),
})
const crashes = explored.crashes.map(({ input, text }) => ({ path: keepInput(target, input, true), text }))
const kept = explored.found.length > 0 ? await reduce(explored.found) : readOwnCorpus(target).length
await watch.close()
const report: WorkerReport = { executions: explored.executions, gained: explored.gained, kept, crashes }
console.log(JSON.stringify(report))
process.exit(0)

/** Keeps of the target's own inputs, old and new, those that reach what no smaller one does, as many as may be kept. */
async function reduce(found: readonly Uint8Array[]): Promise<number> {
  if (target === undefined) return 0
  const own = readOwnCorpus(target).filter(({ path }) => !isCrash(path))
  const others = readCorpus(target).filter(({ path }) => !own.some((kept) => kept.path === path))
  coverage.take()
  coverage.forget()
  for (const bytes of [...given, ...others.map((other) => other.bytes)]) await runTarget(target, bytes)
  coverage.take()
  coverage.keep()
  const smallestFirst = [...own.map(({ bytes }) => bytes), ...found].sort((a, b) => a.length - b.length)
  const reaching: Uint8Array[] = []
  let total = 0
  for (const bytes of smallestFirst) {
    watch.begin(bytes)
    await runTarget(target, bytes)
    if (coverage.take() === 0 || reaching.length >= maxCorpusFiles || total + bytes.length > maxCorpusBytes) continue
    coverage.keep()
    reaching.push(bytes)
    total += bytes.length
  }
  replaceCorpus(target, reaching)
  return reaching.length
}
