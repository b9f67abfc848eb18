// One of own/, kept/ and cache/: a row of segments, of which the last one is written. In own/ and kept/ a record is flushed
// before `append` resolves; after a failed flush nothing is appended any more, because nobody knows what reached the disk.

import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type Files, readWhole, writeWhole } from './files.js'
import { decodeSnapshot, IndexSnapshot } from './index-snapshot.js'
import type { PlaceName } from './item.js'
import { CACHE_SNAPSHOT_SHARE } from './limits.js'
import { OpenFiles, type Room } from './open-files.js'
import { chunkOffset, type PlacedItem } from './record.js'
import { RecordSlab } from './record-slab.js'
import { Segment, SegmentWriter } from './segment.js'
import type { Ledger } from './spot.js'
import type { Time } from './time.js'

export interface PlaceOptions {
  readonly files: Files
  readonly crypto: Crypto
  readonly directory: string
  readonly name: PlaceName
  /** A record that would end beyond it goes to a new segment. */
  readonly segmentBytes: number
  /** Measures flushes, and gives others their turn. */
  readonly time: Time
}

export class Place implements Ledger {
  readonly options: PlaceOptions
  readonly name: PlaceName
  /** Whether what is appended is flushed. */
  readonly durable: boolean
  /** For the record that is appended next. */
  readonly slab = new RecordSlab()
  /** By number, ascending. */
  readonly segments = new Map<number, Segment>()
  /** Bytes that the start found to be no records. */
  lostBytes = 0
  /** Milliseconds of each flush go here. */
  onFlush: (tookMs: number) => void = () => {}
  readonly #reading: OpenFiles
  #head: SegmentWriter | undefined
  #nextNumber = 1
  #closed: RunnelError | undefined

  constructor(options: PlaceOptions) {
    this.options = options
    this.name = options.name
    this.durable = options.name !== 'cache'
    this.#reading = new OpenFiles(options.files)
  }

  /** Why nothing can be appended any more. */
  get closed(): RunnelError | undefined {
    return this.#closed
  }

  /** Bytes of all its files. */
  get diskBytes(): number {
    let bytes = 0
    for (const segment of this.segments.values()) bytes += segment.fileBytes + segment.snapshotBytes
    return bytes
  }

  /** Bytes of the items that count. */
  get liveBytes(): number {
    let bytes = 0
    for (const segment of this.segments.values()) bytes += segment.liveBytes
    return bytes
  }

  get head(): Segment | undefined {
    return this.#head?.segment
  }

  live(segment: number, bytes: number): void {
    const found = this.segments.get(segment)
    if (found !== undefined) found.liveBytes += bytes
  }

  unreadable(segment: number): void {
    const found = this.segments.get(segment)
    if (found !== undefined && this.durable) found.damaged = true
  }

  readonly read = (segment: number, offset: number, bytes: number, room?: Room): Uint8Array | undefined => {
    const found = this.segments.get(segment)
    return found === undefined ? undefined : this.#reading.read(found.path, offset, bytes, room)
  }

  /** Takes in a segment that was found; with a writer, it is the one to append to. */
  adopt(segment: Segment, writer: SegmentWriter | undefined): void {
    this.segments.set(segment.number, segment)
    this.#nextNumber = Math.max(this.#nextNumber, segment.number + 1)
    this.#head = writer
  }

  /** Whether a record of so many bytes would begin a new segment. */
  needsSegment(bytes: number): boolean {
    const head = this.#head?.segment
    return head === undefined || (head.end > 0 && head.end + bytes > this.options.segmentBytes)
  }

  /** Appends a record, which may be in the slab, and tells where it stands. One call at a time. Rejects with nothing of it in effect. */
  async append(record: Uint8Array, items: readonly PlacedItem[]): Promise<{ segment: number; offset: number }> {
    if (this.#closed !== undefined) throw this.#closed
    const writer = this.needsSegment(record.length) ? await this.#beginSegment() : (this.#head as SegmentWriter)
    const { segment } = writer
    try {
      await writer.reserve(record.length)
    } catch (thrown) {
      throw toRunnelError(thrown, `write ${segment.path}`)
    }
    await this.#write(writer, record)
    if (this.durable) await this.#flush(writer)
    const offset = segment.end
    segment.end += record.length
    noteRecord(segment.snapshot, offset, record, items)
    return { segment: segment.number, offset }
  }

  /** Deletes a segment, also through a power loss. It must not be the head. */
  async remove(segment: Segment): Promise<void> {
    const { files, directory } = this.options
    this.#reading.close(segment.path)
    await this.removeSnapshot(segment)
    await files.remove(segment.path)
    this.segments.delete(segment.number)
    if (this.durable) await files.syncDirectory(directory)
  }

  /** What a full segment holds, from beside it; undefined where that is missing or damaged. */
  snapshot(segment: Segment): IndexSnapshot | undefined {
    if (segment.snapshot !== undefined) return segment.snapshot
    try {
      const bytes = readWhole(this.options.files, segment.snapshotPath, segment.end + 4096)
      const found = bytes && decodeSnapshot(this.options.crypto, this.name, segment.number, bytes)
      return found instanceof IndexSnapshot && found.end === segment.end ? found : undefined
    } catch {
      return undefined
    }
  }

  /** Writes what a segment holds beside it. It is derived: when that fails, the next start takes longer. */
  async writeSnapshot(segment: Segment): Promise<void> {
    const { snapshot } = segment
    if (snapshot === undefined || snapshot.end === 0) return
    const bytes = snapshot.encode(this.options.crypto, this.name, segment.number)
    if (!this.durable && bytes.length > CACHE_SNAPSHOT_SHARE * this.options.segmentBytes) return
    try {
      await writeWhole(this.options.files, segment.snapshotPath, bytes, false)
      segment.snapshotBytes = bytes.length
    } catch {
      // Scanned next time.
    }
  }

  /** Best effort: a snapshot without its segment, or of another content, is of no use to anybody. */
  async removeSnapshot(segment: Segment): Promise<void> {
    const { files } = this.options
    try {
      if (files.stat(segment.snapshotPath) !== undefined) await files.remove(segment.snapshotPath)
      segment.snapshotBytes = 0
    } catch {
      // The next start removes it.
    }
  }

  /** Closes all files. After an orderly end the head's snapshot says that all of it was flushed. */
  async close(): Promise<void> {
    const head = this.#head
    this.#head = undefined
    if (head !== undefined && this.#closed === undefined) await this.writeSnapshot(head.segment)
    this.#closed ??= new RunnelError('LOG_CLOSED', `${this.name} is closed`)
    this.#reading.closeAll()
    head?.close()
  }

  async #beginSegment(): Promise<SegmentWriter> {
    const { files, directory } = this.options
    const segment = new Segment(directory, this.#nextNumber++)
    const before = this.#head
    let writer: SegmentWriter
    try {
      writer = SegmentWriter.create(files, segment, this.durable)
    } catch (thrown) {
      throw toRunnelError(thrown, `begin ${segment.path}`)
    }
    try {
      if (this.durable) await files.syncDirectory(directory)
    } catch (thrown) {
      writer.close()
      throw this.#closeForGood(thrown, `begin ${segment.path}`)
    }
    this.segments.set(segment.number, segment)
    this.#head = writer
    if (before !== undefined) await this.#seal(before)
    return writer
  }

  /** Cuts the zeros behind a segment that is full, and leaves word of what is in it. Neither is needed. */
  async #seal(writer: SegmentWriter): Promise<void> {
    const { segment } = writer
    try {
      if (segment.fileBytes > segment.end) await writer.cut(false)
    } catch {
      // Zeros are an end as well.
    }
    await this.writeSnapshot(segment)
    segment.snapshot = undefined
    writer.close()
  }

  async #write(writer: SegmentWriter, record: Uint8Array): Promise<void> {
    try {
      await writer.write(record)
    } catch (thrown) {
      const failure = toRunnelError(thrown, `write ${writer.segment.path}`)
      try {
        await writer.cut(this.durable)
      } catch (further) {
        throw this.#closeForGood(further, `cut ${writer.segment.path}`)
      }
      throw failure
    }
  }

  async #flush(writer: SegmentWriter): Promise<void> {
    const startUs = this.options.time.now().nowUs
    try {
      await writer.flush()
    } catch (thrown) {
      throw this.#closeForGood(thrown, `flush ${writer.segment.path}`)
    }
    this.onFlush((this.options.time.now().nowUs - startUs) / 1000)
  }

  /** The error of this call; later ones get LOG_CLOSED. */
  #closeForGood(thrown: unknown, doing: string): RunnelError {
    const failure = toRunnelError(thrown, doing)
    this.#closed = new RunnelError('LOG_CLOSED', `${this.name} takes nothing more: ${failure.message}`, {
      cause: failure,
    })
    return failure
  }
}

/** Adds a record to a snapshot: chunks by name when there is nothing else in it, else the record as a whole. */
export function noteRecord(
  snapshot: IndexSnapshot | undefined,
  offset: number,
  record: Uint8Array,
  items: readonly PlacedItem[],
): void {
  if (snapshot === undefined) return
  if (items.every(({ item }) => item.type === 'chunk')) {
    for (const { item, offset: within } of items) {
      if (item.type === 'chunk') snapshot.addChunk(item.name, chunkOffset(offset + within), item.bytes.length)
    }
  } else {
    snapshot.addRecord(offset)
  }
  snapshot.advance(offset + record.length, offset, record.subarray(8, 24))
}
