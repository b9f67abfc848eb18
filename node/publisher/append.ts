// Appends what a program gives to a log: short entries as they are, long ones as files that the entry refers to.

import type { Crypto } from '../../stack/crypto/index.js'
import { FileBuilder, maxEntryBytes, type NewEntry, ReferenceKind } from '../../stack/data/index.js'
import type { Store } from '../store/index.js'
import { ChunkSink } from './chunk-sink.js'
import type { OwnStream } from './own-streams.js'

export interface AppendContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly randomBytes: (count: number) => Uint8Array
}

/** Resolves with the sequence of the first entry when all of it is on disk. */
export async function appendEntries(
  context: AppendContext,
  stream: OwnStream,
  entries: readonly Uint8Array[],
): Promise<number> {
  const isShort = entries.every(({ length }) => length <= maxEntryBytes)
  return stream.log.append(isShort ? entries.map((bytes) => ({ bytes })) : await withFiles(context, stream, entries))
}

/** The entries, of which the long ones are files that are on disk when this resolves. */
async function withFiles(
  { crypto, store, randomBytes }: AppendContext,
  stream: OwnStream,
  entries: readonly Uint8Array[],
): Promise<NewEntry[]> {
  const sink = new ChunkSink(store, randomBytes(8))
  const prepared: NewEntry[] = []
  for (const bytes of entries) {
    if (bytes.length <= maxEntryBytes) {
      prepared.push({ bytes })
      continue
    }
    const builder = new FileBuilder(crypto, stream.secret, (name, chunk) => sink.put(name, chunk))
    builder.push(bytes)
    prepared.push({ bytes: new Uint8Array(0), reference: { ...builder.end(), kind: ReferenceKind.file } })
    await sink.room()
  }
  await sink.finish()
  return prepared
}
