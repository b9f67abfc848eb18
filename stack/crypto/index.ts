// The one crypto door: BLAKE3, AES-256, Ed25519, X25519, and Noise's hashes, the same to the bit from every provider.
// Lengths are checked (RangeError); content never makes anything throw.

export { ADDON_INTERFACE } from './addon.js'
export { PortableGearScanner } from './gear.js'
export { type HpkeSealed, openHpke, sealHpke } from './hpke.js'
export { HASH_BYTES, SIGNATURE_BYTES, TAG_BYTES } from './limits.js'
export { openNativeCrypto } from './native.js'
export { openPortableCrypto } from './portable.js'
export type * from './provider.js'
export { cardScope, fileScope, open, runScope, seal } from './seal.js'
export { type SealPrimitives, sealsOf } from './seals.js'
export { constantTimeEqual, wipe } from './secret.js'
export { type SignedType, signedMessage, signTyped, verifyTyped } from './signature.js'
export { rememberingSignatures } from './verified-signatures.js'
