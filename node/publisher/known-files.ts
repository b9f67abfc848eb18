// What files were when they were last published under a label, and what was made of them: so publishing again costs a stat
// for each file that did not change. Derived: without it, or when it is damaged, files are read again.
//
//   KNOWN = "RNK1" | n u32 | n × (fingerprint 32 | child 32 | id 32 | bytes u64 | reachable u64) | checksum 16 = H(all before)[0..16]
//   fingerprint = H(path, with the name of what is published in front | 0 | inode, bytes, modified and changed in ns, in decimal, each after a space)

import { encodeUtf8, equal, KeyMap, Reader, type Reason, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type Files, readWhole, writeWhole } from '../store/index.js'
import { maxKnownFiles, settledNs } from './limits.js'
import type { Stamp } from './scan.js'
import type { BuiltTree } from './tree-builder.js'

const MAGIC = new Uint8Array([0x52, 0x4e, 0x4b, 0x31])
const CHECKSUM_BYTES = 16
const ROW_BYTES = 3 * 32 + 2 * 8
const MAX_BYTES = MAGIC.length + 4 + maxKnownFiles * ROW_BYTES + CHECKSUM_BYTES

export class KnownFiles {
  readonly #crypto: Crypto
  readonly #rows: KeyMap<BuiltTree>

  /** `seed`: 8 random bytes (see KeyMap). */
  constructor(crypto: Crypto, seed: Uint8Array) {
    this.#crypto = crypto
    this.#rows = new KeyMap(seed, maxKnownFiles)
  }

  get size(): number {
    return this.#rows.size
  }

  get full(): boolean {
    return this.#rows.full
  }

  /** What was made of the file at `path` when it had this stamp. */
  find(path: string, stamp: Stamp): BuiltTree | undefined {
    return this.#rows.get(fingerprintOf(this.#crypto, path, stamp))
  }

  /**
   * Remembers a file that was opened at `openedNs` and read. One that had changed only just then is not: what changes it
   * in the same tick of the file system's clock would not show. Beyond `maxKnownFiles` nothing more is remembered.
   */
  add(path: string, stamp: Stamp, openedNs: bigint, built: BuiltTree): void {
    const settledAtNs = openedNs - settledNs
    if (stamp.changedNs > settledAtNs || stamp.modifiedNs > settledAtNs || this.full) return
    this.put(fingerprintOf(this.#crypto, path, stamp), built)
  }

  /** Whether the fingerprint was new, and there was room. */
  put(fingerprint: Uint8Array, built: BuiltTree): boolean {
    if (this.full || this.#rows.has(fingerprint)) return false
    this.#rows.set(fingerprint, built)
    return true
  }

  encode(): Uint8Array {
    const writer = new Writer(MAGIC.length + 4 + this.size * ROW_BYTES + CHECKSUM_BYTES).put(MAGIC).u32(this.size)
    for (const [fingerprint, { child, id, bytes, reachable }] of this.#rows) {
      writer.put(fingerprint).put(child).put(id).u64(bytes).u64(reachable)
    }
    return writer.put(checksumOf(this.#crypto, writer.bytes())).bytes()
  }
}

/** `seed`: 8 random bytes (see KeyMap). */
export function decodeKnownFiles(crypto: Crypto, seed: Uint8Array, bytes: Uint8Array): KnownFiles | Reason {
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES))
  const reader = new Reader(body)
  if (!equal(reader.take(MAGIC.length), MAGIC)) return reader.failed ?? 'bad-type'
  if (!equal(checksumOf(crypto, body), bytes.subarray(body.length))) return 'bad-checksum'
  const rows = new Reader(reader.take(reader.u32() * ROW_BYTES))
  const failed = reader.end()
  if (failed !== undefined) return failed
  const known = new KnownFiles(crypto, seed)
  while (rows.remaining > 0) {
    if (known.full) return 'too-many'
    const fingerprint = rows.take(32)
    const [child, id] = [rows.take(32).slice(), rows.take(32).slice()]
    const built = { child, id, bytes: rows.u64(), reachable: rows.u64() }
    if (rows.failed !== undefined) return rows.failed
    if (!known.put(fingerprint, built)) return 'bad-order'
  }
  return known
}

/** What the last publish under a label left; nothing where that is missing, damaged or cannot be read. */
export function readKnownFiles(crypto: Crypto, seed: Uint8Array, files: Files, path: string): KnownFiles {
  try {
    const known = decodeKnownFiles(crypto, seed, readWhole(files, path, MAX_BYTES) ?? new Uint8Array(0))
    if (typeof known !== 'string') return known
  } catch {
    // What cannot be read is read from the files themselves.
  }
  return new KnownFiles(crypto, seed)
}

/** Leaves it for the next publish; that it cannot be written only makes that one slower. */
export async function writeKnownFiles(files: Files, path: string, known: KnownFiles): Promise<void> {
  try {
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
    await writeWhole(files, path, known.encode(), false)
  } catch {
    // See above.
  }
}

function fingerprintOf(crypto: Crypto, path: string, { inode, bytes, modifiedNs, changedNs }: Stamp): Uint8Array {
  return crypto.hash(encodeUtf8(`${path}\0 ${inode} ${bytes} ${modifiedNs} ${changedNs}`))
}

function checksumOf(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  return crypto.hash(bytes).subarray(0, CHECKSUM_BYTES)
}
