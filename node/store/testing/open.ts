// Opens a store on files in memory, for tests.

import { openStore, type Store, type StoreOptions } from '../store.js'
import { systemTime } from '../time.js'
import type { MemoryFiles } from './memory-files.js'
import { crypto, randomBytesFrom, randomFrom } from './samples.js'

export const HOME = '/home'

/** Small segments, so that a test meets many of them. */
export function openMemoryStore(
  files: MemoryFiles,
  { nowMs = () => 1_000_000, ...options }: Partial<StoreOptions> & { readonly nowMs?: () => number } = {},
): Promise<Store> {
  return openStore({
    home: HOME,
    files,
    crypto,
    randomBytes: randomBytesFrom(randomFrom(1)),
    cacheBytes: 4_194_304,
    time: { ...systemTime, now: () => ({ nowUs: systemTime.now().nowUs, nowMs: nowMs() }) },
    segmentBytes: 65_536,
    ...options,
  })
}
