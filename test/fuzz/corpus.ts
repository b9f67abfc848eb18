// The inputs that are kept: hex files, a folder a target. What a unit test's corpus of the same decoder holds counts too.
// An input that broke a promise is named `crash-…`; CI replays it and is red until the promise holds again.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromHex, toHex } from '../../stack/bytes/index.js'
import type { Target } from './target.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Files of one target, crashes apart, at most: the repository stays small, and a replay short. */
export const maxCorpusFiles = 60

/** Bytes of all inputs of one target, crashes apart, at most. */
export const maxCorpusBytes = 12_288

export interface Kept {
  /** Path relative to the root. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** The target's own folder, relative to the root. */
export function ownCorpus(target: Target): string {
  return `test/fuzz/corpus/${target.name}`
}

/** What is kept for a target in its own folder and in those of unit tests. Throws for a file that is no hex. */
export function readCorpus(target: Target): Kept[] {
  return [ownCorpus(target), ...(target.corpora ?? [])].flatMap(readFolder)
}

export function readOwnCorpus(target: Target): Kept[] {
  return readFolder(ownCorpus(target))
}

/** Every input of a folder, whatever it is of. */
export function readFolder(folder: string): Kept[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  const names = readdirSync(path).filter((name) => name.endsWith('.hex'))
  return names.sort().map((name) => {
    const bytes = fromHex(readFileSync(join(path, name), 'utf8').trim())
    if (bytes === undefined) throw new Error(`${folder}/${name} is no hex`)
    return { path: `${folder}/${name}`, bytes }
  })
}

/** Writes an input under its own name; gives the path, relative to the root. */
export function keepInput(target: Target, bytes: Uint8Array, crash: boolean): string {
  const folder = ownCorpus(target)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const path = `${folder}/${crash ? 'crash-' : ''}${hash}.hex`
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, path), `${toHex(bytes)}\n`)
  return path
}

/** Leaves these inputs and the crashes in the target's own folder. */
export function replaceCorpus(target: Target, inputs: readonly Uint8Array[]): void {
  const kept = new Set(inputs.map((bytes) => keepInput(target, bytes, false)))
  for (const { path } of readOwnCorpus(target)) {
    if (!kept.has(path) && !isCrash(path)) rmSync(join(root, path))
  }
}

export function isCrash(path: string): boolean {
  return /\/crash-[^/]+$/.test(path)
}
