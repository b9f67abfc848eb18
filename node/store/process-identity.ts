// Tells a process from every other one that ran or will run on this machine: its number alone is given out again.

import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to its start (proc_pid_stat(5), field 22); empty where it cannot be read. */
  readonly start: string
  /** The kernel's name of this boot; empty where it cannot be read. */
  readonly boot: string
  /** The process number space: a pid of another one says nothing here. */
  readonly space: string
  /** 16 random bytes in hex, new for each lock. */
  readonly token: string
  /** The lock file that it stands in, as `device:inode`: of a copy it is another one. Missing where it was not noted. */
  readonly file?: string
}

export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    start: startOf(process.pid)?.start ?? '',
    boot: readText('/proc/sys/kernel/random/boot_id'),
    space: pidSpace(),
    token: randomBytes(16).toString('hex'),
  }
}

export function encodeIdentity(identity: ProcessIdentity): string {
  return `${JSON.stringify(identity)}\n`
}

/** Undefined for anything that `encodeIdentity` did not write. */
export function decodeIdentity(text: string): ProcessIdentity | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, start, boot, space, token, file } = value as Record<string, unknown>
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined
  if (typeof start !== 'string' || typeof boot !== 'string' || typeof space !== 'string') return undefined
  if (typeof token !== 'string' || !/^[0-9a-f]{32}$/.test(token)) return undefined
  return { pid, start, boot, space, token, ...(typeof file === 'string' ? { file } : {}) }
}

/** Whether that process still runs; 'unknown' when it lives in a process number space that we cannot see into. */
export function isRunning(other: ProcessIdentity, own: ProcessIdentity): boolean | 'unknown' {
  if (other.boot !== own.boot) return false
  if (other.space !== own.space) return 'unknown'
  const found = startOf(other.pid)
  if (found !== undefined) return found.start === other.start && !found.ended
  // A kernel that hides the processes of other users still tells whether there is one.
  try {
    process.kill(other.pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function startOf(pid: number): { start: string; ended: boolean } | undefined {
  const text = readText(`/proc/${pid}/stat`)
  // The command's name stands in brackets and may hold anything, brackets and spaces too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const start = fields[19]
  if (state === undefined || start === undefined) return undefined
  return { start, ended: state === 'Z' || state === 'X' }
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
