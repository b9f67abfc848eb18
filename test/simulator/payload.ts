// Bytes that say who they are: an identity, a space, and what follows from it. So whoever is shown them can be checked
// against what was written, and two of them are never the same.

import { Random } from './random.js'

/** At least the identity and a space, else `size` bytes. */
export function payloadOf(seed: string, identity: string, size: number): Uint8Array {
  const head = new TextEncoder().encode(`${identity} `)
  if (size <= head.length) return head
  const bytes = new Random(`${seed} payload ${identity}`).bytes(size)
  bytes.set(head)
  return bytes
}
