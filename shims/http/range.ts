// Byte ranges (RFC 9110 §14). Total: any header gives ranges, 'whole' (to be sent as if there were none) or 'unsatisfiable'.

import { maxRanges } from './limits.js'

/** Bytes `from` to before `to`. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/**
 * The ranges that a Range header asks for of `size` bytes, in its order; those beyond the end are left out. What is no
 * range of bytes, more than 16 of them, and ranges that are together longer than the file mean all of it.
 */
export function readRanges(header: string | undefined, size: number): readonly ByteRange[] | 'whole' | 'unsatisfiable' {
  const [, list] = /^bytes=(.*)$/is.exec(header ?? '') ?? []
  if (list === undefined) return 'whole'
  const specs = list
    .split(',')
    .map((spec) => spec.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((spec) => spec !== '')
  if (specs.length === 0 || specs.length > maxRanges) return 'whole'
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const range = readRange(spec, size)
    if (range === undefined) return 'whole'
    if (range.from < range.to) ranges.push(range)
  }
  if (ranges.length === 0) return 'unsatisfiable'
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0) > size && ranges.length > 1 ? 'whole' : ranges
}

/** An empty range for one that lies beyond the end; undefined for what is none. */
function readRange(spec: string, size: number): ByteRange | undefined {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return { from: Math.max(0, size - Number(last)), to: size }
  const from = Number(first)
  if (last !== '' && compareDigits(last, first) < 0) return undefined
  return { from: Math.min(from, size), to: last === '' ? size : Math.min(Number(last) + 1, size) }
}

/** By value, also of numbers that a double cannot tell apart. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  if (left.length !== right.length) return left.length - right.length
  return left === right ? 0 : left < right ? -1 : 1
}
