// Lists a folder's items in order, a directory before what is in it, from chunks that its caller fetches (protocol §6.4).
// Each path counts against limits, so that a small tree with exponentially many paths is refused, and names, symlinks,
// depths and sums are checked before an item is given.

import type { Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { type DirectoryPlace, directoryTop, openDirectoryPlace } from './directory-place.js'
import { type Content, Frontier, type TreeRoot, type WantedChunk } from './frontier.js'
import type { FolderItem } from './item.js'
import { checkSymlink } from './item-name.js'
import { maxFolderDepth, maxFolderDirectories, maxFolderFiles, maxReadAhead } from './limits.js'

/** Bounds of one walk. What exceeds them is refused with 'too-many', 'too-large' or 'too-deep'. */
export interface FolderLimits {
  /** Files and symlinks: what a NOTE says, or less. */
  readonly maxFiles: number
  /** Bytes of all files: what a NOTE says, or less. */
  readonly maxBytes: number
  readonly maxDirectories: number
  /** Names from the root to a directory. */
  readonly maxDepth: number
}

/** The bounds that hold where a caller sets none. */
export const defaultFolderLimits: FolderLimits = {
  maxFiles: maxFolderFiles,
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxDirectories: maxFolderDirectories,
  maxDepth: maxFolderDepth,
}

/** An item and where it is. */
export interface FolderEntry {
  /** Names from the root to its directory; empty for the root's items. */
  readonly directoryPath: readonly string[]
  readonly item: FolderItem
}

export interface WalkOptions {
  readonly limits?: Partial<FolderLimits>
  /** Names from the folder's root to the directory where the walk begins; the root unless said. */
  readonly directoryPath?: readonly string[]
}

/** Walks a whole folder. `scope` is the files' scope key. */
export function walkFolder(crypto: Crypto, scope: Uint8Array, root: TreeRoot, options: WalkOptions = {}): FolderWalk {
  return new FolderWalk(crypto, scope, root, options, true)
}

/** Lists one directory, not what is in its directories. */
export function listDirectory(
  crypto: Crypto,
  scope: Uint8Array,
  root: TreeRoot,
  options: WalkOptions = {},
): FolderWalk {
  return new FolderWalk(crypto, scope, root, options, false)
}

interface Directory {
  readonly path: readonly string[]
  /** Of what its parent declared: bytes of files that are still to be found, chunks that are still to come. */
  bytesLeft: number
  chunksLeft: number
}

interface Place extends DirectoryPlace {
  readonly directory: Directory
}

type Contents = Content<Place, FolderEntry>[]

/** How much of a walk's limit an untaken item takes: a chunk brings about a hundred. */
const ITEM_COST = 1 / 64

export class FolderWalk {
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  readonly #limits: FolderLimits
  readonly #recursive: boolean
  readonly #frontier: Frontier<Place, FolderEntry>
  #files = 0
  #bytes = 0
  #directories = 0
  #failed: Reason | undefined
  #refusedPath: readonly string[] | undefined

  constructor(crypto: Crypto, scope: Uint8Array, root: TreeRoot, options: WalkOptions, recursive: boolean) {
    this.#crypto = crypto
    this.#scope = scope
    this.#limits = { ...defaultFolderLimits, ...options.limits }
    this.#recursive = recursive
    this.#frontier = new Frontier([pendingDirectory(root, options.directoryPath ?? [])])
  }

  /** Files and symlinks listed so far. */
  get files(): number {
    return this.#files
  }

  /** Bytes of the files listed so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Why the folder was refused, if it was: then nothing more is wanted or given. */
  get failed(): Reason | undefined {
    return this.#failed
  }

  /** Where it was refused: names from the root to a directory or an item. */
  get refusedPath(): readonly string[] | undefined {
    return this.#refusedPath
  }

  /** Whether all items have been taken. */
  get done(): boolean {
    return this.#failed === undefined && this.#frontier.empty
  }

  /** As FileReader.wanted. */
  wanted(limit: number): WantedChunk[] {
    return this.#failed === undefined ? this.#frontier.wanted(Math.min(limit, maxReadAhead)) : []
  }

  /** As FileReader.handleChunk; it is copied. */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    if (this.#failed !== undefined) return this.#failed
    for (const arrival of this.#frontier.arrive(name)) {
      const contents = this.#open(arrival.place, chunk.slice())
      if (typeof contents === 'string') return this.#refuse(contents, arrival.place.directory.path)
      this.#frontier.replace(arrival, contents)
    }
    return undefined
  }

  /** The next items in order, as far as they are known. Nothing after a refusal. */
  take(): FolderEntry[] {
    return this.#failed === undefined ? this.#frontier.take() : []
  }

  #open(place: Place, chunk: Uint8Array): Contents | Reason {
    const opened = openDirectoryPlace(this.#crypto, this.#scope, place, chunk)
    if (typeof opened === 'string') return opened
    const { directory } = place
    directory.chunksLeft--
    if ('more' in opened) {
      directory.chunksLeft += opened.more.length
      return opened.more.map((further) => pendingPlace({ ...further, directory }))
    }
    const contents: Contents = []
    for (const item of opened.items) {
      const refusal = this.#count(item, directory)
      if (refusal !== undefined) return this.#refuse(refusal, [...directory.path, item.name])
      contents.push({ ready: { directoryPath: directory.path, item }, cost: ITEM_COST })
      if (item.kind === 'directory' && this.#recursive) {
        contents.push(pendingDirectory(item, [...directory.path, item.name]))
      }
    }
    return directory.chunksLeft === 0 && directory.bytesLeft !== 0 ? 'bad-length' : contents
  }

  /** Counts an item against its directory's bytes and the limits of the walk. */
  #count(item: FolderItem, directory: Directory): Reason | undefined {
    const { maxFiles, maxBytes, maxDirectories, maxDepth } = this.#limits
    if (item.kind !== 'symlink') {
      if (item.bytes > directory.bytesLeft) return 'bad-length'
      directory.bytesLeft -= item.bytes
    }
    if (item.kind === 'directory') {
      if (directory.path.length + 1 > maxDepth) return 'too-deep'
      return ++this.#directories > maxDirectories ? 'too-many' : undefined
    }
    if (++this.#files > maxFiles) return 'too-many'
    if (item.kind === 'symlink') return checkSymlink(directory.path, item.target)
    this.#bytes += item.bytes
    return this.#bytes > maxBytes ? 'too-large' : undefined
  }

  #refuse(reason: Reason, path: readonly string[]): Reason {
    this.#failed = reason
    this.#refusedPath ??= path
    return reason
  }
}

function pendingDirectory(root: TreeRoot, path: readonly string[]): { pending: ReturnType<typeof pendingOf> } {
  return pendingPlace({ ...directoryTop(root), directory: { path, bytesLeft: root.bytes, chunksLeft: 1 } })
}

function pendingPlace(place: Place): { pending: ReturnType<typeof pendingOf> } {
  return { pending: pendingOf(place) }
}

function pendingOf(place: Place) {
  return { name: place.child, bytes: undefined, place, cost: 1 }
}
