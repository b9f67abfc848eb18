// Files for tests, the same bytes every time: nothing in them repeats, so that no two parts are one chunk by chance.

import { createCipheriv, createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

const pieceBytes = 1024 * 1024

/** `count` bytes that another seed has not. */
export function sampleBytes(seed: string, count: number): Buffer {
  return keystream(seed).update(Buffer.alloc(count))
}

/** A file of `count` such bytes, of any size; makes the folders above it. */
export function writeSample(path: string, seed: string, count: number): void {
  mkdirSync(dirname(path), { recursive: true })
  const stream = keystream(seed)
  const zeros = Buffer.alloc(pieceBytes)
  const file = openSync(path, 'w')
  try {
    for (let left = count; left > 0; left -= pieceBytes) {
      writeSync(file, stream.update(left < pieceBytes ? zeros.subarray(0, left) : zeros))
    }
  } finally {
    closeSync(file)
  }
}

/** Writes files below a folder: sizes by path. */
export function writeTree(folder: string, files: Readonly<Record<string, number>>): void {
  mkdirSync(folder, { recursive: true })
  for (const [path, bytes] of Object.entries(files)) writeSample(join(folder, path), path, bytes)
}

/** `count` small files with short text in one folder; their names do not sort in the order in which they are made. */
export function writeMany(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true })
  for (let index = 0; index < count; index += 1) {
    const name = createHash('sha256').update(String(index)).digest('hex').slice(0, 12)
    writeFileSync(join(folder, `${name}.txt`), `file ${index}\n${name.repeat(index % 40)}\n`)
  }
}

function keystream(seed: string) {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
}
