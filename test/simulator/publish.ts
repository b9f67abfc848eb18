// Publishes a folder from memory: what `runnel publish` does once it has read the files.

import type { ComposedNode } from '../../node/composed.js'
import { ChunkSink } from '../../node/publisher/chunk-sink.js'
import { type BuiltItem, buildDirectory, encodeNote, FileBuilder, ReferenceKind } from '../../stack/data/index.js'
import type { Visibility } from '../../stack/name/index.js'

/** Resolves with the link and the sequence of the entry when all of it is on disk. */
export async function publishFiles(
  node: ComposedNode,
  label: string,
  visibility: Visibility,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ link: string; sequence: number }> {
  const { chosen, store, outside } = node.parts
  const { crypto } = chosen
  const { stream } = await node.streams.open(label, visibility)
  const sink = new ChunkSink(store, outside.randomBytes(8))
  const items: BuiltItem[] = []
  for (const [name, bytes] of files) {
    const builder = new FileBuilder(crypto, stream.secret, (chunk, sealed) => sink.put(chunk, sealed))
    builder.push(bytes)
    items.push({ kind: 'file', name, mode: 0o644, ...builder.end() })
    await sink.room()
  }
  const root = buildDirectory(crypto, stream.secret, items, (chunk, sealed) => sink.put(chunk, sealed))
  await sink.finish()
  const note = {
    files: files.size,
    bytes: root.bytes,
    mode: 0o755,
    added: files.size,
    changed: 0,
    removed: 0,
    name: '',
  }
  const reference = { ...root, kind: ReferenceKind.directory }
  const sequence = await stream.log.append([{ bytes: encodeNote(note), reference, site: true }])
  return { link: node.streams.link(stream), sequence }
}
