// One item of a directory: a name and what it is (docs/protocol.md §6.4; directory.ts shows the layout).

import { decodeUtf8, encodeUtf8, type Reader, type Reason, type Writer } from '../bytes/index.js'
import { checkItemName, checkTarget } from './item-name.js'
import { maxItemMode, maxItemNameBytes, maxTargetBytes } from './limits.js'

const FILE = 0
const DIRECTORY = 1
const SYMLINK = 2
const MORE = 3

/** A chunk that an item names. */
export interface ItemChild {
  /** Name of the chunk. */
  readonly child: Uint8Array
  /** Its seal's id. */
  readonly id: Uint8Array
}

export interface FileItem extends ItemChild {
  readonly kind: 'file'
  readonly name: string
  /** Permissions, 0 to 0o777. */
  readonly mode: number
  /** Bytes of the file. */
  readonly bytes: number
}

export interface DirectoryItem extends ItemChild {
  readonly kind: 'directory'
  readonly name: string
  readonly mode: number
  /** Bytes of all files below it. */
  readonly bytes: number
}

export interface SymlinkItem {
  readonly kind: 'symlink'
  readonly name: string
  readonly target: string
}

/** The items from this name on, up to the next one's, are in another directory's chunk. */
export interface MoreItem extends ItemChild {
  readonly kind: 'more'
  readonly name: string
}

/** What a folder is made of. */
export type FolderItem = FileItem | DirectoryItem | SymlinkItem

/** What a directory's chunk is made of. */
export type Item = FolderItem | MoreItem

/** Appends an item; `index` is that of its child in the chunk. RangeError for one that `decodeItem` would refuse. */
export function encodeItem(writer: Writer, item: Item, index: number): void {
  const refusal = checkItemName(item.name)
  if (refusal !== undefined) throw new RangeError(`an item's name: ${refusal}`)
  writer.lp8(encodeUtf8(item.name))
  switch (item.kind) {
    case 'symlink': {
      const problem = checkTarget(item.target)
      if (problem !== undefined) throw new RangeError(`a symlink's target: ${problem}`)
      writer.u8(SYMLINK).lp16(encodeUtf8(item.target))
      return
    }
    case 'more':
      writer.u8(MORE).u8(index).put(item.id)
      return
    default:
      if (item.mode > maxItemMode) throw new RangeError(`the mode ${item.mode}`)
      writer
        .u8(item.kind === 'file' ? FILE : DIRECTORY)
        .u16(item.mode)
        .u64(item.bytes)
        .u8(index)
        .put(item.id)
  }
}

/** Bytes that `encodeItem` appends. */
export function itemBytes(item: Item): number {
  const head = 1 + encodeUtf8(item.name).length + 1
  if (item.kind === 'symlink') return head + 2 + encodeUtf8(item.target).length
  return head + (item.kind === 'more' ? 1 + 32 : 2 + 8 + 1 + 32)
}

/**
 * Reads one item. `childAt` gives the chunk with that index, or why it may not be named here.
 * @returns undefined when it was refused, which the reader then says
 */
export function decodeItem(reader: Reader, childAt: (index: number) => Uint8Array | Reason): Item | undefined {
  const name = text(reader, reader.lp8(maxItemNameBytes), checkItemName)
  const kind = reader.u8()
  if (reader.failed !== undefined) return undefined
  if (kind === SYMLINK) {
    const target = text(reader, reader.lp16(maxTargetBytes), checkTarget)
    return reader.failed === undefined ? { kind: 'symlink', name, target } : undefined
  }
  if (kind === MORE) {
    const place = itemChild(reader, childAt)
    return reader.failed === undefined ? { kind: 'more', name, ...place } : undefined
  }
  if (kind > MORE) {
    reader.fail('bad-kind')
    return undefined
  }
  const mode = reader.u16()
  if (mode > maxItemMode) reader.fail('bad-range')
  const bytes = reader.u64()
  const place = itemChild(reader, childAt)
  if (reader.failed !== undefined) return undefined
  return { kind: kind === FILE ? 'file' : 'directory', name, mode, bytes, ...place }
}

function itemChild(reader: Reader, childAt: (index: number) => Uint8Array | Reason): ItemChild {
  const index = reader.u8()
  const id = reader.take(32)
  const child = reader.failed === undefined ? childAt(index) : 'too-short'
  if (typeof child !== 'string') return { child, id }
  reader.fail(child)
  return { child: id, id }
}

function text(reader: Reader, bytes: Uint8Array, check: (text: string) => Reason | undefined): string {
  if (reader.failed !== undefined) return ''
  const decoded = decodeUtf8(bytes)
  const refusal = decoded === undefined ? 'bad-text' : check(decoded)
  if (refusal !== undefined) reader.fail(refusal)
  return decoded ?? ''
}
