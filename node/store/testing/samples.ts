// Things to store that have the layout of real ones, for tests. Signatures are zeros: the store does not check them.

import { concat, Writer } from '../../../stack/bytes/index.js'
import { type Crypto, openPortableCrypto } from '../../../stack/crypto/index.js'
import type { ChunkItem, HeadWithPage, OwnItem } from '../item.js'

export const crypto: Crypto = await openPortableCrypto()

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function randomBytesFrom(random: () => number): (length: number) => Uint8Array {
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

/** A chunk of its own for each number, and its name. */
export function chunkOf(number: number, bytes = 300): { name: Uint8Array; bytes: Uint8Array } {
  const content = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at++) content[at] = (number >>> (8 * (at & 3))) + (at >> 2) * 7
  content[0] = 3
  return { name: crypto.hash(content), bytes: content }
}

export function chunkItem(number: number, bytes = 300): ChunkItem {
  return { type: 'chunk', ...chunkOf(number, bytes) }
}

/** 32 bytes that stand for a key. */
export function keyOf(number: number): Uint8Array {
  return crypto.hash(new Writer().u32(number).bytes())
}

export interface HeadShape {
  readonly log: Uint8Array
  readonly length: number
  readonly timeMs?: number
  readonly page?: Uint8Array
}

/** A head and its page. */
export function headOf({ log, length, timeMs = 1000, page = new Uint8Array([1]) }: HeadShape): HeadWithPage {
  const writer = new Writer().u8(1).put(log).u64(length).u64(0).u64(0).u64(0).zeros(32)
  const headBytes = writer.put(crypto.hash(page)).u16(page.length).u64(timeMs).u32(300).zeros(64).bytes()
  return { headBytes, page }
}

/** A log that grows by runs; its page closes when a run does not fit. */
export class SampleLog {
  readonly log: Uint8Array
  readonly #pageBytes: number
  length = 0
  page: Uint8Array = new Uint8Array([1])

  constructor(number: number, pageBytes = 1000) {
    this.log = keyOf(number)
    this.#pageBytes = pageBytes
  }

  /** The items of one commit, and the state after it. */
  append(bytes: number): { items: OwnItem[]; held: HeadWithPage } {
    const items: OwnItem[] = []
    if (this.page.length + bytes > this.#pageBytes) {
      items.push({ type: 'chunk', name: crypto.hash(this.page), bytes: this.page })
      this.page = new Uint8Array([1])
    }
    const run = new Uint8Array(bytes).map((_, at) => at + this.length)
    items.push({ type: 'run', log: this.log, position: this.page.length, bytes: run })
    this.page = concat(this.page, run)
    this.length++
    const held = headOf({ log: this.log, length: this.length, page: this.page })
    items.push({ type: 'head', ageS: 0, seenMs: 1, headBytes: held.headBytes, page: undefined })
    return { items, held }
  }
}

/** A certificate of the name of a number, with so many devices. */
export function certificateOf(number: number, rung: number, serial: number, devices = 1): Uint8Array {
  const ladder = new Writer()
    .u8(1)
    .u8(2)
    .put(keyOf(number))
    .put(keyOf(number + 1))
    .bytes()
  const writer = new Writer().lp16(ladder).u8(rung).u32(serial).put(keyOf(number)).u64(1).u8(devices)
  for (let device = 0; device < devices; device++) writer.put(keyOf(1000 + device))
  return writer.zeros(32).zeros(64).bytes()
}

/** The name of a number. */
export function nameOf(number: number): Uint8Array {
  const ladder = new Writer()
    .u8(1)
    .u8(2)
    .put(keyOf(number))
    .put(keyOf(number + 1))
    .bytes()
  return crypto.deriveKey('runnel v1 name', ladder)
}

export function cardHeadOf(number: number, device: number, version: number, timeMs = 1): Uint8Array {
  const writer = new Writer()
    .u8(2)
    .put(nameOf(number))
    .put(keyOf(1000 + device))
    .u64(version)
  return writer.put(keyOf(version)).u64(timeMs).u32(300).zeros(64).bytes()
}
