// The arithmetic of an audit (docs/protocol.md §19): which chunk is asked for, and what proves that somebody has its
// bytes. A chunk is found by descending from the head at random, weighted by what is reachable where that is declared, so
// that every byte is asked for about as often, whatever the tree looks like. A hash of the chunk is not enough for a proof.

import type { Crypto } from '../crypto/index.js'
import { childrenOf, type HeldHead, openPageOf, rootPlace } from '../data/index.js'

const context = 'runnel v1 audit'

/** What somebody who has the chunk's bytes answers to a challenge. 32 bytes. */
export function auditProof(crypto: Crypto, nonce: Uint8Array, custodian: Uint8Array, chunk: Uint8Array): Uint8Array {
  return crypto.keyedHash(crypto.deriveKey(context, nonce, custodian), chunk)
}

/** Says that a custodian does not have a chunk. */
export const noProof: Uint8Array = new Uint8Array(32)

/**
 * The name of one chunk below a head. `random`: numbers in [0, 1). `read` gives chunks that the auditor has; where it does
 * not have one, that one is it.
 */
export function pickChunk(
  held: HeldHead,
  random: () => number,
  read: (name: Uint8Array) => Uint8Array | undefined,
): Uint8Array | undefined {
  const root = rootPlace(held)
  const roots = openPageOf(held).runs.flatMap((run) => run.children.map(({ name, reachable }) => ({ name, reachable })))
  let children: readonly Weighted[] = root === undefined ? roots : [...roots, root]
  let picked: Uint8Array | undefined
  // Of a chunk with children, these are what mostly counts; now and then it is itself what is asked for.
  for (let depth = 0; depth < maxDepth; depth++) {
    const next = weighted(children, random)
    if (next === undefined) return picked
    picked = next.slice()
    const chunk = read(picked)
    const below = chunk === undefined ? 'too-short' : childrenOf(chunk)
    if (typeof below === 'string' || below.length === 0 || random() < stopShare) return picked
    children = below
  }
  return picked
}

interface Weighted {
  readonly name: Uint8Array
  readonly reachable: number | undefined
}

/** A tree of seven levels, a page, and a folder of 128 levels with files of seven. */
const maxDepth = 256

/** How often an inner chunk is itself asked for. Folders and trees are a few per cent of the bytes. */
const stopShare = 0.03

function weighted(children: readonly Weighted[], random: () => number): Uint8Array | undefined {
  let total = 0
  for (const { reachable } of children) total += reachable ?? 1
  let at = random() * total
  for (const { name, reachable } of children) {
    at -= reachable ?? 1
    if (at < 0) return name
  }
  return children.at(-1)?.name
}
