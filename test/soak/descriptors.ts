// What a process holds open, by proc(5): the files of its home by path, and everything else by kind.

import { readdirSync, readlinkSync } from 'node:fs'

export interface Descriptors {
  /** By path: how often each file of the home is open. */
  readonly files: ReadonlyMap<string, number>
  /** Files, of the home or elsewhere, that are deleted and still held. */
  readonly deleted: readonly string[]
  readonly sockets: number
  /** Pipes, events, devices and all the rest. */
  readonly others: number
}

const gone = ' (deleted)'

export function descriptorsOf(pid: number, home: string): Descriptors {
  const files = new Map<string, number>()
  const deleted: string[] = []
  let [sockets, others] = [0, 0]
  for (const target of targets(pid)) {
    if (target.startsWith('socket:')) sockets += 1
    else if (target.startsWith('/') && target.endsWith(gone)) deleted.push(target.slice(0, -gone.length))
    else if (target.startsWith(`${home}/`)) files.set(target, (files.get(target) ?? 0) + 1)
    else others += 1
  }
  return { files, deleted, sockets, others }
}

function targets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((number) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${number}`)
    } catch {
      // Closed since it was listed.
      return []
    }
  })
}
