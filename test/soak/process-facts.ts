// What Linux tells of a running process, proc(5). Of one that is gone everything is NaN.

import { readFileSync } from 'node:fs'

export interface ProcessFacts {
  readonly residentBytes: number
  /** The most that was resident since its start. */
  readonly peakBytes: number
  readonly threads: number
}

export function factsOf(pid: number): ProcessFacts {
  const status = statusOf(pid)
  const number = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return {
    residentBytes: 1024 * number('VmRSS'),
    peakBytes: 1024 * number('VmHWM'),
    threads: number('Threads'),
  }
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch {
    return ''
  }
}
