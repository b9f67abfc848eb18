// The one crypto door: what every provider computes, to the bit. A second provider may be faster, never different.
//
// All functions are synchronous and take borrowed bytes that they neither keep nor change. Results are new arrays of the
// caller's own, unless `into` says where they go. Keys, seeds and signatures have fixed lengths: another length is a
// programmer's error and throws RangeError, so bytes from the network are checked by their decoder first. Nothing else
// throws, whatever the content.

/** Suspended work of a Hasher. Opaque: only the provider that gave it can take it back. Never changed, so it can be shared. */
export interface HasherState {
  /** Memory that it holds, in bytes: about 2,000. */
  readonly byteLength: number
}

/** BLAKE3-256 of bytes that come in pieces. */
export interface Hasher {
  /** Appends bytes. */
  update(bytes: Uint8Array): this
  /** The hash of all bytes so far. The hasher stays usable: more may be appended afterwards. */
  digest(): Uint8Array
  /** What was appended so far, to go on from later, any number of times. As sensitive as the bytes themselves. */
  save(): HasherState
  /** Forgets what was appended and goes on from a saved state. */
  restore(state: HasherState): this
}

/** Ed25519 (RFC 8032) with the one rule of verification that all nodes share. */
export interface Ed25519 {
  /** The public key of a 32-byte seed. */
  publicKeyFromSeed(seed: Uint8Array): Uint8Array
  /** A 64-byte signature, deterministic. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  /** Whether 32 bytes are a public key: canonical encoding, on the curve, of prime order. Remembered for a while. */
  checkKey(publicKey: Uint8Array): boolean
  /**
   * Whether the key passes `checkKey`, S < L, R is not neutral, and encode(S·B − k·A) equals the bytes of R. `signature` has 64 bytes.
   * A new key costs about eight times as much as a known one.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** X25519 (RFC 7748), and the Montgomery form of Ed25519 keys. */
export interface X25519 {
  publicFromPrivate(privateKey: Uint8Array): Uint8Array
  /** The shared secret, or undefined when it is all zero: the other's key is of small order. Wipe it after use. */
  shared(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
  /** The X25519 key of an Ed25519 public key; undefined unless that key passes `checkKey`. */
  montgomeryPublic(ed25519PublicKey: Uint8Array): Uint8Array | undefined
  /** The X25519 private key of an Ed25519 seed. Wipe it after use. */
  montgomerySecret(ed25519Seed: Uint8Array): Uint8Array
}

/** What a seal gave: `sealed` has as many bytes as the plaintext. */
export interface Sealed {
  readonly id: Uint8Array
  readonly sealed: Uint8Array
}

/** A chunk that holds nothing but a kind and what is sealed. */
export interface SealedPart {
  readonly id: Uint8Array
  /** kind u8 | sealed */
  readonly chunk: Uint8Array
  /** BLAKE3-256 of the chunk. */
  readonly name: Uint8Array
}

/**
 * The seal of stored things (docs/protocol.md, the seal), a whole chunk or many in one go. Scope keys and ids have 32
 * bytes, a context at most 65,535.
 */
export interface Seals {
  seal(scope: Uint8Array, kind: number, context: Uint8Array, plaintext: Uint8Array): Sealed
  /**
   * The plaintext, in the beginning of `into` where it is given; undefined when it is not what `id` says, and then `into`
   * holds zeros.
   */
  open(
    scope: Uint8Array,
    kind: number,
    context: Uint8Array,
    id: Uint8Array,
    sealed: Uint8Array,
    into?: Uint8Array,
  ): Uint8Array | undefined
  /** Seals each with an empty context and names its chunk. */
  sealParts(scope: Uint8Array, kind: number, plaintexts: readonly Uint8Array[]): SealedPart[]
  /** The plaintexts of chunks that `sealParts` made, in order; undefined when one is not what its id says. Not the names. */
  openParts(
    scope: Uint8Array,
    kind: number,
    ids: readonly Uint8Array[],
    chunks: readonly Uint8Array[],
  ): Uint8Array[] | undefined
}

/** 48 bits: the upper 32 as a signed number, and the lower 16. */
export interface GearBits {
  readonly middle: number
  readonly low: number
}

/** The gear table of a cutter: 256 values of 48 bits, each half in an array of its own. */
export interface GearTable {
  readonly middle: Int32Array
  readonly low: Int32Array
}

/** A rolling hash over bytes that come in pieces: each byte shifts it by a bit and adds its value of the table. */
export interface GearScanner {
  /** Forgets what was rolled in. */
  reset(): void
  /**
   * Rolls in `bytes[from]` up to `bytes[to - 1]`. The index of the first byte after which no bit of `mask` is set, and
   * then `reset` has to follow; −1 when there is none.
   */
  scan(bytes: Uint8Array, from: number, to: number, mask: GearBits): number
}

export interface Crypto {
  /** Says which one is at work, for `status` and logs. */
  readonly provider: string

  /** BLAKE3-256. */
  hash(bytes: Uint8Array): Uint8Array
  /** BLAKE3-256 of the parts one after the other, which are not joined in memory. */
  hashParts(...parts: readonly Uint8Array[]): Uint8Array
  /** BLAKE3-256 of each, in order. */
  hashMany(batch: readonly Uint8Array[]): Uint8Array[]
  hasher(): Hasher
  /** Keyed BLAKE3-256 of the parts; `key` has 32 bytes. */
  keyedHash(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
  /** BLAKE3 derive_key, 32 bytes. `context` is a constant of the program, never data; its hash is remembered. */
  deriveKey(context: string, ...parts: readonly Uint8Array[]): Uint8Array

  /** AES-256-CTR with initial counter block zero: seals and opens. `into` may be `bytes` itself; a view of it is given. */
  aes256ctr(key: Uint8Array, bytes: Uint8Array, into?: Uint8Array): Uint8Array

  /**
   * AES-256-GCM: ciphertext, then the 16-byte tag. Nonce: 4 zero bytes, then `counter` as u64 big-endian, which is the
   * nonce of Noise's AESGCM. A counter must never repeat under one key; it is at most 2^53 − 1. With `into`, the result
   * is a view of its first plaintext.length + 16 bytes; `into` may be the plaintext's own memory.
   */
  sealRecord(
    key: Uint8Array,
    counter: number,
    plaintext: Uint8Array,
    associatedData?: Uint8Array,
    into?: Uint8Array,
  ): Uint8Array
  /** The plaintext, or undefined when it does not authenticate or is shorter than a tag; then `into` is as it was. */
  openRecord(
    key: Uint8Array,
    counter: number,
    sealed: Uint8Array,
    associatedData?: Uint8Array,
    into?: Uint8Array,
  ): Uint8Array | undefined

  /** As `openRecord` without associated data, in the record's own memory, which is spoilt when it does not open. */
  openRecordInPlace(key: Uint8Array, counter: number, sealed: Uint8Array): Uint8Array | undefined

  readonly seals: Seals
  /** The rolling hash that says where a file is cut. */
  gearScanner(table: GearTable): GearScanner

  readonly ed25519: Ed25519
  readonly x25519: X25519

  /** SHA-256 of the parts one after the other. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array
  /** HMAC-SHA-256 of the parts; a key of any length. */
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
  /** Noise's HKDF with two outputs (revision 34, section 4.3). `input` may be empty. */
  hkdf2(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array]
  /** Noise's HKDF with three outputs. */
  hkdf3(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array, Uint8Array]
}
