// Virtual time: one queue of what happens next, in microseconds, for all nodes of a run. Between two happenings every
// promise that can go on does, so the same seed gives the same run.

import type { Clock, Time, Timer } from '../../node/store/index.js'

/** When virtual time begins, ms since 1970. */
export const EPOCH_MS = 1_750_000_000_000

interface Happening {
  readonly atUs: number
  /** What was put in the queue first happens first. */
  readonly order: number
  call: (() => void) | undefined
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class VirtualTime {
  nowUs = 0
  /** Happenings so far. */
  steps = 0
  readonly #heap: Happening[] = []
  #order = 0

  /** Lets something happen at a time; now, when that has passed. */
  at(atUs: number, call: () => void): Timer {
    const happening: Happening = { atUs: Math.max(this.nowUs, Math.ceil(atUs)), order: this.#order++, call }
    this.#push(happening)
    return {
      cancel: () => {
        happening.call = undefined
      },
    }
  }

  after(delayUs: number, call: () => void): Timer {
    return this.at(this.nowUs + delayUs, call)
  }

  /** Resolves after so much virtual time. */
  sleep(delayUs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayUs, resolve))
  }

  /** Lets time pass. Stops early when `until` holds. */
  async run(untilUs: number, until: () => boolean = () => false): Promise<void> {
    await settled()
    while (!until()) {
      const next = this.#heap[0]
      if (next === undefined || next.atUs > untilUs) break
      this.#pop()
      if (next.call === undefined) continue
      this.nowUs = next.atUs
      this.steps++
      next.call()
      await settled()
    }
    if (!until()) this.nowUs = Math.max(this.nowUs, untilUs)
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let at = heap.push(happening) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent] as Happening, happening)) break
      heap[at] = heap[parent] as Happening
      at = parent
    }
    heap[at] = happening
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening)) child++
      if (isBefore(last, heap[child] as Happening)) break
      heap[at] = heap[child] as Happening
      at = child
    }
    heap[at] = last
  }
}

/** The clock of one machine: it may be wrong, and it may run too fast or too slow. */
export class MachineTime implements Time {
  readonly #time: VirtualTime
  /** Parts per million by which it runs too fast. */
  readonly #drift: number
  /** Ends with the process that uses it. */
  readonly #isAlive: () => boolean
  /** Milliseconds by which the wall clock is wrong. */
  readonly #skewMs: () => number

  constructor(time: VirtualTime, isAlive: () => boolean, skewMs: () => number, driftPpm: number) {
    this.#time = time
    this.#isAlive = isAlive
    this.#skewMs = skewMs
    this.#drift = driftPpm / 1_000_000
  }

  now(): Clock {
    const nowUs = Math.floor(this.#time.nowUs * (1 + this.#drift))
    return { nowUs, nowMs: EPOCH_MS + Math.floor(nowUs / 1000) + this.#skewMs() }
  }

  after(delayMs: number, call: () => void): Timer {
    return this.#time.after((Math.max(0, delayMs) * 1000) / (1 + this.#drift), () => {
      if (this.#isAlive()) call()
    })
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.#time.after(0, resolve))
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
}
