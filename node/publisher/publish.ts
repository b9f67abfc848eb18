// Publishes a file or a folder under a label: scan, build, commit the chunks, then one entry that points to the new root.
// The entry is written last, so what others see is whole at every moment, and a failed publish changes nothing for them.

import type { Progress, Result, Visibility } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import { type Crypto, fileScope } from '../../stack/crypto/index.js'
import { encodeNote, ReferenceKind } from '../../stack/data/index.js'
import type { Site } from '../reader/index.js'
import type { Files, Store, Time } from '../store/index.js'
import { ChunkSink } from './chunk-sink.js'
import { compareTrees, type TreeRef } from './compare-folders.js'
import { KnownFiles, readKnownFiles, writeKnownFiles } from './known-files.js'
import type { OwnStream, OwnStreams } from './own-streams.js'
import { scanTree } from './scan.js'
import { TreeBuilder } from './tree-builder.js'

export interface PublishContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly streams: OwnStreams
  readonly randomBytes: (count: number) => Uint8Array
  readonly time: Time
  readonly files: Files
  /** Where it is kept what files were when they were published: a directory of the home. */
  readonly knownFilesDirectory: string
  /** What the stream holds as a site now; undefined when nothing was published there yet. */
  readonly currentSite: (stream: OwnStream, signal: AbortSignal) => Promise<Site | undefined>
  readonly nameText: string
}

export interface PublishRequest {
  readonly path: string
  readonly label: string
  readonly visibility: Visibility | undefined
}

/** Resolves when all of it is on disk. Throws NOT_FOUND, PERMISSION, PATH_ESCAPES, SOURCE_CHANGED, DISK_FULL, EXISTS, ABORTED. */
export async function publishPath(
  context: PublishContext,
  request: PublishRequest,
  progress: (progress: Progress<'publish'>) => void,
  signal: AbortSignal,
): Promise<Result<'publish'>> {
  const { crypto, store, streams } = context
  const scan = await scanTree(request.path, signal)
  const { stream } = await streams.open(request.label, request.visibility)
  const sink = new ChunkSink(store, context.randomBytes(8))
  const knownPath = `${context.knownFilesDirectory}/${toHex(stream.key)}.idx`
  const before = readKnownFiles(crypto, context.randomBytes(8), context.files, knownPath)
  const known = new KnownFiles(crypto, context.randomBytes(8))
  const builder = new TreeBuilder({
    crypto,
    secret: stream.secret,
    sink,
    before: {
      // Where something of the store was lost everything is read: what is lost is committed again by that.
      find: (path, stamp) => {
        const built = store.damagedOwn.length > 0 ? undefined : before.find(path, stamp)
        return built !== undefined && store.isOwnChunk(built.child) ? built : undefined
      },
      add: (path, stamp, openedNs, tree) => known.add(path, stamp, openedNs, tree),
    },
    nowNs: () => BigInt(context.time.now().nowMs) * 1_000_000n,
    signal,
    progress: (done) => progress({ ...done, totalFiles: scan.files, totalBytes: scan.bytes, newBytes: sink.newBytes }),
  })
  const built = await builder.build(scan.root)
  await sink.finish()
  await writeKnownFiles(context.files, knownPath, known)
  if (signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: signal.reason })

  const { kind, mode } = scan.root
  const root: TreeRef = { kind, ...built }
  const site = await context.currentSite(stream, signal)
  const changes = compareTrees(crypto, store, fileScope(crypto, stream.secret), site?.root, root)
  const unchanged = site !== undefined && isSame(site, root, mode, scan.root.name)
  if (!unchanged) {
    const note = encodeNote({ files: scan.files, bytes: built.bytes, mode, name: scan.root.name, ...changes })
    const reference = { ...built, kind: ReferenceKind[kind] }
    await stream.log.append([{ bytes: note, reference, site: true }])
  }
  return {
    link: streams.link(stream),
    name: context.nameText,
    label: stream.label,
    visibility: stream.visibility,
    files: scan.files,
    bytes: built.bytes,
    newBytes: sink.newBytes,
    ...changes,
    unchanged,
  }
}

function isSame(site: Site, root: TreeRef, mode: number, name: string): boolean {
  const { note } = site
  const same = site.root.kind === root.kind && equal(site.root.child, root.child) && equal(site.root.id, root.id)
  return same && note.mode === mode && note.name === name
}
