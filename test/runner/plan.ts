// Which test files run, and beside what. Files that need the machine for themselves (network namespaces, and any
// `*.serial.test.js`) run one at a time after all others, but for those that say that they mostly wait. Nothing is listed by
// hand, so no test can be forgotten.

import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

export interface TestFile {
  /** Relative to the compiled tree, with `/`. */
  readonly path: string
  /** True when nothing else may run beside it. */
  readonly serial: boolean
  /** True when it takes so little of a processor that it runs beside the others, whatever they are, without a place of theirs. */
  readonly waits: boolean
  /** True when a skipped test of it counts as a failure where the network is required. */
  readonly network: boolean
  /** The file's process group is killed after this time. */
  readonly limitMs: number
  /** What computes the cryptography, where that is prescribed. */
  readonly provider?: string
}

/** Long enough for the slowest unit test on two busy cores; a test that hangs costs no more than this. */
const parallelLimitMs = 120_000

/** Namespaces, real processes and big files: minutes, not seconds. */
const serialLimitMs = 600_000

/** A file that needs another limit says so in a comment of its own: `// wall limit: 300 s`. */
const limitComment = /^\/\/ wall limit: (\d{1,4}) s$/m

/** A file that spends nearly all of its time waiting says so: `// mostly waits`. */
const waitsComment = /^\/\/ mostly waits$/m

/** The test files below `compiledRoot` whose path contains one of `filters` (all when there is none), in running order. */
export function planTests(compiledRoot: string, filters: readonly string[]): TestFile[] {
  const paths = readdirSync(compiledRoot, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.test.js'))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter.replace(/\.ts$/, '.js'))))
    .sort()
  const files = paths.map((path) => describe(compiledRoot, path))
  return [...files.filter((file) => !file.serial), ...files.filter((file) => file.serial)]
}

/**
 * The plan for several providers of cryptography: everything with the first, and with each other one again what runs on
 * it, as far as time allows: rooms and vectors, but neither what tries every provider by itself, nor simulations, which
 * have a cryptography of their own, nor what starts processes.
 */
export function planProviders(files: readonly TestFile[], providers: readonly string[]): TestFile[] {
  const [first, ...others] = providers
  if (first === undefined) return [...files]
  const again = files.filter(({ path, serial }) => !serial && repeated.test(path))
  return [
    ...files.map((file) => ({ ...file, provider: first })),
    ...others.flatMap((provider) => again.map((file) => ({ ...file, provider }))),
  ]
}

const repeated = /^(stack\/(?!crypto\/)|node\/(?!store\/)|api\/|test\/vectors\/)/

function describe(compiledRoot: string, path: string): TestFile {
  const network = path.startsWith('test/network/')
  const text = readFileSync(join(compiledRoot, path), 'utf8')
  const waits = waitsComment.test(text)
  const serial = (network || path.endsWith('.serial.test.js')) && !waits
  const stated = limitComment.exec(text)?.[1]
  const limitMs = stated === undefined ? (serial || waits ? serialLimitMs : parallelLimitMs) : Number(stated) * 1000
  return { path, serial, waits, network, limitMs }
}
