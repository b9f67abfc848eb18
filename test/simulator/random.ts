// Randomness from a seed, split by name: what one node draws does not move what another draws, so that a run changes as
// little as possible when something is added to it. sfc32 by Chris Doty-Humphrey (PractRand).

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1
  readonly #name: string

  /** The same name gives the same numbers. */
  constructor(name: string) {
    this.#name = name
    this.#a = fold(name, 0x9e3779b9)
    this.#b = fold(name, 0x85ebca6b)
    this.#c = fold(name, 0xc2b2ae35)
    for (let round = 0; round < 12; round++) this.next()
  }

  /** Numbers of its own for a part, which do not depend on how many were drawn here. */
  split(part: string | number): Random {
    return new Random(`${this.#name}/${part}`)
  }

  /** 32 random bits. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11) | 0) + sum) | 0
    return sum >>> 0
  }

  /** From 0 to below 1. */
  unit(): number {
    return this.next() / 0x1_0000_0000
  }

  /** A whole number from `from` to `to`, both possible. */
  between(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1))
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** One of them. Throws for an empty list. */
  pick<T>(from: readonly T[]): T {
    const index = this.between(0, from.length - 1)
    if (index < 0) throw new RangeError('nothing to pick from')
    return from[index] as T
  }

  /** So many of them, in an order of chance; all where there are fewer. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from]
    const taken: T[] = []
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.between(0, left.length - 1), 1))
    return taken
  }

  /** Many small numbers and few large ones: the exponent is even. */
  skewed(from: number, to: number): number {
    return Math.round(from * (to / from) ** this.unit())
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let at = 0; at < count; at += 4) {
      const word = this.next()
      for (let byte = 0; byte < 4 && at + byte < count; byte++) bytes[at + byte] = word >>> (8 * byte)
    }
    return bytes
  }
}

/** FNV-1a of a name, begun at `start`. */
function fold(name: string, start: number): number {
  let hash = start
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return hash
}
