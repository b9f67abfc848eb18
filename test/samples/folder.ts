// Folders in memory: plain trees of bytes, built into chunks and read back.

import { toHex } from '../../stack/bytes/index.js'
import { type Crypto, fileScope } from '../../stack/crypto/index.js'
import {
  type BuiltItem,
  buildDirectory,
  type DirectoryRef,
  type EmitChunk,
  FileBuilder,
  openFileReader,
  walkFolder,
} from '../../stack/data/index.js'
import { type ChunkMemory, driven, type Pace } from './chunks.js'

export type SampleEntry =
  | { readonly file: Uint8Array; readonly mode: number }
  | { readonly directory: SampleFolder; readonly mode: number }
  | { readonly symlink: string }

/** Names to what they are. */
export type SampleFolder = ReadonlyMap<string, SampleEntry>

export function buildFolder(
  crypto: Crypto,
  secret: Uint8Array | undefined,
  folder: SampleFolder,
  emit: EmitChunk,
): DirectoryRef {
  const builder = new FileBuilder(crypto, secret, emit)
  const build = (entries: SampleFolder): DirectoryRef => {
    const items = [...entries].map(([name, entry]): BuiltItem => {
      if ('symlink' in entry) return { kind: 'symlink', name, target: entry.symlink }
      if ('directory' in entry) return { kind: 'directory', name, mode: entry.mode, ...build(entry.directory) }
      builder.push(entry.file)
      return { kind: 'file', name, mode: entry.mode, ...builder.end() }
    })
    return buildDirectory(crypto, secret, items, emit)
  }
  return build(folder)
}

/** One line for each item in the order of a walk: what a reader would create. */
export function describeFolder(folder: SampleFolder, path = ''): string[] {
  const encoder = new TextEncoder()
  const sorted = [...folder].sort(([a], [b]) => Buffer.compare(encoder.encode(a), encoder.encode(b)))
  return sorted.flatMap(([name, entry]) => {
    const place = `${path}/${name}`
    if ('symlink' in entry) return [`${place} -> ${entry.symlink}`]
    if ('file' in entry) return [`${place} ${entry.mode} ${toHex(entry.file)}`]
    return [`${place}/ ${entry.mode}`, ...describeFolder(entry.directory, place)]
  })
}

/** The same lines from chunks, or why the folder was refused. */
export function readFolder(
  crypto: Crypto,
  secret: Uint8Array | undefined,
  root: DirectoryRef,
  memory: ChunkMemory,
  pace: Pace,
): string[] | string {
  const scope = fileScope(crypto, secret)
  const entries = driven(walkFolder(crypto, scope, root), memory, pace)
  if (typeof entries === 'string') return entries
  return entries.map(({ directoryPath, item }) => {
    const place = ['', ...directoryPath, item.name].join('/')
    if (item.kind === 'symlink') return `${place} -> ${item.target}`
    if (item.kind === 'directory') return `${place}/ ${item.mode}`
    const pieces = driven(openFileReader(crypto, scope, item), memory, pace)
    return `${place} ${item.mode} ${typeof pieces === 'string' ? pieces : pieces.map(toHex).join('')}`
  })
}
