// A fork proof: two signed states of one log of which neither continues the other. It convicts the writer, never who
// brought it, and anyone can check it: it holds all that it takes (protocol §7).

import { equal, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { forkOf } from './fork.js'
import { type HeldHead, openHeldHead } from './head.js'
import { PrefixCheck } from './prefix-check.js'

export interface ForkProof {
  readonly log: Uint8Array
  readonly first: HeldHead
  readonly second: HeldHead
}

/**
 * Checks a proof that came from anywhere: both heads and open pages whole, then that they fork.
 * @param chunks of the longer one's tree, in the order in which PrefixCheck asked for them; none where the heads suffice
 * @returns 'not-proven' when it is no proof, or the refusal of one of the heads; undefined when it proves the fork
 */
export function checkForkProof(
  crypto: Crypto,
  nowMs: number,
  proof: ForkProof,
  chunks: readonly Uint8Array[] = [],
): Reason | undefined {
  const heads: HeldHead[] = []
  for (const { headBytes, page } of [proof.first, proof.second]) {
    const held = openHeldHead(crypto, nowMs, proof.log, headBytes, page)
    if (typeof held === 'string') return held
    heads.push(held)
  }
  const [first, second] = heads as [HeldHead, HeldHead]
  const check = new PrefixCheck(crypto, first, second)
  for (const chunk of chunks) {
    const refusal = check.handleChunk(crypto.hash(chunk), chunk)
    if (refusal !== undefined) return refusal
  }
  return check.result() === 'fork' ? undefined : 'not-proven'
}

/** The head of a proof that forks from `held` by heads and open pages alone, so that an answer can show it. */
export function forkingHead(held: HeldHead, proof: ForkProof): HeldHead | undefined {
  if (!equal(held.head.log, proof.log)) return undefined
  return [proof.first, proof.second].find((other) => forkOf(held, other) === 'fork')
}
