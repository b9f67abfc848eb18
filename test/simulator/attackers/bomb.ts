// Bombs: it publishes a log that claims or holds far more than anybody can take. Every byte of it is signed, and hashes to
// its name; only who reads it can tell.
//
// Manners: paths (a folder with 256^5 paths in seven chunks), paths-few (the same, said to have 1,000 files), deep (folders
// 200 deep), file (263 TB in four chunks), claims (a small file said to have 2^53 − 1 bytes), counts (a log tree that
// claims a million entries for each small page), wide (256^5 pages that are one), missing (a tree of chunks that are
// nowhere).

import type { Crypto } from '../../../stack/crypto/index.js'
import { fileScope } from '../../../stack/crypto/index.js'
import {
  encodeDirectory,
  encodeNode,
  encodeNote,
  encodePart,
  encodeTree,
  type Item,
  ReferenceKind,
  type TreeChild,
} from '../../../stack/data/index.js'
import { formatLink } from '../../../stack/name/index.js'
import type { Random } from '../random.js'
import type { Published } from './attack.js'
import { HandLog } from './hand-log.js'
import type { Tap } from './tap.js'
import { serveLog } from './thief.js'

export const bombManners = ['paths', 'paths-few', 'deep', 'file', 'claims', 'counts', 'wide', 'missing'] as const

/** What an entry refers to. */
interface Root {
  readonly child: Uint8Array
  readonly id: Uint8Array
  readonly bytes: number
  readonly files: number
  readonly kind: ReferenceKind
}

type Emit = (chunk: Uint8Array) => Uint8Array

export function bomb(tap: Tap, manner: string, random: Random): Published {
  const { crypto } = tap.world
  const { nowMs } = tap.node.parts.outside.time.now()
  const log = new HandLog(crypto, { seed: random.bytes(32), chunks: tap.extra })
  const emit: Emit = (chunk) => {
    const name = crypto.hash(chunk)
    tap.extra.set(name, chunk)
    return name
  }
  if (manner === 'counts' || manner === 'wide' || manner === 'missing') claimTree(log, manner, random, nowMs, emit)
  else {
    const { child, id, kind, bytes, files } = rootFor(crypto, manner, random, emit)
    const note = encodeNote({ files, bytes, mode: 0o755, added: 0, changed: 0, removed: 0, name: 'bomb' })
    const reference = { child, id, kind, bytes, reachable: 2 ** 50 }
    log.append(nowMs, [{ bytes: note, reference, site: true }])
  }
  serveLog(tap, log)
  tap.count(manner)
  const link = formatLink(crypto, { target: 'log', key: log.log, label: undefined, secret: undefined, path: [] })
  return { link, log: log.log, branches: [], common: 0 }
}

function rootFor(crypto: Crypto, manner: string, random: Random, emit: Emit): Root {
  const scope = fileScope(crypto, undefined)
  const small = random.bytes(100)
  const part = encodePart(crypto, scope, small)
  const leaf: Root = { child: emit(part.chunk), id: part.id, bytes: 100, files: 1, kind: ReferenceKind.file }
  switch (manner) {
    case 'paths':
      return nested(crypto, scope, leaf, 5, 256, emit)
    case 'paths-few':
      return { ...nested(crypto, scope, leaf, 5, 256, emit), files: 1_000 }
    case 'deep':
      return nested(crypto, scope, leaf, 200, 1, emit)
    case 'claims':
      return { ...leaf, bytes: Number.MAX_SAFE_INTEGER }
    default: {
      const full = encodePart(crypto, scope, random.bytes(61_439))
      let below = { name: emit(full.chunk), id: full.id, bytes: 61_439 }
      for (let level = 0; level < 4; level++) {
        const node = encodeNode(crypto, scope, { level, children: Array.from({ length: 256 }, () => below) })
        below = { name: emit(node.chunk), id: node.id, bytes: 256 * below.bytes }
      }
      return { child: below.name, id: below.id, bytes: below.bytes, files: 1, kind: ReferenceKind.file }
    }
  }
}

/** Folders in folders, each of `width` items that are all one. */
function nested(crypto: Crypto, scope: Uint8Array, leaf: Root, depth: number, width: number, emit: Emit): Root {
  let below = leaf
  for (let level = 0; level < depth; level++) {
    const { child, id, bytes } = below
    const kind = below.kind === ReferenceKind.file ? ('file' as const) : ('directory' as const)
    const items: Item[] = Array.from({ length: width }, (_, index) => {
      return { kind, name: `n${String(index).padStart(3, '0')}`, mode: 0o755, bytes, child, id }
    })
    const sealed = encodeDirectory(crypto, scope, items)
    below = {
      child: emit(sealed.chunk),
      id: sealed.id,
      bytes: width * bytes,
      files: width * below.files,
      kind: ReferenceKind.directory,
    }
  }
  return below
}

/** A head over a log tree that is not what it says, or not there. */
function claimTree(log: HandLog, manner: string, random: Random, nowMs: number, emit: Emit): void {
  log.append(nowMs, [{ bytes: random.bytes(50) }])
  const { page, head } = log.held
  const real: TreeChild = { name: emit(page), entries: 1, bytes: 50, reachable: page.length }
  const claimed: TreeChild =
    manner === 'counts'
      ? { ...real, entries: 1_000_000, bytes: 50_000_000, reachable: 100_000_000 }
      : manner === 'missing'
        ? { name: random.bytes(32), entries: 1_000, bytes: 1_000, reachable: 10_000 }
        : real
  const levels = manner === 'wide' ? 5 : 1
  let below = claimed
  let own = 0
  for (let level = 0; level < levels; level++) {
    const { entries, bytes, reachable } = below
    const chunk = encodeTree({ level, children: Array.from({ length: 256 }, () => below) })
    own = chunk.length
    below = { name: emit(chunk), entries: 256 * entries, bytes: 256 * bytes, reachable: own + 256 * reachable }
  }
  // The page that is open is empty: everything is said to be closed.
  const empty = emit(Uint8Array.of(1))
  log.sign(
    {
      ...head,
      length: below.entries,
      bytes: below.bytes,
      reachable: below.reachable + 1,
      closedLength: below.entries,
      closedRoot: below.name,
      openPage: empty,
      openBytes: 1,
    },
    Uint8Array.of(1),
  )
}
