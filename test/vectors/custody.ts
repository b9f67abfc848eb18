// Vectors of custody (§19): a message of each type, `encoded` and as what it says, and the proof of an audit.

import { concat, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { auditProof, encodeCustody } from '../../stack/custody/index.js'
import { sampleCustody } from '../samples/custody.js'
import { filled, sampleSeeds } from '../samples/name.js'

/** A plain object that JSON holds: the vectors by section. */
export function custodyVectors(crypto: Crypto): Record<string, unknown> {
  const custodian = crypto.ed25519.publicKeyFromSeed(sampleSeeds.secondDevice)
  const chunk = concat(Uint8Array.of(3), filled(12))
  return {
    messages: sampleCustody(crypto).map((message) => ({ ...plain(message), encoded: toHex(encodeCustody(message)) })),
    proof: {
      nonce: toHex(filled(9)),
      custodian: toHex(custodian),
      chunk: toHex(chunk),
      proof: toHex(auditProof(crypto, filled(9), custodian, chunk)),
    },
  }
}

/** The same with hex in place of bytes, and null for what is absent. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) => {
      if (one instanceof Uint8Array) return toHex(one)
      return one === undefined ? null : one
    }),
  ) as Record<string, unknown>
}
