// Vectors of the protocol's pages on the seal, files, directories and the cutter (§5, §6.3, §6.4, §16): the same things
// for the world (public) and under the secret of 32 bytes 06. Byte strings are lower-case hex.

import { toHex } from '../../stack/bytes/index.js'
import { type Crypto, fileScope } from '../../stack/crypto/index.js'
import {
  type BuiltItem,
  buildDirectory,
  createCutter,
  type EmitChunk,
  FileBuilder,
  type FileRef,
} from '../../stack/data/index.js'
import { filled } from '../samples/name.js'

interface Emitted {
  readonly name: string
  readonly chunk: string
}

/** A plain object that JSON holds: the vectors by visibility. */
export function dataFileVectors(crypto: Crypto): Record<string, unknown> {
  return { public: vectors(crypto, undefined), secret: vectors(crypto, filled(6)) }
}

function vectors(crypto: Crypto, secret: Uint8Array | undefined): Record<string, unknown> {
  const scope = fileScope(crypto, secret)
  return {
    secret: secret === undefined ? null : toHex(secret),
    scope: toHex(scope),
    cutSeed: toHex(secret === undefined ? new Uint8Array(8) : crypto.deriveKey('runnel v1 cut', scope).subarray(0, 8)),
    cuts: cuts(crypto, secret === undefined ? undefined : scope),
    part: file(crypto, secret, new TextEncoder().encode('a part of a file\n')),
    emptyFile: file(crypto, secret, new Uint8Array(0)),
    node: nodeOfThree(crypto, secret),
    emptyDirectory: directory(crypto, secret, []),
    directory: directory(crypto, secret, itemsOfEachKind(crypto, secret)),
    splitDirectory: splitDirectory(crypto, secret),
  }
}

/** BLAKE3 of "0", "1", "2" … one after the other: irregular, and easy to make again. */
function irregular(crypto: Crypto, bytes: number): Uint8Array {
  const blocks = Math.ceil(bytes / 32)
  const data = new Uint8Array(blocks * 32)
  for (let at = 0; at < blocks; at++) data.set(crypto.hash(new TextEncoder().encode(String(at))), at * 32)
  return data.subarray(0, bytes)
}

/** Lengths of the parts of 1 MiB of BLAKE3 of "0", "1", "2" … one after the other. */
function cuts(crypto: Crypto, scope: Uint8Array | undefined): number[] {
  const cutter = createCutter(crypto, scope)
  return [...cutter.push(irregular(crypto, 1 << 20)), ...cutter.end()].map((part) => part.length)
}

function refOf({ child, id, bytes, reachable }: FileRef): Record<string, unknown> {
  return { child: toHex(child), id: toHex(id), bytes, reachable }
}

function collecting(): { emit: EmitChunk; chunks: Emitted[] } {
  const chunks: Emitted[] = []
  return { emit: (name, chunk) => chunks.push({ name: toHex(name), chunk: toHex(chunk) }), chunks }
}

function file(crypto: Crypto, secret: Uint8Array | undefined, plaintext: Uint8Array): unknown {
  const { emit, chunks } = collecting()
  const builder = new FileBuilder(crypto, secret, emit)
  builder.push(plaintext)
  return { plaintext: toHex(plaintext), ref: refOf(builder.end()), chunk: chunks[0]?.chunk }
}

/** 100,000 bytes as in `cuts`: the parts' names, and the node above them. */
function nodeOfThree(crypto: Crypto, secret: Uint8Array | undefined): unknown {
  const { emit, chunks } = collecting()
  const builder = new FileBuilder(crypto, secret, emit)
  builder.push(irregular(crypto, 100_000))
  const ref = refOf(builder.end())
  return { bytes: 100_000, ref, parts: chunks.slice(0, -1).map(({ name }) => name), chunk: chunks.at(-1)?.chunk }
}

function itemsOfEachKind(crypto: Crypto, secret: Uint8Array | undefined): BuiltItem[] {
  const discard: EmitChunk = () => {}
  const builder = new FileBuilder(crypto, secret, discard)
  const made = (text: string): FileRef => {
    builder.push(new TextEncoder().encode(text))
    return builder.end()
  }
  return [
    { kind: 'file', name: 'README.md', mode: 0o644, ...made('read me\n') },
    { kind: 'file', name: 'same', mode: 0o600, ...made('read me\n') },
    { kind: 'file', name: 'run.sh', mode: 0o755, ...made('#!/bin/sh\n') },
    { kind: 'file', name: 'empty', mode: 0o644, ...made('') },
    { kind: 'file', name: '\u{1f680} שלום', mode: 0o644, ...made('names in any script\n') },
    { kind: 'symlink', name: 'latest', target: 'docs/./README.md' },
    { kind: 'directory', name: 'docs', mode: 0o755, ...buildDirectory(crypto, secret, [], discard) },
  ]
}

function directory(crypto: Crypto, secret: Uint8Array | undefined, items: readonly BuiltItem[]): unknown {
  const { emit, chunks } = collecting()
  const ref = refOf(buildDirectory(crypto, secret, items, emit))
  return { items: items.map(describe), ref, chunk: chunks[0]?.chunk }
}

function describe(item: BuiltItem): unknown {
  if (item.kind === 'symlink') return item
  const { kind, name, mode } = item
  return { kind, name, mode, ...refOf(item) }
}

/** 1,000 empty files of one mode, named "0" to "999": the first name of each chunk, and the chunk above them. */
function splitDirectory(crypto: Crypto, secret: Uint8Array | undefined): unknown {
  const { emit, chunks } = collecting()
  const empty = new FileBuilder(crypto, secret, () => {}).end()
  const items = Array.from({ length: 1000 }, (_, at): BuiltItem => {
    return { kind: 'file', name: String(at), mode: 0o644, ...empty }
  })
  const ref = refOf(buildDirectory(crypto, secret, items, emit))
  return { files: 1000, ref, parts: chunks.slice(0, -1).map(({ name }) => name), chunk: chunks.at(-1)?.chunk }
}
