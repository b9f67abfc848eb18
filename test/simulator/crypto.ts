// Cryptography for simulations, at a hundredth of the cost of the real one: hashes that anyone could collide, signatures
// that anyone could compute, seals that anyone could read. Nobody in a simulation does: its liars change bytes and its
// thieves steal seeds. Whatever has another key, another counter or a changed byte is refused, as by the real one.

import { equal } from '../../stack/bytes/index.js'
import {
  type Crypto,
  type Hasher,
  type HasherState,
  PortableGearScanner,
  type SealPrimitives,
  sealsOf,
  TAG_BYTES,
} from '../../stack/crypto/index.js'
import { Digest } from './digest.js'

/** Bytes that sealing changes, at most: enough that nobody takes what is sealed for what was in it. */
const VEILED_BYTES = 64

const purposes = { hash: 1, keyed: 2, context: 3, key: 4, sha256: 5, hmac: 6, hkdf: 7, seal: 8 } as const
const PUBLIC = new Uint8Array(32).fill(1)
const MONTGOMERY = new Uint8Array(32).fill(2)
const SHARED = new Uint8Array(32).fill(3)
const NO_BYTES = new Uint8Array(0)

// One of each serves every call: none of them is suspended.
const scratch = new Digest(0)
const header = new Uint8Array(9)
const headerView = new DataView(header.buffer)

export function openSimulatedCrypto(): Crypto {
  const contextKeys = new Map<string, Uint8Array>()
  const primitives: SealPrimitives = {
    hash: (bytes) => digestOf(purposes.hash, bytes),
    keyedHash,
    deriveKey(context, ...parts) {
      let key = contextKeys.get(context)
      if (key === undefined) {
        key = digestOf(purposes.context, new TextEncoder().encode(context))
        contextKeys.set(context, key)
      }
      return digestOf(purposes.key, key, ...parts)
    },
    aes256ctr(key, bytes, into) {
      const result = placed(bytes, into)
      veil(result, key)
      return result
    },
  }
  const crypto: Crypto = {
    ...primitives,
    provider: 'simulated',
    openRecordInPlace: (key, counter, sealed) => crypto.openRecord(key, counter, sealed, undefined, sealed),
    hashParts: (...parts) => digestOf(purposes.hash, ...parts),
    hashMany: (batch) => batch.map((bytes) => digestOf(purposes.hash, bytes)),
    hasher: () => new SimulatedHasher(),
    seals: sealsOf(primitives),
    gearScanner: (table) => new PortableGearScanner(table),
    sealRecord(
      key,
      counter,
      plaintext,
      associatedData = NO_BYTES,
      into = new Uint8Array(plaintext.length + TAG_BYTES),
    ) {
      const tag = tagOf(key, counter, plaintext, associatedData)
      const record = into.subarray(0, plaintext.length + TAG_BYTES)
      record.set(plaintext)
      veil(record.subarray(0, plaintext.length), key)
      record.set(tag, plaintext.length)
      return record
    },
    openRecord(key, counter, sealed, associatedData = NO_BYTES, into) {
      const length = sealed.length - TAG_BYTES
      if (length < 0) return undefined
      const plaintext = sealed.slice(0, length)
      veil(plaintext, key)
      const tag = tagOf(key, counter, plaintext, associatedData)
      if (!equal(tag, sealed.subarray(length))) return undefined
      return into === undefined ? plaintext : placed(plaintext, into)
    },
    ed25519: {
      publicKeyFromSeed,
      sign: (seed, message) => signatureOf(publicKeyFromSeed(seed), message),
      checkKey: (publicKey) => publicKey.length === 32,
      verify: (publicKey, message, signature) => equal(signature, signatureOf(publicKey, message)),
    },
    // A private key is its own public key: both sides can then compute the same secret of the two.
    x25519: {
      publicFromPrivate: (privateKey) => privateKey.slice(),
      shared(privateKey, publicKey) {
        const ordered = isBefore(privateKey, publicKey) ? [privateKey, publicKey] : [publicKey, privateKey]
        return keyedHash(SHARED, ...ordered)
      },
      montgomeryPublic: montgomery,
      montgomerySecret: (seed) => montgomery(publicKeyFromSeed(seed)),
    },
    sha256: (...parts) => digestOf(purposes.sha256, ...parts),
    hmacSha256: (key, ...parts) => digestOf(purposes.hmac, key, ...parts),
    hkdf2: (chainingKey, input) => [output(1, chainingKey, input), output(2, chainingKey, input)],
    hkdf3: (chainingKey, input) => [
      output(1, chainingKey, input),
      output(2, chainingKey, input),
      output(3, chainingKey, input),
    ],
  }
  return crypto
}

class SimulatedState implements HasherState {
  readonly byteLength = 2000
  readonly digest: Digest

  constructor(digest: Digest) {
    this.digest = digest
  }
}

class SimulatedHasher implements Hasher {
  #digest = new Digest(purposes.hash)

  update(bytes: Uint8Array): this {
    this.#digest.update(bytes)
    return this
  }

  digest(): Uint8Array {
    return this.#digest.digest()
  }

  save(): HasherState {
    return new SimulatedState(this.#digest.clone())
  }

  restore(state: HasherState): this {
    if (!(state instanceof SimulatedState)) throw new RangeError('a hasher state of another provider')
    this.#digest = state.digest.clone()
    return this
  }
}

function digestOf(purpose: number, ...parts: readonly Uint8Array[]): Uint8Array {
  scratch.begin(purpose)
  for (const part of parts) scratch.update(part)
  return scratch.finish()
}

function keyedHash(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return digestOf(purposes.keyed, key, ...parts)
}

function publicKeyFromSeed(seed: Uint8Array): Uint8Array {
  return keyedHash(PUBLIC, seed)
}

function montgomery(publicKey: Uint8Array): Uint8Array {
  return keyedHash(MONTGOMERY, publicKey)
}

function signatureOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const signature = new Uint8Array(64)
  signature.set(keyedHash(publicKey, message))
  signature.set(publicKey, 32)
  return signature
}

function output(number: number, chainingKey: Uint8Array, input: Uint8Array): Uint8Array {
  return digestOf(purposes.hkdf, Uint8Array.of(number), chainingKey, input)
}

function tagOf(key: Uint8Array, counter: number, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
  headerView.setUint32(0, Math.floor(counter / 0x1_0000_0000))
  headerView.setUint32(4, counter >>> 0)
  header[8] = associatedData.length
  return digestOf(purposes.seal, key, header, associatedData, plaintext).subarray(0, TAG_BYTES)
}

/** Its own inverse. */
function veil(bytes: Uint8Array, key: Uint8Array): void {
  const end = Math.min(bytes.length, VEILED_BYTES)
  for (let at = 0; at < end; at++) bytes[at] = (bytes[at] as number) ^ (key[at & 31] as number) ^ 0x5a
}

function placed(bytes: Uint8Array, into: Uint8Array | undefined): Uint8Array {
  if (into === undefined) return bytes.slice()
  into.set(bytes)
  return into.subarray(0, bytes.length)
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
