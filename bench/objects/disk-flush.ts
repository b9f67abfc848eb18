// The disk's own part of a durable append: a write into a zero-filled file and its fdatasync, one after the other.

import { closeSync, fdatasyncSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { perSecond } from '../frame/quiet.js'
import type { Contender, Outcome } from '../frame/scenario.js'
import { median } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'

const fileBytes = 4 * 1024 * 1024

export class DiskFlush implements Contender {
  readonly name = 'fdatasync'
  readonly #path: string
  readonly #writes: number
  readonly #bytes: number

  constructor({ directory, sizes }: Surroundings, bytes: number) {
    this.#path = join(directory, 'flush.bin')
    this.#writes = sizes.single
    this.#bytes = bytes
  }

  async run(): Promise<Outcome> {
    const file = openSync(this.#path, 'w')
    try {
      writeSync(file, new Uint8Array(fileBytes))
      fsyncSync(file)
      const bytes = new Uint8Array(this.#bytes).fill(1)
      const times: number[] = []
      for (let index = 0; index < this.#writes; index++) {
        const started = performance.now()
        writeSync(file, bytes, 0, bytes.length, (index * bytes.length) % (fileBytes - bytes.length))
        fdatasyncSync(file)
        times.push(performance.now() - started)
      }
      const milliseconds = times.reduce((sum, time) => sum + time, 0)
      const values = { single: perSecond(this.#writes, milliseconds), flushMs: median(times) }
      return { values, counters: {}, costs: {} }
    } finally {
      closeSync(file)
      rmSync(this.#path)
    }
  }

  async close(): Promise<void> {}
}
