// Changes inputs as decoders fear it: flipped bits and bytes, numbers at 0, 1, max and max − 1, parts that are left out,
// repeated, moved or taken from other inputs, and values that mean something.

import { concat } from '../../stack/bytes/index.js'
import type { Random } from './random.js'

/** What a mutation may draw from. */
export interface Stock {
  /** Other inputs, to splice with. */
  readonly inputs: readonly Uint8Array[]
  readonly words: readonly Uint8Array[]
  readonly maxBytes: number
}

/** Values that limits are made of, for fields of 1, 2, 4 and 8 bytes. */
const edges = [
  0,
  1,
  2,
  3,
  7,
  8,
  15,
  16,
  31,
  32,
  33,
  63,
  64,
  65,
  127,
  128,
  129,
  254,
  255,
  256,
  257,
  511,
  512,
  1_023,
  1_024,
  1_025,
  4_096,
  4_097,
  32_767,
  32_768,
  32_769,
  61_439,
  61_440,
  61_441,
  65_519,
  65_534,
  65_535,
  65_536,
  0xff_ffff,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_fffe,
  0xffff_ffff,
  2 ** 32,
  2 ** 53 - 2,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64 - 2_048,
]

type Mutation = (bytes: Uint8Array, random: Random, stock: Stock) => Uint8Array

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  setByte,
  addToByte,
  setNumber,
  setNumber,
  addToNumber,
  leaveOut,
  leaveOut,
  repeat,
  insert,
  overwriteWithPart,
  insertWord,
  overwriteWithWord,
  splice,
  splice,
  truncate,
]

/** A changed copy: one to sixteen changes, mostly few. */
export function mutate(bytes: Uint8Array, random: Random, stock: Stock): Uint8Array {
  let mutated: Uint8Array = bytes.slice()
  const changes = 1 + random.below(1 << random.below(5))
  for (let change = 0; change < changes; change++) {
    mutated = random.pick(mutations)(mutated, random, stock)
    if (mutated.length > stock.maxBytes) mutated = mutated.slice(0, stock.maxBytes)
  }
  return mutated
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length)
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  return bytes
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  const values = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    31,
    32,
    33,
    63,
    64,
    127,
    128,
    254,
    255,
    random.below(256),
    random.below(256),
  ]
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick(values)
  return bytes
}

function addToByte(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length)
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) + 1 + random.below(16) - 8
  return bytes
}

function setNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const size = random.pick([2, 2, 2, 4, 4, 8])
  if (bytes.length < size) return bytes
  const at = random.below(bytes.length - size + 1)
  // What is left after the field is the most that a length may say.
  const left = bytes.length - at - size
  writeNumber(bytes, at, size, random.oneIn(4) ? Math.max(0, left + random.below(5) - 2) : random.pick(edges))
  return bytes
}

function addToNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const size = random.pick([2, 4, 8])
  if (bytes.length < size) return bytes
  const at = random.below(bytes.length - size + 1)
  let value = 0
  for (let index = at; index < at + size; index++) value = value * 256 + (bytes[index] ?? 0)
  writeNumber(bytes, at, size, Math.max(0, value + random.below(71) - 35))
  return bytes
}

function writeNumber(bytes: Uint8Array, at: number, size: number, value: number): void {
  let left = value
  for (let index = at + size - 1; index >= at; index--) {
    bytes[index] = left % 256
    left = Math.floor(left / 256)
  }
}

/** Where a part begins and ends: mostly a short one. */
function partOf(bytes: Uint8Array, random: Random): [number, number] {
  const at = random.below(bytes.length + 1)
  const most = random.pick([1, 2, 4, 8, 32, 40, 72, 256, bytes.length])
  return [at, Math.min(bytes.length, at + 1 + random.below(most))]
}

function leaveOut(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = partOf(bytes, random)
  return concat(bytes.subarray(0, from), bytes.subarray(to))
}

function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = partOf(bytes, random)
  const copies = random.oneIn(8) ? 1 + random.below(40) : 1
  const part = bytes.subarray(from, to)
  return concat(bytes.subarray(0, from), ...Array.from({ length: copies }, () => part), bytes.subarray(from))
}

function insert(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1)
  const value = random.below(256)
  const constant = random.oneIn(2)
  const added = Uint8Array.from({ length: 1 + random.below(16) }, () => (constant ? value : random.below(256)))
  return concat(bytes.subarray(0, at), added, bytes.subarray(at))
}

function overwriteWithPart(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = partOf(bytes, random)
  const part = bytes.slice(from, to)
  if (part.length > 0) bytes.set(part, random.below(bytes.length - part.length + 1))
  return bytes
}

function insertWord(bytes: Uint8Array, random: Random, { words }: Stock): Uint8Array {
  if (words.length === 0) return bytes
  const at = random.below(bytes.length + 1)
  return concat(bytes.subarray(0, at), random.pick(words), bytes.subarray(at))
}

function overwriteWithWord(bytes: Uint8Array, random: Random, { words }: Stock): Uint8Array {
  if (words.length === 0) return bytes
  const word = random.pick(words)
  if (word.length <= bytes.length) bytes.set(word, random.below(bytes.length - word.length + 1))
  return bytes
}

function splice(bytes: Uint8Array, random: Random, { inputs }: Stock): Uint8Array {
  if (inputs.length === 0) return bytes
  const other = random.pick(inputs)
  const [from, to] = partOf(other, random)
  const [start, end] = partOf(bytes, random)
  return concat(bytes.subarray(0, start), other.subarray(from, to), bytes.subarray(random.oneIn(2) ? start : end))
}

function truncate(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1))
}
