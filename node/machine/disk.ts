// How long the disk of a home takes to flush, measured where the home is or would be.

import { open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Check } from '../../api/protocol/index.js'
import { flushedBytes, flushesTimed, slowFlushMs } from './limits.js'

/** Writes a file of its own for a moment; never throws. */
export async function examineDisk(home: string): Promise<Check> {
  const check = 'flush'
  const directory = await nearest(home)
  try {
    const tookMs = await timeFlushes(join(directory, `.runnel-doctor-${process.pid}`))
    const text = `a flush to disk in ${directory} takes ${tookMs.toFixed(2)} ms`
    if (tookMs <= slowFlushMs) return { check, level: 'ok', text }
    return { check, level: 'warn', text, fix: 'Keep the home on a faster disk: whoever appends waits for it.' }
  } catch (error) {
    const text = `nothing can be written in ${directory}: ${error instanceof Error ? error.message : String(error)}`
    return { check, level: 'fail', text, fix: 'Give this user the right to write there, or choose another --home.' }
  }
}

/** The median, in milliseconds. */
async function timeFlushes(path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    const block = new Uint8Array(flushedBytes)
    const took: number[] = []
    for (let index = 0; index < flushesTimed; index += 1) {
      await file.write(block, 0, block.length, index * flushedBytes)
      const begin = performance.now()
      await file.datasync()
      took.push(performance.now() - begin)
    }
    took.sort((a, b) => a - b)
    return took[Math.floor(took.length / 2)] ?? 0
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}

/** The home, or the nearest directory above that is there. */
async function nearest(home: string): Promise<string> {
  for (let path = home; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory() === true || path === dirname(path)) return path
  }
}
