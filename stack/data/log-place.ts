// Where a chunk of a log stands, and what was declared of it above. Opening a chunk at its place holds it to that: its
// kind, level, fill and counts. So a walk that ends well has found exactly what the head declared.

import type { Reason } from '../bytes/index.js'
import type { HeldHead } from './head.js'
import { treeFanOut } from './limits.js'
import { decodePage, type Page } from './page.js'
import { decodeTree, sumOf, type TreeChild } from './tree.js'

/** A closed page or tree that a walk has to open. */
export interface LogPlace extends TreeChild {
  /** Level of a tree, −1 for a page, undefined for the top of the tree, which says itself how deep it is. */
  readonly level: number | undefined
  /** Whether nothing of the tree stands to the right of it, so that it may be partial. */
  readonly rightmost: boolean
  /** Sequence of its first entry, and how many bytes of entries stand before it. */
  readonly first: number
  readonly firstByte: number
}

/** The top of the closed tree; undefined where no page was closed. RangeError unless the head was verified. */
export function rootPlace(held: HeldHead): LogPlace | undefined {
  const { head } = held
  if (head.closedLength === 0) return undefined
  const page = openPageOf(held)
  return {
    name: head.closedRoot,
    level: undefined,
    rightmost: true,
    first: 0,
    firstByte: 0,
    entries: head.closedLength,
    bytes: head.bytes - page.bytes,
    reachable: head.reachable - page.reachable,
  }
}

/** The open page, decoded. RangeError unless the head was verified. */
export function openPageOf(held: HeldHead): Page {
  const page = decodePage(held.page)
  if (typeof page === 'string') throw new RangeError(`a head whose open page was not checked: ${page}`)
  return page
}

/** Opens a tree at its place: its level, and the places of its children from left to right. */
export function openTree(place: LogPlace, chunk: Uint8Array): { level: number; places: LogPlace[] } | Reason {
  const tree = decodeTree(chunk)
  if (typeof tree === 'string') return tree
  const { level, children } = tree
  if (place.level !== undefined && level !== place.level) return 'bad-kind'
  if (!place.rightmost && children.length !== treeFanOut) return 'bad-count'
  if (place.level === undefined && level > 0 && children.length === 1) return 'not-canonical'
  if (!matches(place, sumOf(chunk, children))) return 'bad-count'
  let { first, firstByte } = place
  const places = children.map((child, index): LogPlace => {
    const rightmost = place.rightmost && index === children.length - 1
    const below = { ...child, level: level - 1, rightmost, first, firstByte }
    first += child.entries
    firstByte += child.bytes
    return below
  })
  return { level, places }
}

/** Opens a closed page at its place. */
export function openClosedPage(place: LogPlace, chunk: Uint8Array): Page | Reason {
  const page = decodePage(chunk)
  if (typeof page === 'string') return page
  if (page.first !== place.first || !matches(place, page)) return 'bad-count'
  return page
}

/** Sums beyond 2^53 − 1 are inexact, but never come down to what a field can hold. */
function matches(declared: TreeChild, found: Omit<TreeChild, 'name'>): boolean {
  return found.entries === declared.entries && found.bytes === declared.bytes && found.reachable === declared.reachable
}
