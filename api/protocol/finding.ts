// What `find` tells of a path, and `read` takes.

import type { Freshness } from './freshness.js'

/** What a file was when it was found: `read` takes it and gives these bytes, whatever the folder has become since. */
export interface FileReference {
  /** The name of the chunk that it is, or that leads to its parts. */
  chunk: Uint8Array
  id: Uint8Array
  bytes: number
  /** The key of the log that says where to ask. */
  log: Uint8Array
}

/** The file or folder that a path leads to, once all symlinks are followed. */
export interface FoundItem {
  /** Of the stream, without a path. */
  link: string
  /** Where it stands in the stream; empty for what was published itself. */
  path: string
  name: string
  kind: 'file' | 'directory'
  mode: number
  bytes: number
  /** Of a file. */
  file?: FileReference
  /** When this state was published. */
  publishedMs: number
  /** How old a copy its writer suggests to accept. */
  maxAgeS: number
  head: Freshness
  source: { hop: number; cached: boolean }
}
