// One segment file: records one after the other, zeros behind them. Zeros are written ahead in steps, so that a flush finds
// the file's length unchanged; a file that is full is cut behind its last record.

import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Files, OpenFile } from './files.js'
import { IndexSnapshot } from './index-snapshot.js'
import { GROW_BYTES_MAX, GROW_BYTES_MIN } from './limits.js'

const zeros = new Uint8Array(GROW_BYTES_MIN)

/** A segment as the place knows it; its file is open only while it is written or lately read. */
export class Segment {
  readonly number: number
  readonly path: string
  /** Where its records end. */
  end = 0
  /** The length of the file. */
  fileBytes = 0
  /** Bytes of the snapshot beside it. */
  snapshotBytes = 0
  /** Bytes of the items in it that count. */
  liveBytes = 0
  /** Something in it did not verify: it stays as it is, for whoever wants to look. */
  damaged = false
  /** What it holds; dropped when the segment is full, then read from beside it. */
  snapshot: IndexSnapshot | undefined

  constructor(directory: string, number: number) {
    this.number = number
    this.path = `${directory}/${String(number).padStart(8, '0')}.seg`
  }

  /** Where the snapshot stands. */
  get snapshotPath(): string {
    return `${this.path.slice(0, -4)}.idx`
  }
}

/** The number of a segment file, or 0 for any other name. */
export function segmentNumber(fileName: string): number {
  return /^\d{8,9}\.seg$/.test(fileName) ? Number(fileName.slice(0, -4)) : 0
}

/** Writes the end of one segment. One call at a time. */
export class SegmentWriter {
  readonly segment: Segment
  readonly #file: OpenFile
  /** Whether zeros are written ahead. */
  readonly #ahead: boolean

  constructor(segment: Segment, file: OpenFile, ahead: boolean) {
    this.segment = segment
    this.#file = file
    this.#ahead = ahead
  }

  static create(files: Files, segment: Segment, ahead: boolean): SegmentWriter {
    const file = files.open(segment.path, 'create')
    segment.snapshot = new IndexSnapshot()
    return new SegmentWriter(segment, file, ahead)
  }

  /**
   * Makes room for a record. What fails here (a full disk, mostly) leaves everything as it was. A large record is worth a
   * change of the file's length: zeros for it would be as much again to write.
   */
  async reserve(bytes: number): Promise<void> {
    const { segment } = this
    const needed = segment.end + bytes
    if (!this.#ahead || needed <= segment.fileBytes || bytes >= GROW_BYTES_MIN) return
    const step = Math.min(GROW_BYTES_MAX, Math.max(GROW_BYTES_MIN, segment.fileBytes))
    const target = Math.ceil(needed / step) * step
    for (let at = segment.fileBytes; at < target; ) {
      const length = Math.min(zeros.length, target - at)
      await this.#file.write(at, zeros.subarray(0, length))
      at += length
      segment.fileBytes = at
    }
  }

  /** Writes a record behind the last one; it counts only after `accept`. */
  async write(record: Uint8Array): Promise<void> {
    const { segment } = this
    await this.#file.write(segment.end, record)
    segment.fileBytes = Math.max(segment.fileBytes, segment.end + record.length)
  }

  flush(): Promise<void> {
    return this.#file.flush()
  }

  /** Takes back a record of which only a part was written. */
  async cut(durable: boolean): Promise<void> {
    await this.#file.truncate(this.segment.end)
    this.segment.fileBytes = this.segment.end
    if (durable) await this.#file.flush()
  }

  /** Writes the last record again after a start, and nothing behind it: nobody knows whether it reached the disk before. */
  async rewriteLast(offset: number): Promise<void> {
    const last = new Uint8Array(this.segment.end - offset)
    if (this.#file.read(offset, last) !== last.length) {
      throw new RunnelError('IO', `${this.segment.path} ends before its last record does`)
    }
    await this.#file.write(offset, last)
    await this.cut(true)
  }

  close(): void {
    try {
      this.#file.close()
    } catch (thrown) {
      throw toRunnelError(thrown, `close ${this.segment.path}`)
    }
  }
}
