// What is published and appended, so that every byte that comes back can be compared: it follows from a name and a version.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Chance } from '../kills/chance.js'
import { sampleBytes, writeSample } from '../lab/make-tree.js'
import type { Sizes } from './sizes.js'

/** Small files of the library: from nearly nothing to more than one chunk. */
const smallMostBytes = 70_000

export interface Piece {
  readonly path: string
  readonly from: number
  readonly to: number
  readonly bytes: Buffer
}

export class Material {
  readonly library: string
  readonly tree: string
  readonly #sizes: Sizes
  readonly #chance: Chance

  constructor(directory: string, sizes: Sizes, chance: Chance) {
    this.library = join(directory, 'library')
    this.tree = join(directory, 'tree')
    this.#sizes = sizes
    this.#chance = chance
  }

  /** Writes the library; it is taken away when it has been published. */
  writeLibrary(): void {
    const { libraryFiles, libraryFileBytes, smallFiles } = this.#sizes
    for (let index = 0; index < libraryFiles; index += 1) this.#writeOf(`large/${index}`, libraryFileBytes)
    for (let index = 0; index < smallFiles; index += 1) this.#writeOf(`small/${index}`, smallBytes(index))
  }

  /** Changes files of the tree: some hold other bytes, one is gone, one is new. */
  changeTree(round: number): void {
    const { treeFiles, treeFileBytes, treeChanged } = this.#sizes
    const all = Array.from({ length: treeFiles }, (_, index) => index)
    const changed = round === 0 ? all : this.#chance.shuffle(all).slice(0, treeChanged)
    for (const index of changed) writeSample(join(this.tree, `files/${index}`), `tree ${index} ${round}`, treeFileBytes)
    rmSync(join(this.tree, `of-round/${round - 1}`), { force: true })
    writeSample(join(this.tree, `of-round/${round}`), `only ${round}`, 1_000 + (round % 1_000))
  }

  /** A whole large file of the library, any of them. */
  largePiece(): Piece {
    const { libraryFiles, libraryFileBytes } = this.#sizes
    const path = `large/${this.#chance.between(0, libraryFiles - 1)}`
    return { path, from: 0, to: libraryFileBytes, bytes: sampleBytes(path, libraryFileBytes) }
  }

  /** A part of a small one, any of them. */
  smallPiece(): Piece {
    const index = this.#chance.between(0, this.#sizes.smallFiles - 1)
    const path = `small/${index}`
    const from = this.#chance.between(0, smallBytes(index) - 1)
    const to = this.#chance.between(from + 1, smallBytes(index))
    return { path, from, to, bytes: sampleBytes(path, smallBytes(index)).subarray(from, to) }
  }

  #writeOf(path: string, bytes: number): void {
    writeSample(join(this.library, path), path, bytes)
  }
}

function smallBytes(index: number): number {
  return 1 + ((index * 7_919) % smallMostBytes)
}

/** The bytes of an entry of a log: its number, and what follows from it. Each hundredth becomes a file of its own. */
export function entryBytes(label: string, number: number): Buffer {
  const length = number % 100 === 99 ? 80_000 : 20 + ((number * 131) % 1_500)
  return Buffer.concat([Buffer.from(`${number}\n`), sampleBytes(`${label} ${number}`, length)])
}
