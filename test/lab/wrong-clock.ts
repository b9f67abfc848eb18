// A wall clock for one node of a test: set wrong, and right again, while the node runs.

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { UpOptions } from './running-node.js'

/** Names the file that says how far the clock is ahead, in milliseconds. */
export const clockVariable = 'RUNNEL_TEST_CLOCK'

const preload = pathToFileURL(join(import.meta.dirname, 'shifted-clock.js')).href

export class WrongClock {
  readonly #path: string

  /** `path`: a file of its own, in a folder that exists. */
  constructor(path: string, aheadMs: number) {
    this.#path = path
    this.set(aheadMs)
  }

  /** Sets it; a running node sees that within some 20 ms. */
  set(aheadMs: number): void {
    writeFileSync(`${this.#path}.next`, String(aheadMs))
    renameSync(`${this.#path}.next`, this.#path)
  }

  /** For the node that is to have this clock. */
  get options(): UpOptions {
    return { environment: { NODE_OPTIONS: `--import=${preload}`, [clockVariable]: this.#path } }
  }
}
