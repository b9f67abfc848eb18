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
  // With its path, because a symlink may climb as far as its directory is deep.
  const list = (tree: TreeRef, path: readonly string[]): Map<string, FolderItem> => {
    const items = new Map<string, FolderItem>()
    const walk = listDirectory(crypto, scope, tree, { directoryPath: path })
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
  const filesBelow = (tree: TreeRef | FolderItem, path: readonly string[]): number => {
    if (tree.kind !== 'directory') return 1
    let files = 0
    for (const [name, below] of list(tree, path)) files += filesBelow(below, [...path, name])
    return files
  }
  const visit = (old: TreeRef, now: TreeRef, path: readonly string[]): void => {
    if (old.kind === now.kind && equal(old.id, now.id) && equal(old.child, now.child)) return
    if (old.kind !== now.kind) {
      count.removed += filesBelow(old, path)
      count.added += filesBelow(now, path)
    } else if (now.kind === 'file') count.changed += 1
    else visitItems(list(old, path), list(now, path), path)
  }
  const visitItems = (
    oldItems: ReadonlyMap<string, FolderItem>,
    newItems: ReadonlyMap<string, FolderItem>,
    path: readonly string[],
  ): void => {
    for (const [name, item] of oldItems) if (!newItems.has(name)) count.removed += filesBelow(item, [...path, name])
    for (const [name, item] of newItems) {
      const other = oldItems.get(name)
      if (other === undefined) count.added += filesBelow(item, [...path, name])
      else if (item.kind === 'symlink' || other.kind === 'symlink') visitSymlink(other, item, [...path, name])
      else {
        visit(other, item, [...path, name])
        const sameFile = item.kind === 'file' && other.kind === 'file' && equal(item.id, other.id)
        if (sameFile && item.mode !== other.mode) count.changed += 1
      }
    }
  }
  const visitSymlink = (old: FolderItem, now: FolderItem, path: readonly string[]): void => {
    if (old.kind === 'symlink' && now.kind === 'symlink') count.changed += old.target === now.target ? 0 : 1
    else if (old.kind !== 'directory' && now.kind !== 'directory') count.changed += 1
    else {
      count.removed += filesBelow(old, path)
      count.added += filesBelow(now, path)
    }
  }
  if (before !== undefined) visit(before, after, [])
  else count.added += filesBelow(after, [])
  return count
}
