// Trees of files compared byte by byte, with modes and symlinks; large files piece by piece.

import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { join } from 'node:path'

export interface Difference {
  readonly path: string
  readonly what: string
}

/** How two trees differ: kinds, bytes, the nine bits of modes, targets of symlinks. An empty list: they are equal. */
export function compareTrees(
  left: string,
  right: string,
  limit = 10,
): { files: number; bytes: number; differences: Difference[] } {
  const result = { files: 0, bytes: 0, differences: [] as Difference[] }
  const differ = (path: string, what: string): void => {
    if (result.differences.length < limit) result.differences.push({ path, what })
  }
  const visit = (path: string): void => {
    const [a, b] = [children(join(left, path)), children(join(right, path))]
    for (const name of b.keys()) if (!a.has(name)) differ(join(path, name), 'only on the right')
    for (const [name, entry] of a) {
      const inside = join(path, name)
      const other = b.get(name)
      if (other === undefined) differ(inside, 'only on the left')
      else if (kindOf(entry) !== kindOf(other)) differ(inside, 'another kind')
      else compareEntry(inside, entry)
    }
  }
  const compareEntry = (path: string, entry: Dirent): void => {
    const [from, to] = [join(left, path), join(right, path)]
    if (entry.isSymbolicLink()) {
      result.files += 1
      if (readlinkSync(from) !== readlinkSync(to)) differ(path, 'another target')
      return
    }
    if ((lstatSync(from).mode & 0o777) !== (lstatSync(to).mode & 0o777)) differ(path, 'another mode')
    if (entry.isDirectory()) visit(path)
    else {
      result.files += 1
      result.bytes += lstatSync(from).size
      if (!sameBytes(from, to)) differ(path, 'other bytes')
    }
  }
  visit('')
  return result
}

function children(directory: string): Map<string, Dirent> {
  return new Map(readdirSync(directory, { withFileTypes: true }).map((entry) => [entry.name, entry]))
}

function kindOf(entry: Dirent): string {
  return entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'file'
}

const pieceBytes = 1024 * 1024

function sameBytes(left: string, right: string): boolean {
  const files = [openSync(left, 'r'), openSync(right, 'r')] as const
  const pieces = [Buffer.alloc(pieceBytes), Buffer.alloc(pieceBytes)] as const
  try {
    for (;;) {
      const [a, b] = [fill(files[0], pieces[0]), fill(files[1], pieces[1])]
      if (!a.equals(b)) return false
      if (a.length < pieceBytes) return true
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}

/** The next piece of a file: shorter than the buffer only at its end. */
function fill(file: number, buffer: Buffer): Buffer {
  let length = 0
  for (;;) {
    const read = readSync(file, buffer, length, buffer.length - length, null)
    if (read === 0) return buffer.subarray(0, length)
    length += read
  }
}
