// Which versions of a folder there were, and which of them a reader may be given: none before the last that was
// acknowledged or shown, none that was not begun. A version's bytes follow from its number and the run's seed, and no two
// have the same size, so that each can be told while it is being read.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSample } from '../lab/make-tree.js'
import type { Chance } from './chance.js'
import type { Journal } from './journal.js'
import { promise } from './violation.js'

const smallFiles = 8

interface Version {
  readonly number: number
  readonly bytes: number
  /** Hashes by path. */
  readonly files: ReadonlyMap<string, string>
}

export class SiteOracle {
  readonly source: string
  readonly #journal: Journal
  readonly #chance: Chance
  readonly #versions: Version[] = []
  /** By path, every hash that it ever had. */
  readonly #everHeld = new Map<string, Set<string>>()
  readonly #sizes = new Map<string, number>()
  #settled = -1
  #shown = -1

  constructor(source: string, chance: Chance, journal: Journal) {
    this.source = source
    this.#chance = chance
    this.#journal = journal
  }

  /** The newest version that was acknowledged, or that was found to be there. */
  get settled(): number {
    return this.#settled
  }

  /** Changes the folder, which is about to be published; its number. */
  begin(): number {
    const number = this.#versions.length
    this.#write('large', number, this.#chance.between(1_200_000, 1_600_000))
    const changed = number === 0 ? smallFiles : this.#chance.between(1, 3)
    for (let index = 0; index < changed; index += 1) {
      const file = number === 0 ? index : this.#chance.between(0, smallFiles - 1)
      const size = this.#chance.happens(0.1) ? 0 : this.#chance.between(1, this.#chance.happens(0.5) ? 500 : 90_000)
      this.#write(`parts/${file}`, number, size)
    }
    const files = new Map([...this.#sizes.keys()].map((path) => [path, hashOf(join(this.source, path))]))
    for (const [path, hash] of files) this.#everHeld.set(path, (this.#everHeld.get(path) ?? new Set()).add(hash))
    let bytes = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
    if (this.#versions.some((other) => other.bytes === bytes)) {
      this.#write('large', number, (this.#sizes.get('large') ?? 0) + 1 + number)
      files.set('large', hashOf(join(this.source, 'large')))
      this.#everHeld.get('large')?.add(files.get('large') ?? '')
      bytes += 1 + number
    }
    this.#versions.push({ number, bytes, files })
    this.#journal.note('publish', { version: number, bytes })
    return number
  }

  acknowledge(number: number): void {
    this.#journal.note('published', { version: number })
    this.#settled = number
  }

  /** The version of this size; undefined when it cannot be told. */
  ofSize(bytes: number): number | undefined {
    const found = this.#versions.filter((version) => version.bytes === bytes)
    return found.length === 1 ? found[0]?.number : undefined
  }

  /** A whole copy that a reader was given. `since`: the version that was the newest when it was asked for. */
  showWhole(output: string, bytes: number, since: number): void {
    const number = this.ofSize(bytes)
    promise(number !== undefined, `a folder of ${bytes} bytes was given, which was never published`)
    promise(number >= since, `version ${number} was given where ${since} was there already`)
    promise(number >= this.#shown, `version ${number} was given after ${this.#shown}`)
    this.#shown = number
    for (const [path, hash] of this.#versions[number]?.files ?? []) {
      promise(hashOf(join(output, path)) === hash, `${path} is not that of version ${number}`)
    }
    this.#checkNames(output, false)
  }

  /** What a get left that did not come to its end: files that are whole, and unfinished ones under names of their own. */
  showPart(output: string): void {
    if (existsSync(output)) this.#checkNames(output, true)
  }

  /** The version that the writer has after it was killed: what was acknowledged, or the one whose answer never came. */
  settle(bytes: number): void {
    const number = this.ofSize(bytes)
    promise(number !== undefined, `the writer has a folder of ${bytes} bytes, which was never published`)
    promise(number >= this.#settled, `version ${this.#settled} was acknowledged, and ${number} is there`)
    promise(number >= this.#shown, `version ${this.#shown} was shown, and ${number} is there`)
    this.#settled = number
  }

  #checkNames(output: string, partly: boolean): void {
    for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const at = join(entry.parentPath, entry.name)
      const path = at.slice(output.length + 1)
      if (entry.name.endsWith('.runnel-partial')) promise(partly, `${path} was left by a get that came to its end`)
      else promise(this.#everHeld.get(path)?.has(hashOf(at)) === true, `${path} is whole in no version`)
    }
  }

  #write(path: string, version: number, bytes: number): void {
    writeSample(join(this.source, path), `${path} of ${version}`, bytes)
    this.#sizes.set(path, bytes)
  }
}

function hashOf(path: string): string {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'absent'
}
