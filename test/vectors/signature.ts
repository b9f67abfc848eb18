// Vectors of the one rule of verification (§3): published cases at its edges, of which each says whether it MUST be
// accepted. The messages are as they are, without the prefix of this protocol.

import { readFileSync } from 'node:fs'

interface Case {
  readonly why: string
  readonly valid: boolean
  readonly message: string
  readonly publicKey: string
  readonly signature: string
}

/** From the compiled file, in dist/test/vectors/. */
const published = new URL('../../../stack/crypto/vectors/ed25519-speccheck.json', import.meta.url)

/** A plain object that JSON holds. */
export function signatureVectors(): Record<string, unknown> {
  const { source, cases } = JSON.parse(readFileSync(published, 'utf8')) as { source: string; cases: Case[] }
  return { source, cases }
}
