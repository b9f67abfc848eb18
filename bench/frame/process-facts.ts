// What Linux tells of a process (proc(5)): the time of processors that it took and the memory that it holds.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Milliseconds of processors that all threads of a process have taken, user and system; NaN when it is gone. */
export function cpuMs(pid: number): number {
  try {
    let ns = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
    }
    return ns / 1e6
  } catch {
    return Number.NaN
  }
}

/** Milliseconds of processors that the children of this process took which have ended and were waited for. */
export function endedChildrenCpuMs(): number {
  // Fields 16 and 17 of stat: ticks of a hundredth of a second. The name before them may hold anything but ends with ')'.
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)?.split(' ') ?? []
  return 10 * (Number(fields[13]) + Number(fields[14]))
}

/** A process with all that it and its children have started. */
export function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
    return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => treeOf(Number(child))))]
  } catch {
    return []
  }
}

/** Resident bytes now. */
export function residentBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS')
}

/** The most bytes that were resident since the start, or since `forgetPeak`. */
export function peakBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM')
}

/** Lets the peak begin anew. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Not ours to write where containers forbid it: the peak is then that of the whole life.
  }
}

function statusBytes(pid: number, field: string): number {
  try {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return Number(match?.[1] ?? Number.NaN) * 1024
  } catch {
    return Number.NaN
  }
}
