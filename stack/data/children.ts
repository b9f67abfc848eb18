// The children of a chunk that stand in clear: all that whoever carries a tree needs to walk it, sealed or not.

import { equal, Reader, type Reason } from '../bytes/index.js'
import { type ChunkChild, ChunkKind } from './chunk.js'
import { maxChildren, maxChunkBytes, maxNodeLevel } from './limits.js'
import { decodePage } from './page.js'
import { decodeTree, emptyRoot } from './tree.js'

/** A card head (protocol §4.3) before and after the name of the card's chunk: form, name, device key, version; the rest. */
const beforeCardChunk = 1 + 32 + 32 + 8
const afterCardChunk = 8 + 4 + 64

/** Closed logs that closings may name for one device, and devices (protocol §6.7). */
const maxClosedLogs = 256
const maxClosedDevices = 32

/**
 * The names that a chunk of any kind shows in clear, in order, with repetitions; views of the chunk.
 * Refuses a chunk whose clear part is not of its kind. Every chunk has at most 256, except closings, which have as many
 * as fit: the card of each device that had one, then closed root and last page of each of its logs.
 */
export function childrenOf(chunk: Uint8Array): ChunkChild[] | Reason {
  if (chunk.length > maxChunkBytes) return 'too-long'
  switch (chunk[0]) {
    case ChunkKind.page: {
      const page = decodePage(chunk)
      return typeof page === 'string' ? page : page.runs.flatMap((run) => run.children)
    }
    case ChunkKind.tree: {
      const tree = decodeTree(chunk)
      return typeof tree === 'string' ? tree : tree.children.map(({ name, reachable }) => ({ name, reachable }))
    }
    case ChunkKind.node:
      return nodeChildren(new Reader(chunk.subarray(1)))
    case ChunkKind.directory:
      return directoryChildren(new Reader(chunk.subarray(1)))
    case ChunkKind.part:
    case ChunkKind.card:
      return []
    case ChunkKind.closings:
      return closingsChildren(new Reader(chunk.subarray(1)))
    case undefined:
      return 'too-short'
    default:
      return 'bad-kind'
  }
}

/** level u8 | n u16 | n × child 32 | id 32 | sealed: n × 40 */
function nodeChildren(reader: Reader): ChunkChild[] | Reason {
  const level = reader.u8()
  if (level > maxNodeLevel) return 'too-deep'
  const children = names(reader)
  if (typeof children === 'string') return children
  reader.take(32)
  const sealedBytes = reader.rest().length
  const refusal = reader.end()
  if (refusal !== undefined) return refusal
  if (sealedBytes !== children.length * 40) return 'bad-length'
  return level > 0 && children.length === 0 ? 'bad-count' : children
}

/** n u16 | n × child 32 | id 32 | sealed */
function directoryChildren(reader: Reader): ChunkChild[] | Reason {
  const children = names(reader)
  if (typeof children === 'string') return children
  reader.take(32)
  return reader.failed ?? children
}

function names(reader: Reader): ChunkChild[] | Reason {
  const count = reader.u16()
  if (count > maxChildren) return 'bad-count'
  const children: ChunkChild[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    children.push({ name: reader.take(32), reachable: undefined })
  }
  return reader.failed ?? children
}

/** d u8 | d × { device key 32 | LP16(CARD HEAD, or empty) | l u16 | l × { log key 32 | length u64 | closed root 32 | open page 32 } } */
function closingsChildren(reader: Reader): ChunkChild[] | Reason {
  const children: ChunkChild[] = []
  const devices = reader.u8()
  if (devices > maxClosedDevices) return 'bad-count'
  for (let device = 0; device < devices && reader.failed === undefined; device++) {
    reader.take(32)
    const cardHead = new Reader(reader.lp16())
    if (cardHead.remaining > 0) {
      cardHead.take(beforeCardChunk)
      const card = cardHead.take(32)
      cardHead.take(afterCardChunk)
      const refusal = cardHead.end()
      if (refusal !== undefined) return refusal
      children.push({ name: card, reachable: undefined })
    }
    const logs = reader.u16()
    if (logs > maxClosedLogs) return 'bad-count'
    for (let log = 0; log < logs && reader.failed === undefined; log++) {
      reader.take(32 + 8)
      const root = reader.take(32)
      const page = reader.take(32)
      if (!equal(root, emptyRoot)) children.push({ name: root, reachable: undefined })
      children.push({ name: page, reachable: undefined })
    }
  }
  return reader.end() ?? children
}
