// The symmetric state of Noise_IK_25519_AESGCM_SHA256 (Noise revision 34, section 5.2): what both sides have agreed on
// so far, as a hash of the transcript, a chaining key, and a key for what is sent next.

import { encodeUtf8 } from '../bytes/index.js'
import { type Crypto, wipe } from '../crypto/index.js'

const PROTOCOL_NAME = 'Noise_IK_25519_AESGCM_SHA256'
const NO_BYTES = new Uint8Array(0)

/** One side's state. `wipe` it when the handshake is over, whatever its end. */
export class SymmetricState {
  readonly #crypto: Crypto
  #hash: Uint8Array
  #chainingKey: Uint8Array
  #key: Uint8Array = new Uint8Array(32)
  #counter = 0

  constructor(crypto: Crypto, prologue: Uint8Array) {
    this.#crypto = crypto
    // A name of at most 32 bytes is padded with zeros instead of hashed.
    this.#hash = new Uint8Array(32)
    this.#hash.set(encodeUtf8(PROTOCOL_NAME))
    this.#chainingKey = this.#hash.slice()
    this.mixHash(prologue)
  }

  /** The hash of the transcript so far: the same on both sides, and unique to this handshake. */
  get handshakeHash(): Uint8Array {
    return this.#hash
  }

  mixHash(bytes: Uint8Array): void {
    this.#hash = this.#crypto.sha256(this.#hash, bytes)
  }

  /**
   * Mixes the shared secret of two keys, which is wiped. False when there is none, because the other's key is of small
   * order; then the handshake has failed.
   */
  mixShared(secret: Uint8Array, publicKey: Uint8Array): boolean {
    const shared = this.#crypto.x25519.shared(secret, publicKey)
    if (shared === undefined) return false
    const [chainingKey, key] = this.#crypto.hkdf2(this.#chainingKey, shared)
    wipe(shared, this.#chainingKey, this.#key)
    this.#chainingKey = chainingKey
    this.#key = key
    this.#counter = 0
    return true
  }

  /** Seals under the newest key, bound to the transcript, which it becomes a part of. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#crypto.sealRecord(this.#key, this.#counter++, plaintext, this.#hash)
    this.mixHash(sealed)
    return sealed
  }

  /** Opens what `encryptAndHash` of the other side gave; undefined when it does not authenticate. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#crypto.openRecord(this.#key, this.#counter, sealed, this.#hash)
    if (plaintext === undefined) return undefined
    this.#counter++
    this.mixHash(sealed)
    return plaintext
  }

  /** The keys of what follows the handshake: the initiator's records, then the responder's. */
  split(): [Uint8Array, Uint8Array] {
    return this.#crypto.hkdf2(this.#chainingKey, NO_BYTES)
  }

  /** Overwrites the secrets. */
  wipe(): void {
    wipe(this.#chainingKey, this.#key)
  }
}
