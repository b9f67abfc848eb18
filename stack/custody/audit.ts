// The arithmetic of an audit (docs/protocol.md §19): which chunks are asked for, and what proves that somebody has their
// bytes. They are found by descending from the head at random, weighted by what is reachable where that is declared, so
// that every byte is asked for about as often, whatever the tree looks like; and what leads to one is asked for with it,
// as one without the other is worth nothing. A hash of the chunk is not enough for a proof.

import { equal } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { childrenOf, type HeldHead, openPageOf, rootPlace } from '../data/index.js'
import { auditPaths, maxChallenged } from './limits.js'

const context = 'runnel v1 audit'

/** What somebody who has the chunk's bytes answers to a challenge. 32 bytes. */
export function auditProof(crypto: Crypto, nonce: Uint8Array, custodian: Uint8Array, chunk: Uint8Array): Uint8Array {
  return crypto.keyedHash(crypto.deriveKey(context, nonce, custodian), chunk)
}

/** Says that a custodian does not have a chunk. */
export const noProof: Uint8Array = new Uint8Array(32)

/**
 * The names that one challenge asks for: chunks that were picked at random, and as many of those that lead to them as there
 * is room for, the nearest first. Each once. `random` and `read` as for `pickPath`.
 */
export function pickChallenge(
  held: HeldHead,
  random: () => number,
  read: (name: Uint8Array) => Uint8Array | undefined,
): Uint8Array[] {
  const paths = Array.from({ length: auditPaths }, () => pickPath(held, random, read).reverse())
  const names: Uint8Array[] = []
  for (let above = 0; paths.some((path) => path.length > above); above++) {
    for (const path of paths) {
      const name = path[above]
      if (name !== undefined && names.length < maxChallenged && !names.some((one) => equal(one, name))) names.push(name)
    }
  }
  return names
}

/**
 * The names of the chunks from the top of a log down to one that was picked at random, by how much is reachable below:
 * whoever lacks one of them lacks what it leads to. `random`: numbers in [0, 1). `read` gives chunks that the auditor has;
 * the first one that it does not have is the last.
 */
export function pickPath(
  held: HeldHead,
  random: () => number,
  read: (name: Uint8Array) => Uint8Array | undefined,
): Uint8Array[] {
  const root = rootPlace(held)
  const roots = openPageOf(held).runs.flatMap((run) => run.children.map(({ name, reachable }) => ({ name, reachable })))
  let children: readonly Weighted[] = root === undefined ? roots : [...roots, root]
  const path: Uint8Array[] = []
  while (path.length < maxDepth) {
    const next = weighted(children, random)
    if (next === undefined) break
    const name = next.slice()
    path.push(name)
    const chunk = read(name)
    const below = chunk === undefined ? 'too-short' : childrenOf(chunk)
    if (typeof below === 'string') break
    children = below
  }
  return path
}

interface Weighted {
  readonly name: Uint8Array
  readonly reachable: number | undefined
}

/** A tree of seven levels, a page, and a folder of 128 levels with files of seven. */
const maxDepth = 256

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
