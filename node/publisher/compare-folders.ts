// What changed between two published trees, file by file, read from this node's own store. Only directories whose ids
// differ are opened, so publishing a large folder again costs what changed.

import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type FolderItem, listDirectory } from '../../stack/data/index.js'
import type { Store } from '../store/index.js'

export interface Changes {
  readonly added: number
  readonly changed: number
  readonly removed: number
}

export interface TreeRef {
  readonly kind: 'file' | 'directory'
  readonly child: Uint8Array
  readonly id: Uint8Array
  readonly bytes: number
}

/** Counts files and symlinks. `before` undefined: everything of `after` was added. */
export function compareTrees(
  crypto: Crypto,
  store: Store,
  scope: Uint8Array,
  before: TreeRef | undefined,
  after: TreeRef,
): Changes {
  const count = { added: 0, changed: 0, removed: 0 }
  const list = (tree: TreeRef): Map<string, FolderItem> => {
    const items = new Map<string, FolderItem>()
    const walk = listDirectory(crypto, scope, tree)
    while (!walk.done && walk.failed === undefined) {
      const wanted = walk.wanted(1)
      for (const { name } of wanted) {
        const chunk = store.readChunk(name)
        // An old tree that has lost a chunk cannot be compared further; what it held counts as added.
        if (chunk === undefined || walk.handleChunk(name, chunk.bytes) !== undefined) return items
      }
      for (const { item } of walk.take()) items.set(item.name, item)
    }
    return items
  }
  const filesBelow = (item: FolderItem): number => {
    if (item.kind !== 'directory') return 1
    let files = 0
    for (const below of list(item).values()) files += filesBelow(below)
    return files
  }
  const visit = (old: TreeRef, now: TreeRef): void => {
    if (old.kind === now.kind && equal(old.id, now.id) && equal(old.child, now.child)) return
    if (old.kind === 'file' || now.kind === 'file') {
      if (old.kind === now.kind) count.changed += 1
      else {
        count.removed +=
          old.kind === 'file' ? 1 : [...list(old).values()].reduce((sum, item) => sum + filesBelow(item), 0)
        count.added +=
          now.kind === 'file' ? 1 : [...list(now).values()].reduce((sum, item) => sum + filesBelow(item), 0)
      }
      return
    }
    const [oldItems, newItems] = [list(old), list(now)]
    for (const [name, item] of oldItems) if (!newItems.has(name)) count.removed += filesBelow(item)
    for (const [name, item] of newItems) {
      const other = oldItems.get(name)
      if (other === undefined) count.added += filesBelow(item)
      else if (item.kind === 'symlink' || other.kind === 'symlink') {
        if (!sameItem(item, other)) count.changed += 1
      } else {
        visit(other, item)
        if (item.kind === 'file' && other.kind === 'file' && equal(item.id, other.id) && item.mode !== other.mode)
          count.changed += 1
      }
    }
  }
  if (before !== undefined) visit(before, after)
  else
    count.added +=
      after.kind === 'file' ? 1 : [...list(after).values()].reduce((sum, item) => sum + filesBelow(item), 0)
  return count
}

function sameItem(a: FolderItem, b: FolderItem): boolean {
  if (a.kind === 'symlink' && b.kind === 'symlink') return a.target === b.target
  return a.kind === b.kind
}
