// A disk in memory: what it holds, and each change of it in order, so that a power loss can be tried after any of them.

import { Content } from './content.js'

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

export type DataChange = Extract<Change, { kind: 'write' | 'truncate' }>
export type NameChange = Extract<Change, { kind: 'create' | 'directory' | 'rename' | 'remove' }>

/** What a disk holds at one moment: files by inode, and what the directories say. */
export interface Image {
  readonly contents: Map<number, Content>
  /** Inodes by path; 0 for a directory. */
  readonly names: Map<string, number>
}

export function emptyImage(): Image {
  return { contents: new Map(), names: new Map() }
}

/** The same disk, of which neither sees what is done to the other. */
export function forkImage({ contents, names }: Image): Image {
  const forks = [...contents].map(([inode, content]): [number, Content] => [inode, content.fork()])
  return { contents: new Map(forks), names: new Map(names) }
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
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
