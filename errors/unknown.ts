// Turns whatever was thrown into a `RunnelError`, so that no caller ever meets a bare one: aborts and deadlines by their
// standard names, failures of files by the operating system's code, and everything else as INTERNAL with its cause.

import { RunnelError, textOf } from './error.js'
import type { ErrorCode } from './table.js'

/** Unix errors of files and sockets, by what they mean to a user; names from errno(3). */
const systemCodes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EROFS', 'READ_ONLY'],
  ['EACCES', 'PERMISSION'],
  ['EPERM', 'PERMISSION'],
  ['EIO', 'IO'],
  ['EMFILE', 'IO'],
  ['ENFILE', 'IO'],
  ['EBUSY', 'IO'],
  ['EFBIG', 'TOO_LARGE'],
  ['ENAMETOOLONG', 'BAD_ARGUMENT'],
  ['ENOENT', 'NOT_FOUND'],
  ['ENOTDIR', 'NOT_A_FOLDER'],
  ['EEXIST', 'EXISTS'],
  ['ENOTEMPTY', 'EXISTS'],
  ['ETIMEDOUT', 'TIMEOUT'],
])

/**
 * The same error when it is a `RunnelError`; else one made of it, with the original as `cause`.
 * `doing` says what was tried and begins the message: `publish ./site: …`.
 */
export function toRunnelError(thrown: unknown, doing?: string): RunnelError {
  if (thrown instanceof RunnelError) return thrown
  const code = codeOf(thrown)
  const said = textOf(thrown)
  return new RunnelError(code, doing === undefined ? said : `${doing}: ${said}`, { cause: thrown })
}

function codeOf(thrown: unknown): ErrorCode {
  if (!(thrown instanceof Error)) return 'INTERNAL'
  if (thrown.name === 'AbortError') return 'ABORTED'
  if (thrown.name === 'TimeoutError') return 'TIMEOUT'
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  return systemCodes.get(code) ?? 'INTERNAL'
}
