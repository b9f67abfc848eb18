// A disk in memory that remembers every change in order, so that a power loss can be tried after each of them:
// what was flushed is there, what was not may be lost, torn or reordered.

/** One change, in the order in which they were made. Contents are owned by the log. */
export type Change =
  | { readonly kind: 'create'; readonly path: string; readonly inode: number }
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly bytes: number }
  | { readonly kind: 'flush'; readonly inode: number }
  | { readonly kind: 'flush-failed'; readonly inode: number }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'sync'; readonly path: string }

/**
 * What a power loss does to changes that were not flushed: none of them is there; all are; a first part of them, the last
 * one cut at a sector of 512 or 4096 bytes; or any of their sectors, whatever the order.
 */
export type PowerLoss = 'lost' | 'kept' | 'torn-512' | 'torn-4096' | 'reordered'
export const powerLosses: readonly PowerLoss[] = ['lost', 'kept', 'torn-512', 'torn-4096', 'reordered']

/** A file's content; grows as it is written. */
export class Content {
  #bytes = new Uint8Array(0)
  length = 0

  write(offset: number, bytes: Uint8Array): void {
    this.truncate(Math.max(this.length, offset + bytes.length))
    this.#bytes.set(bytes, offset)
  }

  truncate(length: number): void {
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
      grown.set(this.#bytes.subarray(0, this.length))
      this.#bytes = grown
    }
    if (length < this.length) this.#bytes.fill(0, length, this.length)
    this.length = length
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }
}

/** What a disk holds at one moment: files by inode, and what the directories say. */
export interface Image {
  readonly contents: Map<number, Content>
  /** Inodes by path; 0 for a directory. */
  readonly names: Map<string, number>
}

type DataChange = Extract<Change, { kind: 'write' | 'truncate' }>
type NameChange = Extract<Change, { kind: 'create' | 'directory' | 'rename' | 'remove' }>

/** The disk after a power loss that follows the first `count` changes. `random` gives numbers from 0 to below 1. */
export function imageAfter(changes: readonly Change[], count: number, loss: PowerLoss, random: () => number): Image {
  const image: Image = { contents: new Map(), names: new Map() }
  const data = new Map<number, DataChange[]>()
  const names = new Map<string, NameChange[]>()
  for (const change of changes.slice(0, count)) {
    switch (change.kind) {
      case 'write':
      case 'truncate':
        listOf(data, change.inode).push(change)
        break
      case 'flush':
        for (const pending of listOf(data, change.inode)) applyData(image, pending)
        data.delete(change.inode)
        break
      case 'flush-failed':
        // As Linux does: the pages count as clean although they never reached the disk.
        data.delete(change.inode)
        break
      case 'sync':
        for (const pending of listOf(names, change.path)) applyName(image, pending)
        names.delete(change.path)
        break
      default:
        listOf(names, parentOf(change.kind === 'rename' ? change.to : change.path)).push(change)
    }
  }
  for (const pending of names.values()) for (const change of survivors(pending, loss, random)) applyName(image, change)
  for (const pending of data.values()) loseData(image, pending, loss, random)
  return image
}

function survivors(pending: NameChange[], loss: PowerLoss, random: () => number): NameChange[] {
  if (loss === 'lost') return []
  if (loss === 'kept') return pending
  if (loss === 'reordered') return pending.filter(() => random() < 0.5)
  return pending.slice(0, Math.floor(random() * (pending.length + 1)))
}

function loseData(image: Image, pending: DataChange[], loss: PowerLoss, random: () => number): void {
  if (loss === 'lost') return
  if (loss === 'kept') {
    for (const change of pending) applyData(image, change)
    return
  }
  const sector = loss === 'torn-4096' ? 4096 : 512
  const whole = loss === 'reordered' ? pending.length : Math.floor(random() * (pending.length + 1))
  for (const [index, change] of pending.entries()) {
    if (loss !== 'reordered' && index < whole) applyData(image, change)
    else if (loss === 'reordered' || index === whole) applyPart(image, change, sector, loss, random)
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

export function applyData(image: Image, change: DataChange): void {
  let content = image.contents.get(change.inode)
  if (content === undefined) {
    content = new Content()
    image.contents.set(change.inode, content)
  }
  if (change.kind === 'truncate') content.truncate(change.bytes)
  else content.write(change.offset, change.bytes)
}

export function applyName(image: Image, change: NameChange): void {
  if (change.kind === 'create') image.names.set(change.path, change.inode)
  else if (change.kind === 'directory') image.names.set(change.path, 0)
  else if (change.kind === 'remove') image.names.delete(change.path)
  else {
    const inode = image.names.get(change.from)
    image.names.delete(change.from)
    if (inode !== undefined) image.names.set(change.to, inode)
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  let list = map.get(key)
  if (list === undefined) {
    list = []
    map.set(key, list)
  }
  return list
}
