// What is published and served: files whose bytes no compression and no deduplication makes smaller, and the same bytes
// for the same seed.

import { createCipheriv, createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const pieceBytes = 1024 * 1024

/** Writes `bytes` bytes that depend on `seed` to `path`. */
export function writeRandomFile(path: string, bytes: number, seed: string): void {
  const random = openRandom(seed)
  const file = openSync(path, 'w')
  try {
    for (let left = bytes; left > 0; left -= pieceBytes) writeSync(file, random(Math.min(left, pieceBytes)))
  } finally {
    closeSync(file)
  }
}

/** Writes `count` files of `bytes` bytes each, 100 in a folder, and gives their paths inside of `directory`. */
export function writeRandomFolder(directory: string, count: number, bytes: number, seed: string): string[] {
  const random = openRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const folder = `d${String(Math.floor(index / 100)).padStart(4, '0')}`
    if (index % 100 === 0) mkdirSync(join(directory, folder), { recursive: true })
    const path = `${folder}/f${String(index).padStart(6, '0')}`
    const file = openSync(join(directory, path), 'w')
    writeSync(file, random(bytes))
    closeSync(file)
    return path
  })
}

/** Bytes without end: AES in counter mode under a key made of the seed. */
export function openRandom(seed: string): (bytes: number) => Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  const zeros = new Uint8Array(pieceBytes)
  return (bytes) => cipher.update(bytes <= pieceBytes ? zeros.subarray(0, bytes) : new Uint8Array(bytes))
}
