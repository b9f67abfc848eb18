// Damage to what a node has on disk: single bytes inverted in its segments, as a failing disk would.

import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** The first segment of a place (`own`, `kept` or `cache`) of a home. */
export function firstSegment(home: string, place: string): string {
  return segmentAt(home, place, 0)
}

/** The segment of a place that is written to. */
export function lastSegment(home: string, place: string): string {
  return segmentAt(home, place, -1)
}

function segmentAt(home: string, place: string, index: number): string {
  const segments = readdirSync(join(home, place)).filter((name) => name.endsWith('.seg'))
  const name = segments.sort().at(index)
  if (name === undefined) throw new Error(`${place} of ${home} has no segment`)
  return join(home, place, name)
}

/** Inverts the byte at each of these shares (0..1) of what a segment holds; the zeros at its end do not count. */
export function flipBytes(segment: string, shares: readonly number[]): void {
  const used = readFileSync(segment).findLastIndex((byte) => byte !== 0) + 1
  for (const share of shares) flipByte(segment, Math.trunc(used * share))
}

/** Inverts one byte of a file. */
export function flipByte(path: string, offset: number): void {
  const file = openSync(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    if (readSync(file, byte, 0, 1, offset) !== 1) throw new Error(`${path} has no byte ${offset}`)
    writeSync(file, Buffer.of(~byte.readUInt8() & 0xff), 0, 1, offset)
  } finally {
    closeSync(file)
  }
}
