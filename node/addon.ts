// Looks for the native addon beside the compiled code and loads it. Never throws: what is missing, or made for another
// machine, is a line in a list, and the node goes on without.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const load = createRequire(import.meta.url)

/** Where `npm run build` puts it. */
const addonDirectory = fileURLToPath(new URL('../native/', import.meta.url))

export interface AddonSearch {
  /** What was loaded, to be looked at before it is used. */
  readonly addon: unknown
  /** Its file; undefined when there is none. */
  readonly file: string | undefined
  /** Files that were tried in vain, in order, and why each is not used. */
  readonly failures: readonly AddonFailure[]
}

export interface AddonFailure {
  readonly file: string
  readonly reason: string
}

/** Tries each file that could be for this machine, until one loads. */
export function findAddon(directory = addonDirectory): AddonSearch {
  const failures: AddonFailure[] = []
  for (const name of addonNames()) {
    const file = `${directory}${name}`
    if (!existsSync(file)) {
      failures.push({ file, reason: 'not there' })
      continue
    }
    try {
      return { addon: load(file), file, failures }
    } catch (error) {
      failures.push({ file, reason: firstLine(error) })
    }
  }
  return { addon: undefined, file: undefined, failures }
}

/** `linux-x64 with glibc 2.36`, for whoever reads why there is no addon. Takes some milliseconds. */
export function describePlatform(): string {
  const machine = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return machine
  // Without this it would ask for the name of every neighbour's address.
  Object.assign(process.report, { excludeNetwork: true })
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  const version = header?.glibcVersionRuntime
  return `${machine} with ${version === undefined ? 'a libc that is not glibc' : `glibc ${version}`}`
}

/** Linux has two C libraries, and a file for the one does not load with the other. */
function addonNames(): string[] {
  const machine = `runnel-${process.platform}-${process.arch}`
  return process.platform === 'linux' ? [`${machine}-gnu.node`, `${machine}-musl.node`] : [`${machine}.node`]
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? ''
}
