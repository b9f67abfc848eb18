// Opens a store on files in memory, for tests.

import { openStore, type Store, type StoreOptions } from '../store.js'
import type { MemoryFiles } from './memory-files.js'
import { crypto, randomBytesFrom, randomFrom } from './samples.js'

export const HOME = '/home'

/** Small segments, so that a test meets many of them. */
export function openMemoryStore(files: MemoryFiles, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({
    home: HOME,
    files,
    crypto,
    randomBytes: randomBytesFrom(randomFrom(1)),
    cacheBytes: 4_194_304,
    nowMs: () => 1_000_000,
    segmentBytes: 65_536,
    ...options,
  })
}
