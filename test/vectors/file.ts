// docs/vectors.json as a test reads it: the file itself, not what the code would make. Types say as much of its shape as
// the tests use; docs/protocol.md §15 says what each key means.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex } from '../../stack/bytes/index.js'
import { root } from '../house/tree.js'

export interface Ref {
  child: string
  id: string
  bytes: number
  reachable: number
}

export interface FileVectors {
  secret: string | null
  scope: string
  part: { plaintext: string; ref: Ref; chunk: string }
  emptyFile: { ref: Ref; chunk: string }
  node: { bytes: number; ref: Ref; parts: string[]; chunk: string }
  emptyDirectory: { ref: Ref; chunk: string }
  directory: { items: ({ kind: string; name: string; mode?: number; target?: string } & Partial<Ref>)[] } & {
    ref: Ref
    chunk: string
  }
  splitDirectory: { files: number; ref: Ref; parts: string[]; chunk: string }
}

export interface HeadVector {
  head: string
  page?: string
  length: number
  timeMs: number
}

export interface VectorsFile {
  name: {
    seeds: { device: string; log: string; secret: string; timeMs: number }
    text: { kind: number; bytes: string; text: string }[]
    refusedTexts: { text: string; reason: string }[]
    links: { text: string; target: string; key: string; label: string | null; secret: string | null; path: string[] }[]
    neighbours: { text: string; device: string; host: string; port: number }[]
    signature: { type: 'head'; publicKey: string; body: string; signature: string }
    ladder: { bytes: string; name: string; phrases: string[] }
    certificates: { ascending: { bytes: string; k: number; serial: number; timeMs: number; devices: string[] }[] }
    card: { chunk: string; stream: { label: string; log: string }; sealedStream: { label: string; log: string } }
    cardHead: { bytes: string; version: number; device: string; chunk: string; timeMs: number; maxAgeS: number }
    closings: { chunk: string; devices: { device: string; logs: { log: string; length: number }[] }[] }
    nameAnswers: { payload: string }[]
  }
  signature: { cases: { why: string; valid: boolean; message: string; publicKey: string; signature: string }[] }
  log: {
    log: string
    secret: string
    entries: { timeMs: number; flags: number; bytes: string }[]
    reference: { encoded: string; id: string; child: number; kind: number; bytes: number }
    note: { encoded: string; name: string; files: number }
    heads: HeadVector[]
    closing: { chunks: { name: string; chunk?: string }[]; head: HeadVector }
    tree: { level: number; chunk: string; children: { name: string; entries: number }[] }
    answers: Record<'nothing' | 'earlier' | 'same' | 'conflict', { have: { length: number }; payload: string }>
  }
  files: Record<'public' | 'secret', FileVectors>
  link: {
    hellos: { bytes: string; timeMs: number; rank: number; device: string }[]
    handshake: { records: { frames: string }[] }
  }
  forward: {
    interests: { token: number; key: string; answerBytes: number; body: string }[]
    data: { token: number; offset: number; total: number; payload: string; body: string }[]
    nacks: { reason: string; retryMs: number; body: string }[]
    announces: { rank: number; routes: { kind: number; key: string; cost: number }[]; body: string }[]
  }
  store: {
    records: { place: 'own' | 'kept' | 'cache'; items: unknown[]; bytes: string }[]
    segment: { place: 'own'; offsets: number[]; end: number; bytes: string }
  }
  api: Record<'client' | 'node', { says: unknown; bytes: string }[]>
}

/** The file as it is in the tree. */
export function readVectors(): VectorsFile {
  return JSON.parse(readFileSync(join(root, 'docs/vectors.json'), 'utf8')) as VectorsFile
}

/** The bytes of a hex field. Throws for anything else. */
export function bytesOf(hex: string | undefined): Uint8Array {
  const bytes = hex === undefined ? undefined : fromHex(hex)
  if (bytes === undefined) throw new Error(`${hex} is no hex`)
  return bytes
}

/** What a decoder gave. Throws where it refused. */
export function accepted<T>(decoded: T | string): T {
  if (typeof decoded === 'string') throw new Error(`a vector is refused: ${decoded}`)
  return decoded
}
