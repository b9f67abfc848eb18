// A hash of 32 bytes for simulations: MurmurHash3 (x86, 128 bits, by Austin Appleby) drawn out to twice its length. It tells
// any two things apart that are not made to collide, at a tenth of the cost of a real one for what is small.

const BLOCK_BYTES = 16

/** From here on a view for whole words costs less than it saves. */
const VIEW_BYTES = 256

const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

export class Digest {
  #h1 = 0
  #h2 = 0
  #h3 = 0
  #h4 = 0
  #length = 0
  /** The beginning of a block that is not whole. */
  readonly #block = new Uint8Array(BLOCK_BYTES)

  /** Another `purpose` is another hash. */
  constructor(purpose: number) {
    this.begin(purpose)
  }

  /** Forgets what came. */
  begin(purpose: number): this {
    this.#h1 = purpose
    this.#h2 = purpose
    this.#h3 = purpose
    this.#h4 = purpose
    this.#length = 0
    return this
  }

  clone(): Digest {
    const clone = new Digest(0)
    clone.#h1 = this.#h1
    clone.#h2 = this.#h2
    clone.#h3 = this.#h3
    clone.#h4 = this.#h4
    clone.#length = this.#length
    clone.#block.set(this.#block)
    return clone
  }

  update(bytes: Uint8Array): this {
    const held = this.#length % BLOCK_BYTES
    this.#length += bytes.length
    let at = 0
    if (held > 0) {
      const wanted = BLOCK_BYTES - held
      if (bytes.length < wanted) {
        this.#hold(bytes, 0, held)
        return this
      }
      for (let index = 0; index < wanted; index++) this.#block[held + index] = bytes[index] as number
      this.#mixBytes(this.#block, 0, BLOCK_BYTES)
      at = wanted
    }
    const end = at + Math.floor((bytes.length - at) / BLOCK_BYTES) * BLOCK_BYTES
    if (end - at >= VIEW_BYTES) this.#mixView(bytes, at, end)
    else this.#mixBytes(bytes, at, end)
    this.#hold(bytes, end, 0)
    return this
  }

  /** The hash of what came so far; more may come. */
  digest(): Uint8Array {
    return this.clone().finish()
  }

  /** The same, after which it must begin anew. */
  finish(): Uint8Array {
    const held = this.#length % BLOCK_BYTES
    if (held > 0) {
      this.#block.fill(0, held)
      this.#mixBytes(this.#block, 0, BLOCK_BYTES)
    }
    return this.#expand()
  }

  #hold(bytes: Uint8Array, from: number, held: number): void {
    for (let at = from; at < bytes.length; at++) this.#block[held + at - from] = bytes[at] as number
  }

  #mixBytes(bytes: Uint8Array, from: number, to: number): void {
    let [h1, h2, h3, h4] = [this.#h1, this.#h2, this.#h3, this.#h4]
    for (let at = from; at < to; at += BLOCK_BYTES) {
      h1 = mix1(h1 ^ scramble1(word(bytes, at)), h2)
      h2 = mix2(h2 ^ scramble2(word(bytes, at + 4)), h3)
      h3 = mix3(h3 ^ scramble3(word(bytes, at + 8)), h4)
      h4 = mix4(h4 ^ scramble4(word(bytes, at + 12)), h1)
    }
    this.#set(h1, h2, h3, h4)
  }

  #mixView(bytes: Uint8Array, from: number, to: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    let [h1, h2, h3, h4] = [this.#h1, this.#h2, this.#h3, this.#h4]
    for (let at = from; at < to; at += BLOCK_BYTES) {
      h1 = mix1(h1 ^ scramble1(view.getInt32(at, true)), h2)
      h2 = mix2(h2 ^ scramble2(view.getInt32(at + 4, true)), h3)
      h3 = mix3(h3 ^ scramble3(view.getInt32(at + 8, true)), h4)
      h4 = mix4(h4 ^ scramble4(view.getInt32(at + 12, true)), h1)
    }
    this.#set(h1, h2, h3, h4)
  }

  #set(h1: number, h2: number, h3: number, h4: number): void {
    this.#h1 = h1
    this.#h2 = h2
    this.#h3 = h3
    this.#h4 = h4
  }

  #expand(): Uint8Array {
    const length = this.#length | 0
    const sum = (this.#h1 + this.#h2 + this.#h3 + this.#h4) | 0
    const lanes = [this.#h1, this.#h2, this.#h3, this.#h4].map((lane) => avalanche((lane + sum) ^ length))
    const all = lanes.reduce((one, other) => (one + other) | 0, 0)
    const digest = new Uint8Array(32)
    for (let index = 0; index < 8; index++) {
      const mixed = avalanche(((lanes[index & 3] as number) + Math.imul(all, 2 * index + 1) + index) | 0)
      for (let byte = 0; byte < 4; byte++) digest[4 * index + byte] = mixed >>> (8 * byte)
    }
    return digest
  }
}

function scramble1(k: number): number {
  return Math.imul(rotate(Math.imul(k, C1), 15), C2)
}

function scramble2(k: number): number {
  return Math.imul(rotate(Math.imul(k, C2), 16), C3)
}

function scramble3(k: number): number {
  return Math.imul(rotate(Math.imul(k, C3), 17), C4)
}

function scramble4(k: number): number {
  return Math.imul(rotate(Math.imul(k, C4), 18), C1)
}

function mix1(h: number, next: number): number {
  return (Math.imul((rotate(h, 19) + next) | 0, 5) + 0x561ccd1b) | 0
}

function mix2(h: number, next: number): number {
  return (Math.imul((rotate(h, 17) + next) | 0, 5) + 0x0bcaa747) | 0
}

function mix3(h: number, next: number): number {
  return (Math.imul((rotate(h, 15) + next) | 0, 5) + 0x96cd1c35) | 0
}

function mix4(h: number, next: number): number {
  return (Math.imul((rotate(h, 13) + next) | 0, 5) + 0x32ac3b17) | 0
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
