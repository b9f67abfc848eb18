// What a power loss leaves of a disk: what was flushed is there, what was not may be lost, kept, torn or reordered.

import {
  applyData,
  applyName,
  type Change,
  type DataChange,
  emptyImage,
  forkImage,
  type Image,
  type NameChange,
  parentOf,
} from './memory-disk.js'

/**
 * What a power loss does to changes that were not flushed: none of them is there; all are; a first part of them, the last
 * one cut at a sector of 512 or 4096 bytes; or any of their sectors, whatever the order.
 */
export type PowerLoss = 'lost' | 'kept' | 'torn-512' | 'torn-4096' | 'reordered'
export const powerLosses: readonly PowerLoss[] = ['lost', 'kept', 'torn-512', 'torn-4096', 'reordered']

/** What was changed in a file since its last flush. */
interface Unflushed {
  /**
   * Changes before a flush that failed. As Linux does, their pages count as clean from then on: they are on the disk or
   * not, and no later flush brings them there.
   */
  given: DataChange[]
  pending: DataChange[]
}

/** Changes of one file or directory that wait for a flush, above which a forgetful disk has written them by itself. */
const WAITING_CHANGES = 64

/** Follows the changes of a disk, and tells at each of them what would be left. */
export class PowerCut {
  readonly #changes: Change[]
  readonly #flushed: Image
  readonly #data = new Map<number, Unflushed>()
  readonly #names = new Map<string, NameChange[]>()
  /** Files that lack on the disk what a failed flush had been given. */
  readonly #differing = new Set<number>()
  #count = 0

  /** `before`: what was on the disk, flushed, before the first of the changes. */
  constructor(changes: Change[], before: Image = emptyImage()) {
    this.#changes = changes
    this.#flushed = forkImage(before)
  }

  /** Goes on until so many changes have been made. */
  advance(count: number): void {
    for (; this.#count < count; this.#count++) this.#follow(this.#changes[this.#count] as Change)
  }

  /**
   * Goes on to the last change and empties the list. What waits long is written back, as a kernel does unasked. A file of
   * which nothing waits shares its memory with `now`, the disk after all changes.
   */
  forget(now: Image): void {
    this.advance(this.#changes.length)
    const last = this.#changes.at(-1)
    if (last?.kind === 'flush') this.#share(last.inode, now)
    this.#changes.length = 0
    this.#count = 0
    for (const [inode, { given, pending }] of this.#data) {
      if (given.length + pending.length <= WAITING_CHANGES) continue
      for (const change of [...given.splice(0), ...pending.splice(0)]) applyData(this.#flushed, change)
      this.#data.delete(inode)
    }
    for (const pending of this.#names.values()) {
      if (pending.length <= WAITING_CHANGES) continue
      for (const change of pending.splice(0)) applyName(this.#flushed, change)
    }
    if (this.#flushed.contents.size > 2 * this.#flushed.names.size + WAITING_CHANGES) this.#dropNameless()
  }

  /** The disk if the power is lost now. `random` gives numbers from 0 to below 1. */
  image(loss: PowerLoss, random: () => number): Image {
    const image = forkImage(this.#flushed)
    for (const pending of this.#names.values()) {
      for (const change of survivors(pending, loss, random)) applyName(image, change)
    }
    dropOrphans(image)
    for (const { given, pending } of this.#data.values()) {
      loseData(image, given, loss, random)
      loseData(image, pending, loss, random)
    }
    return image
  }

  #follow(change: Change): void {
    switch (change.kind) {
      case 'write':
      case 'truncate':
        this.#unflushed(change.inode).pending.push(change)
        break
      case 'flush': {
        const { given, pending } = this.#unflushed(change.inode)
        for (const change of pending) applyData(this.#flushed, change)
        if (given.length > 0) this.#differing.add(change.inode)
        this.#data.delete(change.inode)
        break
      }
      case 'flush-failed': {
        const unflushed = this.#unflushed(change.inode)
        unflushed.given.push(...unflushed.pending.splice(0))
        break
      }
      case 'sync':
        for (const pending of this.#pendingNames(change.path).splice(0)) applyName(this.#flushed, pending)
        break
      default:
        this.#pendingNames(parentOf(change.kind === 'rename' ? change.to : change.path)).push(change)
    }
  }

  #share(inode: number, now: Image): void {
    const content = now.contents.get(inode)
    if (content !== undefined && !this.#differing.has(inode)) this.#flushed.contents.set(inode, content.fork())
  }

  /** Drops the contents that no name leads to, and none can lead to again. */
  #dropNameless(): void {
    const named = new Set(this.#flushed.names.values())
    for (const pending of this.#names.values()) {
      for (const change of pending) if (change.kind === 'create') named.add(change.inode)
    }
    for (const inode of [...this.#flushed.contents.keys(), ...this.#data.keys()]) {
      if (named.has(inode)) continue
      this.#flushed.contents.delete(inode)
      this.#data.delete(inode)
    }
  }

  #unflushed(inode: number): Unflushed {
    let unflushed = this.#data.get(inode)
    if (unflushed === undefined) {
      unflushed = { given: [], pending: [] }
      this.#data.set(inode, unflushed)
    }
    return unflushed
  }

  #pendingNames(directory: string): NameChange[] {
    let pending = this.#names.get(directory)
    if (pending === undefined) {
      pending = []
      this.#names.set(directory, pending)
    }
    return pending
  }
}

function survivors(pending: readonly NameChange[], loss: PowerLoss, random: () => number): readonly NameChange[] {
  if (loss === 'lost') return []
  if (loss === 'kept') return pending
  if (loss === 'reordered') return pending.filter(() => random() < 0.5)
  return pending.slice(0, Math.floor(random() * (pending.length + 1)))
}

/** What was in a directory whose own name was lost is gone. */
function dropOrphans({ names }: Image): void {
  const isThere = (path: string): boolean => path === '/' || (names.get(path) === 0 && isThere(parentOf(path)))
  for (const path of [...names.keys()]) if (!isThere(parentOf(path))) names.delete(path)
}

function loseData(image: Image, changes: readonly DataChange[], loss: PowerLoss, random: () => number): void {
  if (loss === 'lost') return
  if (loss === 'kept') {
    for (const change of changes) applyData(image, change)
    return
  }
  const sector = loss === 'torn-4096' ? 4096 : 512
  const whole = loss === 'reordered' ? 0 : Math.floor(random() * (changes.length + 1))
  for (const [index, change] of changes.entries()) {
    if (loss === 'reordered' || index === whole) applyPart(image, change, sector, loss, random)
    else if (index < whole) applyData(image, change)
  }
}

/** Applies some sectors of a write: the first ones when torn, any when reordered. */
function applyPart(image: Image, change: DataChange, sector: number, loss: PowerLoss, random: () => number): void {
  if (change.kind === 'truncate') {
    if (random() < 0.5) applyData(image, change)
    return
  }
  const end = change.offset + change.bytes.length
  const cut = change.offset + Math.floor(random() * (change.bytes.length + 1))
  for (let at = change.offset; at < end; ) {
    const next = Math.min(end, (Math.floor(at / sector) + 1) * sector)
    if (loss === 'reordered' ? random() < 0.5 : next <= cut) {
      const bytes = change.bytes.subarray(at - change.offset, next - change.offset)
      applyData(image, { kind: 'write', inode: change.inode, offset: at, bytes })
    }
    at = next
  }
}
