// What an entry says when it points to a file or folder instead of holding its bytes (protocol §6.1).
//
//   id 32 | child u8 | kind u8 | bytes u64

import { Reader, type Reason, Writer } from '../bytes/index.js'

/** What a reference points to. */
export const ReferenceKind = { file: 0, directory: 1 } as const
export type ReferenceKind = (typeof ReferenceKind)[keyof typeof ReferenceKind]

export const referenceBytes = 32 + 1 + 1 + 8

export interface Reference {
  /** The seal's id of the root chunk. */
  readonly id: Uint8Array
  /** Index into the children of the run that holds the entry. */
  readonly child: number
  readonly kind: ReferenceKind
  /** Bytes of the file, or of all files of the folder. */
  readonly bytes: number
}

/** The 42 bytes of a reference. Throws RangeError for a field out of its range. */
export function encodeReference(reference: Reference): Uint8Array {
  if (reference.id.length !== 32) throw new RangeError(`an id of ${reference.id.length} bytes`)
  return new Writer(referenceBytes)
    .put(reference.id)
    .u8(reference.child)
    .u8(reference.kind)
    .u64(reference.bytes)
    .bytes()
}

/** Reads exactly 42 bytes; whoever has an entry gives its first 42. That the child exists is for openRun to check. */
export function decodeReference(bytes: Uint8Array): Reference | Reason {
  const reader = new Reader(bytes)
  const id = reader.take(32)
  const child = reader.u8()
  const kind = reader.u8()
  const length = reader.u64()
  const refusal = reader.end()
  if (refusal !== undefined) return refusal
  if (kind !== ReferenceKind.file && kind !== ReferenceKind.directory) return 'bad-kind'
  return { id, child, kind, bytes: length }
}
