// A directory of its own for a test, and a store in one.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRealFiles, openStore, type Store, systemTime } from '../../node/store/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { openTestCrypto } from '../provider.js'
import { patterned } from '../samples/log.js'

export const crypto: Crypto = await openTestCrypto()

/** 8 bytes for tables of keys; no peer has to be surprised in a test. */
export const seed = patterned(8, 1)

let drawn = 100
/** Other bytes each time, the same in each run. */
export function randomBytes(count: number): Uint8Array {
  drawn += 1
  return patterned(count, drawn * 7_919)
}

/** Runs `use` with a directory that is removed afterwards. */
export async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'runnel-node-'))
  try {
    await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export function openHomeStore(home: string): Promise<Store> {
  return openStore({ home, files: openRealFiles(), crypto, randomBytes, cacheBytes: 8_388_608, time: systemTime })
}

/** Runs `use` with a store in a directory of its own. */
export function inStore(use: (store: Store, directory: string) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const store = await openHomeStore(join(directory, 'home'))
    try {
      await use(store, directory)
    } finally {
      await store.close()
    }
  })
}
