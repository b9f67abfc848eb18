// The one seal for everything that is stored (docs/protocol.md, the seal). It is deterministic: equal plaintext under
// one scope is one ciphertext, and there is no nonce that a restored copy could repeat. The id authenticates: it is
// computed again from what was opened.
// How it is computed stands in seals.ts.

import type { Reason } from '../bytes/index.js'
import { requireKey } from './check.js'
import type { Crypto, Sealed } from './provider.js'

const SCOPE = 'runnel v1 scope'
const NO_SECRET = new Uint8Array(0)
const PURPOSE = { files: Uint8Array.of(0), runs: Uint8Array.of(1), cards: Uint8Array.of(2) } as const

/** The scope key of files: one for the world where `secret` is undefined (public), else the stream's own. */
export function fileScope(crypto: Crypto, secret: Uint8Array | undefined): Uint8Array {
  return crypto.deriveKey(SCOPE, PURPOSE.files, checked(secret))
}

/** The scope key of a log's runs; `secret` is undefined for a public log. */
export function runScope(crypto: Crypto, log: Uint8Array, secret: Uint8Array | undefined): Uint8Array {
  requireKey(log, 'a log key')
  return crypto.deriveKey(SCOPE, PURPOSE.runs, log, checked(secret))
}

/** The scope key of the card records of an unlisted stream. */
export function cardScope(crypto: Crypto, secret: Uint8Array): Uint8Array {
  return crypto.deriveKey(SCOPE, PURPOSE.cards, checked(secret))
}

/**
 * Seals a plaintext of any length. `kind` is that of the chunk that holds it; `context` is the u64 first sequence for a
 * run and empty otherwise. `id` has 32 bytes, `sealed` as many as the plaintext. RangeError unless `scope` has 32 bytes.
 */
export function seal(
  crypto: Crypto,
  scope: Uint8Array,
  kind: number,
  context: Uint8Array,
  plaintext: Uint8Array,
): Sealed {
  return crypto.seals.seal(scope, kind, context, plaintext)
}

/**
 * The plaintext of what `seal` gave for the same scope, kind and context; 'bad-seal' otherwise. The id has 32 bytes. It is
 * in the beginning of `into`, which is other memory than the sealed, or in an array of its own.
 */
export function open(
  crypto: Crypto,
  scope: Uint8Array,
  kind: number,
  context: Uint8Array,
  id: Uint8Array,
  sealed: Uint8Array,
  into?: Uint8Array,
): Uint8Array | Reason {
  return crypto.seals.open(scope, kind, context, id, sealed, into) ?? 'bad-seal'
}

function checked(secret: Uint8Array | undefined): Uint8Array {
  if (secret === undefined) return NO_SECRET
  requireKey(secret, 'a secret')
  return secret
}
