// Watches for an input that never ends: a thread of its own sees whether runs go on, and when they do not it writes the
// input that is stuck under its own name and ends the process, which cannot do so itself any more.

import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { keepInput } from './corpus.js'
import type { Target } from './target.js'

/** A run that takes longer counts as one that never ends: far beyond the slowest on a busy machine. */
const hangMs = 20_000

interface Shared {
  readonly name: string
  readonly buffer: SharedArrayBuffer
}

/** Number of the run, bytes of its input; then the input. */
const headBytes = 8

export class Watch {
  readonly #numbers: Int32Array
  readonly #input: Uint8Array
  readonly #thread: Worker

  constructor(name: string, maxInputBytes: number) {
    const buffer = new SharedArrayBuffer(headBytes + maxInputBytes)
    this.#numbers = new Int32Array(buffer, 0, 2)
    this.#input = new Uint8Array(buffer, headBytes)
    this.#thread = new Worker(new URL(import.meta.url), { workerData: { name, buffer } satisfies Shared })
    this.#thread.unref()
  }

  /** A run begins. */
  begin(input: Uint8Array): void {
    this.#input.set(input.subarray(0, this.#input.length))
    this.#numbers[1] = Math.min(input.length, this.#input.length)
    Atomics.add(this.#numbers, 0, 1)
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }
}

if (!isMainThread) {
  const { name, buffer } = workerData as Shared
  const numbers = new Int32Array(buffer, 0, 2)
  let last = -1
  setInterval(() => {
    const run = Atomics.load(numbers, 0)
    if (run !== last || run === 0) {
      last = run
      return
    }
    const input = new Uint8Array(buffer, headBytes, Atomics.load(numbers, 1)).slice()
    console.error(`${name} does not end on ${keepInput({ name } as Target, input, true)}`)
    process.kill(process.pid, 'SIGKILL')
  }, hangMs)
}
