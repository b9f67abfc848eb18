// What is done before each timed piece of work, so that it does not pay for the one before.

import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Surroundings } from './surroundings.js'

/** Writes everything that the system holds back to the disk of the bench. */
export async function settleDisk({ children, directory }: Pick<Surroundings, 'children' | 'directory'>): Promise<void> {
  await children.finish('sync', 'sync', ['-f', directory])
}

/** Collects the garbage of this process: of what was made before the clock starts. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** Removes it now, if it is there. */
export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/**
 * For scenarios of many small files: what is taken away stays on disk until the bench ends. ext4 without a journal uses no
 * inode again for minutes after it was removed, and whoever makes a file meanwhile steps over all of these one by one.
 */
export function withoutRemoval(surroundings: Surroundings): Surroundings {
  const remove = (path: string): void => {
    if (existsSync(path)) renameSync(path, join(surroundings.directory, randomUUID()))
  }
  return { ...surroundings, remove }
}

/** How long some work took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; milliseconds: number }> {
  const started = performance.now()
  const result = await work()
  return { result, milliseconds: performance.now() - started }
}

/** Bytes in milliseconds as MB/s: 10^6 bytes a second. */
export function megabytesPerSecond(bytes: number, milliseconds: number): number {
  return bytes / 1000 / milliseconds
}

export function perSecond(count: number, milliseconds: number): number {
  return (1000 * count) / milliseconds
}
