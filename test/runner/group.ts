// Process groups: a test file and all that it started, signalled and counted as one.

import { readdirSync, readFileSync } from 'node:fs'

/** Sends `signal` to every process of the group; one that is gone already is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // Nobody was there.
  }
}

/** True while a process of the group runs. One that has ended but was not waited for by its parent does not count. */
export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  return membersOf(group) !== 0
}

/** How many running processes the group has, by proc(5); undefined where there is no /proc. */
function membersOf(group: number): number | undefined {
  let entries: string[]
  try {
    entries = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return undefined
  }
  return entries.filter((pid) => {
    const [state, , processGroup] = statOf(pid)
    return Number(processGroup) === group && state !== 'Z' && state !== 'X'
  }).length
}

/** State, parent, process group, …: what stands in /proc/PID/stat after the name, which may hold blanks and brackets. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
