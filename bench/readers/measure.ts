// What is measured while somebody reads: when the first byte was in a file of theirs and when the last one, bytes of the
// publisher's cable and of all cables by the kernel's counters, processors and memory of all processes.

import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs, endedChildrenCpuMs, forgetPeak, peakBytes, treeOf } from '../frame/process-facts.js'
import type { Figures } from '../frame/scenario.js'
import type { ReaderLine, WriterPlace } from './network.js'

/** How exact the first byte is, ms. */
const lookEveryMs = 2

export interface ReadTimes {
  /** What the reader counted itself. */
  readonly counted: Figures
  readonly firstMs: number
  readonly allMs: number
}

/** Milliseconds of a reading into `output`, which is made. */
export async function watchReading(output: string, read: () => Promise<Figures>): Promise<ReadTimes> {
  mkdirSync(output, { recursive: true })
  const began = performance.now()
  let firstMs: number | undefined
  const ended = new AbortController()
  const look = async (): Promise<void> => {
    while (firstMs === undefined && !ended.signal.aborted) {
      if (holdsBytes(output)) firstMs = performance.now() - began
      else await sleep(lookEveryMs)
    }
  }
  const looking = look()
  let counted: Figures
  try {
    counted = await read()
  } finally {
    ended.abort()
  }
  const allMs = performance.now() - began
  await looking
  return { counted, firstMs: firstMs ?? allMs, allMs }
}

function holdsBytes(directory: string): boolean {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    // What curl is told by lies there too.
    if (entry.name === '.curl') continue
    try {
      if (entry.isDirectory() ? holdsBytes(path) : statSync(path).size > 0) return true
    } catch {
      // It has its final name by now: the next look finds it.
    }
  }
  return false
}

/** Bytes and files in a folder. */
export function contentOf(directory: string): { files: number; bytes: number } {
  let [files, bytes] = [0, 0]
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name === '.curl') continue
    files += 1
    bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return { files, bytes }
}

/** Begins to count; the function gives what was used since. */
export function countUse(line: ReaderLine, writer: WriterPlace, pids: readonly number[]): () => Figures {
  const all = pids.flatMap(treeOf)
  for (const pid of all) forgetPeak(pid)
  const before = { uplink: line.bytes(writer, 'first').sent, cables: line.allBytes(), cpu: usedMs(all) }
  return () => ({
    uplink: (line.bytes(writer, 'first').sent - before.uplink) / 1e6,
    cables: (line.allBytes() - before.cables) / 1e6,
    cpu: (usedMs(all) - before.cpu) / 1e3,
    resident: Math.max(...all.map(peakBytes)) / 1e6,
  })
}

/** Of those that run, and of those that were started and have ended since the bench began. */
function usedMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuMs(pid), endedChildrenCpuMs())
}

/** Jain's index (Jain, Chiu and Hawe 1984): 1 when all have the same, 1/n when one has everything. */
export function jainsIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0)
  const squares = shares.reduce((total, share) => total + share * share, 0)
  return squares === 0 ? Number.NaN : (sum * sum) / (shares.length * squares)
}
