// Finds one path's item in a folder from chunks that its caller fetches: one chunk for each name on the way, and one more
// for each level at which a directory is split (protocol §6.4). Symlinks are not followed: whoever asks decides.

import type { Reason } from '../bytes/index.js'
import { equal } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { type DirectoryContents, type DirectoryPlace, directoryTop, openDirectoryPlace } from './directory-place.js'
import type { WantedChunk } from './frontier.js'
import type { FolderItem } from './item.js'
import { checkItemName, checkSymlink, compareNames } from './item-name.js'
import { maxFolderDepth } from './limits.js'
import type { OpenedDirectories } from './opened-directories.js'

export type PathResult =
  /** The item of the whole path. */
  | { readonly found: FolderItem }
  /**
   * Why there is none: the name at `index` is not in its directory, or it is `instead`, a file or symlink, and no
   * directory that could hold the next name.
   */
  | { readonly missing: number; readonly instead: FolderItem | undefined }

/**
 * A reader for the path of at least one name below a folder's root. A path that no folder can hold fails at once, with
 * the reason of checkItemName, or 'too-deep'. No chunk is wanted of a directory that is in `opened`; others are put there.
 */
export function openPathReader(
  crypto: Crypto,
  scope: Uint8Array,
  root: { readonly child: Uint8Array; readonly id: Uint8Array },
  path: readonly string[],
  opened?: OpenedDirectories,
): PathReader {
  return new PathReader(crypto, scope, directoryTop(root), path, opened)
}

export class PathReader {
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  readonly #path: readonly string[]
  readonly #opened: OpenedDirectories | undefined
  #place: DirectoryPlace
  #asked = false
  /** How many names have been found. */
  #depth = 0
  #outcome: PathResult | Reason | undefined

  constructor(
    crypto: Crypto,
    scope: Uint8Array,
    place: DirectoryPlace,
    path: readonly string[],
    opened?: OpenedDirectories,
  ) {
    this.#crypto = crypto
    this.#scope = scope
    this.#place = place
    this.#path = path
    this.#opened = opened
    if (path.length === 0) throw new RangeError('a path without names')
    // The last name may be in a directory as deep as directories may be.
    if (path.length > maxFolderDepth + 1) this.#outcome = 'too-deep'
    for (const name of path) this.#outcome ??= checkItemName(name)
    this.#walkOpened()
  }

  /** The result once it is known, or why the folder or the path was refused. */
  get result(): PathResult | Reason | undefined {
    return this.#outcome
  }

  /** The one chunk to fetch next, asked for once; none when the result is there. */
  wanted(): WantedChunk[] {
    if (this.#outcome !== undefined || this.#asked) return []
    this.#asked = true
    return [{ name: this.#place.child, bytes: undefined }]
  }

  /** As FileReader.handleChunk. */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    if (this.#outcome === undefined && equal(name, this.#place.child)) this.#step(chunk)
    return typeof this.#outcome === 'string' ? this.#outcome : undefined
  }

  #step(chunk: Uint8Array): void {
    const contents = openDirectoryPlace(this.#crypto, this.#scope, this.#place, chunk)
    if (typeof contents === 'string') {
      this.#outcome = contents
      return
    }
    this.#opened?.keep(this.#scope, this.#place, contents, chunk.length)
    this.#enterContents(contents)
    this.#walkOpened()
  }

  /** As far as it goes without a chunk. */
  #walkOpened(): void {
    while (this.#outcome === undefined) {
      const contents = this.#opened?.find(this.#scope, this.#place)
      if (contents === undefined) return
      this.#enterContents(contents)
    }
  }

  #enterContents(contents: DirectoryContents): void {
    const name = this.#path[this.#depth] ?? ''
    if ('more' in contents) {
      const place = contents.more.findLast(({ from }) => from !== undefined && compareNames(from, name) <= 0)
      if (place === undefined) this.#outcome = { missing: this.#depth, instead: undefined }
      else this.#descend(place)
      return
    }
    const item = contents.items.find((candidate) => candidate.name === name)
    if (item === undefined) this.#outcome = { missing: this.#depth, instead: undefined }
    else this.#enter(item)
  }

  #enter(item: FolderItem): void {
    const refusal = item.kind === 'symlink' ? checkSymlink(this.#path.slice(0, this.#depth), item.target) : undefined
    if (refusal !== undefined) {
      this.#outcome = refusal
    } else if (this.#depth === this.#path.length - 1) {
      this.#outcome = { found: item }
    } else if (item.kind === 'directory') {
      this.#depth++
      this.#descend(directoryTop(item))
    } else {
      this.#outcome = { missing: this.#depth, instead: item }
    }
  }

  #descend(place: DirectoryPlace): void {
    this.#place = place
    this.#asked = false
  }
}
