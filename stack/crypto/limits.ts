// Sizes of keys and bounds of the caches in this folder. A cache has two generations: when the young one is full the
// old one is dropped and the young one becomes old, so what was not asked for lately goes first.

export const HASH_BYTES = 32
export const KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
export const TAG_BYTES = 16

/** Bytes of the nonce of AES-GCM in HPKE (RFC 9180, table 5). */
export const HPKE_NONCE_BYTES = 12

/** Public keys in one generation whose check is remembered, about 100 bytes each: a check costs 0.8 ms, a look-up 0.1 µs. */
export const CHECKED_KEYS = 8192

/** Imported public keys in one generation, about 1 KiB of OpenSSL's memory each; importing costs 7 µs, verifying 100 µs. */
export const IMPORTED_PUBLIC_KEYS = 1024

/** Imported private keys in one generation: few, because they are secrets; importing costs 350 µs, signing 35 µs. */
export const IMPORTED_PRIVATE_KEYS = 32

/** Signatures in one generation that were found good, about 80 bytes each: a check costs 45 to 100 µs, a look-up 2 µs. */
export const VERIFIED_SIGNATURES = 4096

/** Contexts whose derive_key state is remembered. A program has a few dozen constants; beyond that all are forgotten. */
export const CONTEXT_KEYS = 64
