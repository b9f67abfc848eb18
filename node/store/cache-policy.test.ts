// S3-FIFO: decides like its plainest form, and keeps what is read again through any scan.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CachePolicy } from './cache-policy.js'
import { randomFrom } from './testing/samples.js'

const test = suite('cache policy')

/** A cache of named objects under a policy, as its owner would keep it. */
class Subject {
  readonly policy: CachePolicy
  readonly rows = new Map<number, number>()
  readonly #names: number[] = []
  readonly #free: number[] = []
  #next = 0

  constructor(capacityBytes: number) {
    this.policy = new CachePolicy(capacityBytes)
  }

  /** Whether it was a hit. */
  request(name: number, bytes: number): boolean {
    const row = this.rows.get(name)
    if (row !== undefined) {
      this.policy.used(row)
      return true
    }
    this.add(name, bytes)
    return false
  }

  add(name: number, bytes: number, proven = false): void {
    const row = this.#free.pop() ?? this.#next++
    this.rows.set(name, row)
    this.#names[row] = name
    this.policy.added(row, bytes, Math.imul(name, 0x9e3779b1) >>> 0, proven)
    for (let evicted = this.policy.evict(); evicted >= 0; evicted = this.policy.evict()) {
      this.remove(this.#names[evicted] as number)
    }
  }

  remove(name: number): void {
    const row = this.rows.get(name) as number
    this.rows.delete(name)
    this.policy.gone(row)
    this.#free.push(row)
  }
}

/** The same rules in the plainest form: arrays of names. */
class Model {
  readonly small: number[] = []
  readonly main: number[] = []
  readonly ghost: number[] = []
  readonly uses = new Map<number, number>()
  readonly sizes = new Map<number, number>()
  readonly capacityBytes: number

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
  }

  request(name: number, bytes: number): boolean {
    if (this.uses.has(name)) {
      this.uses.set(name, Math.min(3, (this.uses.get(name) ?? 0) + 1))
      return true
    }
    const at = this.ghost.lastIndexOf(name)
    const back = at >= 0 && this.ghost.length - at <= this.main.length
    if (at >= 0) this.ghost.splice(at, 1, -1)
    this.uses.set(name, 0)
    this.sizes.set(name, bytes)
    ;(back ? this.main : this.small).push(name)
    while (this.#bytes(this.small) + this.#bytes(this.main) > this.capacityBytes) this.#step()
    return false
  }

  #step(): void {
    const fromSmall = this.#bytes(this.small) >= 0.1 * this.capacityBytes || this.main.length === 0
    if (fromSmall && this.small.length > 0) {
      const name = this.small.shift() as number
      if ((this.uses.get(name) ?? 0) >= 1) {
        this.uses.set(name, 0)
        this.main.push(name)
        return
      }
      this.ghost.push(name)
      this.uses.delete(name)
      return
    }
    const name = this.main.shift() as number
    const uses = this.uses.get(name) ?? 0
    if (uses > 0) {
      this.uses.set(name, uses - 1)
      this.main.push(name)
    } else this.uses.delete(name)
  }

  #bytes(queue: number[]): number {
    return queue.reduce((sum, name) => sum + (this.sizes.get(name) ?? 0), 0)
  }
}

test('decides like the plainest form of the algorithm', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomFrom(seed)
    const capacity = 2000 + Math.floor(random() * 8000)
    const [subject, model] = [new Subject(capacity), new Model(capacity)]
    for (let step = 0; step < 1500; step++) {
      const name = Math.floor(random() ** 2 * 120)
      const bytes = 50 + ((name * 37) % 400)
      assert.is(subject.request(name, bytes), model.request(name, bytes), `seed ${seed}, step ${step}`)
    }
    assert.equal([...subject.rows.keys()].sort(), [...model.uses.keys()].sort())
  }
})

test('never holds more than its capacity, and not much less', () => {
  const random = randomFrom(3)
  const subject = new Subject(100_000)
  let held = 0
  for (let step = 0; step < 5000; step++) {
    subject.request(Math.floor(random() * 2000), 1 + Math.floor(random() * 1000))
    if (random() < 0.05) for (const name of [...subject.rows.keys()].slice(0, 1)) subject.remove(name)
    held = Math.max(held, subject.policy.bytes)
    assert.ok(subject.policy.bytes <= 100_000)
  }
  assert.ok(held > 98_000)
})

test('what was read again survives a scan of any length', () => {
  const subject = new Subject(100_000)
  for (const first of [0, 0]) for (let name = first; name < 80; name++) subject.request(name, 1000)
  // A first scan moves what was used from the small queue to the main one.
  for (let name = 1000; name < 11_000; name++) subject.request(name, 1000)
  const kept = Array.from({ length: 80 }, (_, name) => subject.rows.has(name)).filter(Boolean).length
  assert.is(kept, 80)
})

test('a scan that makes half of all requests costs a Zipf load less than five points', () => {
  for (const exponent of [0.7, 0.9, 1.1]) {
    const [calm, scanned] = [hitRate(exponent, 0), hitRate(exponent, 0.5)]
    assert.ok(calm - scanned < 0.05, `${exponent}: ${calm} to ${scanned}`)
    assert.ok(calm > 0.3)
  }
})

test('what comes back soon after it left goes to the main queue at once', () => {
  const subject = new Subject(10_000)
  for (let name = 0; name < 9; name++) subject.add(name, 1000, true)
  subject.request(100, 1000)
  subject.request(101, 1000)
  assert.is(subject.rows.has(100), false)
  subject.request(100, 1000)
  assert.ok(subject.policy.isProven(subject.rows.get(100) as number))
})

test('what is larger than the whole cache goes at once', () => {
  const subject = new Subject(500)
  subject.request(1, 1000)
  assert.is(subject.rows.size, 0)
})

test('a smaller capacity takes effect with the next eviction', () => {
  const subject = new Subject(10_000)
  for (let name = 0; name < 10; name++) subject.request(name, 1000)
  subject.policy.capacityBytes = 3000
  subject.request(10, 1000)
  assert.is(subject.rows.size, 3)
})

function hitRate(exponent: number, scanShare: number): number {
  const random = randomFrom(5)
  const sums: number[] = []
  for (let rank = 1; rank <= 10_000; rank++) sums.push((sums.at(-1) ?? 0) + rank ** -exponent)
  const subject = new Subject(6_000_000)
  let [cold, hits, requests] = [1_000_000, 0, 0]
  for (let step = 0; step < 60_000; step++) {
    if (random() < scanShare) {
      subject.request(cold++, 5000)
      continue
    }
    const wanted = random() * (sums.at(-1) as number)
    const rank = sums.findIndex((sum) => sum >= wanted)
    const hit = subject.request(rank, 3000 + ((rank * 131) % 6000))
    if (step < 20_000) continue
    requests++
    if (hit) hits++
  }
  return hits / requests
}

test.run()
