// What a log of this node, and all that it ever referred to, lacks in the node's own store: nothing, unless a disk failed.

import { RunnelError } from '../../errors/index.js'
import { equal, KeySet } from '../../stack/bytes/index.js'
import { ChunkKind, childrenOf, emptyRoot, type HeldHead } from '../../stack/data/index.js'
import type { Time } from '../outside.js'
import type { Store } from '../store/index.js'
import { auditChunks } from './limits.js'

/** Chunks that are read before others get their turn: a few milliseconds. */
const chunksATurn = 64

/** Counts the chunks that are not there, each once. `seed` is 8 random bytes. Throws ABORTED. */
export async function countMissing(
  store: Store,
  time: Time,
  seed: Uint8Array,
  { head, page }: HeldHead,
  signal: AbortSignal,
): Promise<number> {
  const seen = new KeySet(seed, auditChunks)
  const open: Uint8Array[] = equal(head.closedRoot, emptyRoot) ? [] : [head.closedRoot]
  const follow = (chunk: Uint8Array): void => {
    const children = childrenOf(chunk)
    if (typeof children === 'string') return
    for (const { name } of children) {
      if (seen.has(name) || seen.full) continue
      seen.add(name)
      // Of a file's parts nothing hangs: that they are there is enough.
      if (!isLowestNode(chunk)) open.push(name.slice())
      else if (!store.hasChunk(name)) missing += 1
    }
  }
  let missing = 0
  follow(page)
  for (let read = 0; ; read += 1) {
    const name = open.pop()
    if (name === undefined) return missing
    const chunk = store.readChunk(name)
    if (chunk === undefined) missing += 1
    else follow(chunk.bytes)
    if (read % chunksATurn === 0) await time.turn()
    if (signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: signal.reason })
  }
}

/** A node of level 0 (docs/protocol.md §6.3). */
function isLowestNode(chunk: Uint8Array): boolean {
  return chunk[0] === ChunkKind.node && chunk[1] === 0
}
