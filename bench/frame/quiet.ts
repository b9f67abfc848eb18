// What is done before each timed piece of work, so that it does not pay for the one before.

import type { Surroundings } from './surroundings.js'

/** Writes everything that the system holds back to the disk of the bench. */
export async function settleDisk({ children, directory }: Pick<Surroundings, 'children' | 'directory'>): Promise<void> {
  await children.finish('sync', 'sync', ['-f', directory])
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
