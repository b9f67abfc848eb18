// Where a directory's chunk stands below its directory, and what that allows it to hold (docs/protocol.md §6.4): behind a
// `more` are names from its own to the next one's, and `more` nests at most 4 deep.

import type { Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { decodeDirectory } from './directory.js'
import type { FolderItem, Item, MoreItem } from './item.js'
import { compareNames } from './item-name.js'
import { maxMoreDepth } from './limits.js'

export interface DirectoryPlace {
  readonly child: Uint8Array
  readonly id: Uint8Array
  /** How many `more` stand above it. */
  readonly moreDepth: number
  /** The first name that may be in it, and the first one after it that may not. */
  readonly from: string | undefined
  readonly before: string | undefined
}

/** What a directory's chunk holds: items, or the places of further chunks in order. */
export type DirectoryContents = { readonly items: readonly FolderItem[] } | { readonly more: readonly DirectoryPlace[] }

/** The place of a directory's own chunk. */
export function directoryTop({ child, id }: { child: Uint8Array; id: Uint8Array }): DirectoryPlace {
  return { child, id, moreDepth: 0, from: undefined, before: undefined }
}

/** Opens the chunk of a place. */
export function openDirectoryPlace(
  crypto: Crypto,
  scope: Uint8Array,
  place: DirectoryPlace,
  chunk: Uint8Array,
): DirectoryContents | Reason {
  const items = decodeDirectory(crypto, scope, place.id, chunk)
  if (typeof items === 'string') return items
  const first = items[0]
  const last = items[items.length - 1]
  if (first === undefined || last === undefined) return place.moreDepth > 0 ? 'bad-count' : { items: [] }
  if (place.from !== undefined && compareNames(first.name, place.from) < 0) return 'bad-order'
  if (place.before !== undefined && compareNames(last.name, place.before) >= 0) return 'bad-order'
  // Either all items are `more`, or none is: so much the decoder has checked.
  const more = items.filter(isMore)
  if (more.length === 0) return { items: items.filter(isFolderItem) }
  if (place.moreDepth >= maxMoreDepth) return 'too-deep'
  return {
    more: more.map(({ child, id, name }, at) => ({
      child,
      id,
      moreDepth: place.moreDepth + 1,
      from: name,
      before: more[at + 1]?.name ?? place.before,
    })),
  }
}

function isMore(item: Item): item is MoreItem {
  return item.kind === 'more'
}

function isFolderItem(item: Item): item is FolderItem {
  return item.kind !== 'more'
}
