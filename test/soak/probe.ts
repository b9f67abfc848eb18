// Loaded into a node by `--import`: on SIGUSR2 it collects all garbage and writes to the file that its own address names
// what is left. Without the signal it does nothing.

import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a process says of itself after a full collection. */
export interface Inside {
  readonly heapBytes: number
  /** Memory of buffers and of native code that objects hold. */
  readonly externalBytes: number
  /** What keeps its event loop going, by kind: timers, sockets, calls of the file system. */
  readonly resources: Readonly<Record<string, number>>
}

const into = new URL(import.meta.url).searchParams.get('into')
if (into !== null) {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('the collector cannot be called')
  process.on('SIGUSR2', () => {
    // What the first one frees may hold buffers, which the second one finds.
    collect()
    collect()
    writeFileSync(`${into}.new`, JSON.stringify(look()))
    renameSync(`${into}.new`, into)
  })
}

function look(): Inside {
  const { heapUsed, external } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  return { heapBytes: heapUsed, externalBytes: external, resources }
}
