// Virtual time: one queue of what happens next, in microseconds, for all nodes of a run. Between two happenings every
// promise that can go on does, so the same seed gives the same run. Nothing in a run may wait for the real world.

import type { Clock, Time, Timer } from '../../node/store/index.js'

/** When virtual time begins, ms since 1970. */
export const EPOCH_MS = 1_750_000_000_000

/** Happenings after which the process gets a turn of its own: for signals, for promises that nobody handles, for output. */
const HAPPENINGS_A_TURN = 4_096

const settled = Promise.resolve()

class Happening implements Timer {
  readonly atUs: number
  /** What was put in the queue first happens first. */
  readonly order: number
  call: (() => void) | undefined

  constructor(atUs: number, order: number, call: () => void) {
    this.atUs = atUs
    this.order = order
    this.call = call
  }

  cancel(): void {
    this.call = undefined
  }
}

export class VirtualTime {
  nowUs = 0
  /** Happenings so far. */
  steps = 0
  readonly #heap: Happening[] = []
  #order = 0

  /** Lets something happen at a time; now, when that has passed. */
  at(atUs: number, call: () => void): Timer {
    const happening = new Happening(Math.max(this.nowUs, Math.ceil(atUs)), this.#order++, call)
    this.#push(happening)
    return happening
  }

  after(delayUs: number, call: () => void): Timer {
    return this.at(this.nowUs + delayUs, call)
  }

  /** Resolves after so much virtual time. */
  sleep(delayUs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayUs, resolve))
  }

  /** Lets time pass. Stops early when `until` holds. Rejects with what a happening throws. */
  run(untilUs: number, until: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (!this.#happen(untilUs, until)) {
            resolve()
            return
          }
        } catch (error) {
          reject(error)
          return
        }
        // A promise of the microtask queue runs while that is emptied, and what it puts off until the next tick runs when
        // it is empty: when every promise that can go on has gone on, however long its chain is.
        if (this.steps % HAPPENINGS_A_TURN === 0) setImmediate(step)
        else settled.then(() => process.nextTick(step))
      }
      setImmediate(step)
    })
  }

  /** The next thing happens. False when there is none in this time, or none is wanted. */
  #happen(untilUs: number, until: () => boolean): boolean {
    if (until()) return false
    const next = this.#take(untilUs)
    if (next === undefined) {
      this.nowUs = Math.max(this.nowUs, untilUs)
      return false
    }
    this.nowUs = next.atUs
    this.steps++
    next.call?.()
    return true
  }

  /** The next happening that was not cancelled, if its time comes by then. */
  #take(untilUs: number): Happening | undefined {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.atUs > untilUs) return undefined
      this.#pop()
      if (next.call !== undefined) return next
    }
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
    return new Promise((resolve) => this.after(0, resolve))
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
}
