// What an entry of a site says about what its reference points to (protocol §6.5).
//
//   version u8 = 1 | files u64 | bytes u64 | mode u16 | added u32 | changed u32 | removed u32 | LP8(name)

import { decodeUtf8, encodeUtf8, Reader, type Reason, Writer } from '../bytes/index.js'
import { checkItemName } from './item-name.js'
import { maxNoteNameBytes } from './limits.js'

const version = 1

export interface Note {
  /** Files and symlinks below: a reader creates no more. */
  readonly files: number
  /** Bytes of all files below: a reader writes no more. */
  readonly bytes: number
  /** Permission bits of the file or the folder, at most 0o777. */
  readonly mode: number
  /** Files added, changed and removed since the entry before. */
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** Name of the file or folder, one component of a path as an item of a directory has it; may be empty. */
  readonly name: string
}

/** The bytes of a note. Throws RangeError for a field out of its range or a name that no file can have. */
export function encodeNote(note: Note): Uint8Array {
  const name = encodeUtf8(note.name)
  if (note.mode > 0o777) throw new RangeError(`a mode of 0o${note.mode.toString(8)}`)
  if (checkName(note.name) !== undefined) throw new RangeError('a name that no file can have')
  return new Writer(32 + name.length)
    .u8(version)
    .u64(note.files)
    .u64(note.bytes)
    .u16(note.mode)
    .u32(note.added)
    .u32(note.changed)
    .u32(note.removed)
    .lp8(name, maxNoteNameBytes)
    .bytes()
}

/** Reads exactly one note. */
export function decodeNote(bytes: Uint8Array): Note | Reason {
  const reader = new Reader(bytes)
  if (reader.u8() !== version) reader.fail('bad-version')
  const files = reader.u64()
  const total = reader.u64()
  const mode = reader.u16()
  const added = reader.u32()
  const changed = reader.u32()
  const removed = reader.u32()
  const name = decodeUtf8(reader.lp8(maxNoteNameBytes))
  const refusal = reader.end()
  if (refusal !== undefined) return refusal
  if (mode > 0o777) return 'bad-range'
  if (name === undefined) return 'bad-text'
  return checkName(name) ?? { files, bytes: total, mode, added, changed, removed, name }
}

/** A reader may use the name as that of the file that it writes, so it must not lead anywhere else. */
function checkName(name: string): Reason | undefined {
  return name === '' ? undefined : checkItemName(name)
}
