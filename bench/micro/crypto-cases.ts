// The functions of the crypto door that cost by byte or by message, and what cuts and builds files with them.

import type { Crypto } from '../../stack/crypto/index.js'
import { createCutter, FileBuilder } from '../../stack/data/index.js'

/** A case: the bytes that one run works on (0 where an operation is what counts), and the run. */
export interface Case {
  readonly name: string
  readonly bytes: number
  /** `fast` makes what is prepared beforehand. */
  readonly make: (crypto: Crypto, fast: Crypto) => () => unknown
}

const chunk = Uint8Array.from({ length: 57_344 }, (_, index) => (index * 7919) >> 5)
const short = chunk.subarray(0, 100)
const key = new Uint8Array(32).fill(3)
const none = new Uint8Array(0)
const many = Array.from({ length: 32 }, () => chunk)
const file = fileBytes(4 << 20)
const message = chunk.subarray(0, 200)
let seeds = 0

export const cryptoCases: readonly Case[] = [
  { name: '`hash`, a chunk of 56 KiB', bytes: chunk.length, make: (crypto) => () => crypto.hash(chunk) },
  { name: '`hash`, 100 B', bytes: 0, make: (crypto) => () => crypto.hash(short) },
  { name: '`hashMany`, 32 chunks', bytes: 32 * chunk.length, make: (crypto) => () => crypto.hashMany(many) },
  { name: '`keyedHash`, a chunk', bytes: chunk.length, make: (crypto) => () => crypto.keyedHash(key, none, chunk) },
  { name: '`deriveKey`, 64 B', bytes: 0, make: (crypto) => () => crypto.deriveKey('runnel v1 bench', key, key) },
  { name: '`hasher().update`, 100 B', bytes: 0, make: (crypto) => appending(crypto) },
  { name: '`aes256ctr`, a chunk', bytes: chunk.length, make: (crypto) => () => crypto.aes256ctr(key, chunk) },
  { name: '`sealRecord`, a chunk', bytes: chunk.length, make: (crypto) => () => crypto.sealRecord(key, 1, chunk) },
  { name: '`sealRecord`, 100 B', bytes: 0, make: (crypto) => () => crypto.sealRecord(key, 1, short) },
  { name: '`openRecord`, a chunk', bytes: chunk.length, make: opening },
  {
    name: '`seals.seal`, a chunk',
    bytes: chunk.length,
    make: (crypto) => () => crypto.seals.seal(key, 3, none, chunk),
  },
  { name: '`seals.open`, a chunk', bytes: chunk.length, make: unsealing },
  {
    name: '`seals.sealParts`, 32 chunks',
    bytes: 32 * chunk.length,
    make: (crypto) => () => crypto.seals.sealParts(key, 3, many),
  },
  { name: '`seals.openParts`, 32 chunks', bytes: 32 * chunk.length, make: unsealingParts },
  { name: 'cutting, 4 MiB', bytes: file.length, make: cutting },
  { name: '`FileBuilder`, 4 MiB', bytes: file.length, make: building },
  {
    name: '`ed25519.publicKeyFromSeed`, a new seed',
    bytes: 0,
    make: (crypto) => () => crypto.ed25519.publicKeyFromSeed(next()),
  },
  { name: '`ed25519.sign`, a known seed', bytes: 0, make: (crypto) => () => crypto.ed25519.sign(key, message) },
  { name: '`ed25519.verify`, a known key', bytes: 0, make: verifying },
  { name: '`ed25519.verify`, a new key', bytes: 0, make: verifyingNew },
  { name: '`x25519.publicFromPrivate`', bytes: 0, make: (crypto) => () => crypto.x25519.publicFromPrivate(key) },
  { name: '`x25519.shared`', bytes: 0, make: agreeing },
  { name: '`x25519.montgomeryPublic`, a known key', bytes: 0, make: converting },
]

/** Bytes without a pattern, which a cutter cuts as those of a compressed file. */
function fileBytes(length: number): Uint8Array {
  let word = 1
  return Uint8Array.from({ length }, () => {
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
    return word
  })
}

/** A seed that was not there before. */
function next(): Uint8Array {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint32(0, ++seeds)
  return seed
}

function appending(crypto: Crypto): () => unknown {
  const hasher = crypto.hasher()
  return () => hasher.update(short)
}

function opening(crypto: Crypto): () => unknown {
  const sealed = crypto.sealRecord(key, 1, chunk)
  return () => crypto.openRecord(key, 1, sealed)
}

function unsealing(crypto: Crypto): () => unknown {
  const { id, sealed } = crypto.seals.seal(key, 3, none, chunk)
  return () => crypto.seals.open(key, 3, none, id, sealed)
}

function unsealingParts(crypto: Crypto): () => unknown {
  const parts = crypto.seals.sealParts(key, 3, many)
  const ids = parts.map(({ id }) => id)
  const chunks = parts.map((part) => part.chunk)
  return () => crypto.seals.openParts(key, 3, ids, chunks)
}

function cutting(crypto: Crypto): () => unknown {
  const cutter = createCutter(crypto, undefined)
  return () => [cutter.push(file), cutter.end()]
}

function building(crypto: Crypto): () => unknown {
  const builder = new FileBuilder(crypto, undefined, () => {})
  return () => {
    builder.push(file)
    return builder.end()
  }
}

function verifying(crypto: Crypto): () => unknown {
  const publicKey = crypto.ed25519.publicKeyFromSeed(key)
  const signature = crypto.ed25519.sign(key, message)
  return () => crypto.ed25519.verify(publicKey, message, signature)
}

/** Of more keys than a cache keeps, made beforehand; a wrong signature costs what a good one does. */
function verifyingNew(crypto: Crypto, fast: Crypto): () => unknown {
  const signature = crypto.ed25519.sign(key, message)
  const keys = Array.from({ length: 20_000 }, () => fast.ed25519.publicKeyFromSeed(next()))
  let index = 0
  return () => crypto.ed25519.verify(keys[index++ % keys.length] ?? key, message, signature)
}

function agreeing(crypto: Crypto): () => unknown {
  const publicKey = crypto.x25519.publicFromPrivate(next())
  return () => crypto.x25519.shared(key, publicKey)
}

function converting(crypto: Crypto): () => unknown {
  const publicKey = crypto.ed25519.publicKeyFromSeed(key)
  return () => crypto.x25519.montgomeryPublic(publicKey)
}
