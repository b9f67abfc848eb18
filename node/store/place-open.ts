// Opens a place as any end of the last process left it: files what its segments hold, in order, names what is damaged, and
// cuts what was never acknowledged. In the cache, which is never flushed, what a power loss took is counted and not named. It changes nothing but the last segment.

import { toRunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Contents } from './contents.js'
import type { DamageList } from './damage.js'
import { type OpenFile, readWhole } from './files.js'
import { decodeSnapshot, IndexSnapshot } from './index-snapshot.js'
import { SEGMENT_READ_MAX } from './limits.js'
import { noteRecord, type Place } from './place.js'
import { decodeRecord, decodeRecordHeader, RECORD_HEADER_BYTES, rescueChunks } from './record.js'
import { type ScanEnd, scanSegment } from './scan.js'
import { Segment, SegmentWriter, segmentNumber } from './segment.js'

/** Fills a place and its contents from its directory. Rejects when the directory or the last segment cannot be used. */
export async function loadPlace(place: Place, contents: Contents, damage: DamageList): Promise<void> {
  const { files, directory, name } = place.options
  try {
    const names = files.list(directory)
    const numbers = names.map(segmentNumber).filter((number) => number > 0)
    numbers.sort((a, b) => a - b)
    for (const leftover of names.filter((file) => isLeftover(file, numbers))) {
      await files.remove(`${directory}/${leftover}`)
    }
    // What a killed process began or deleted last may not have reached the disk; on that everything that follows relies.
    if (place.durable) await files.syncDirectory(directory)
    for (const number of numbers) {
      const segment = new Segment(directory, number)
      place.adopt(segment, undefined)
      await loadSegment(place, contents, damage, segment, number === numbers.at(-1))
    }
  } catch (thrown) {
    throw toRunnelError(thrown, `open ${name} in ${directory}`)
  }
}

/** In the cache a segment that cannot be read is as good as empty; it is the first to be deleted. */
async function loadSegment(
  place: Place,
  contents: Contents,
  damage: DamageList,
  segment: Segment,
  isLast: boolean,
): Promise<void> {
  try {
    await new SegmentLoader(place, contents, damage, segment).load(isLast)
  } catch (thrown) {
    if (place.durable) throw thrown
    contents.drop(segment.number)
    place.lostBytes += segment.fileBytes
    place.adopt(segment, undefined)
  }
}

class SegmentLoader {
  readonly #place: Place
  readonly #contents: Contents
  readonly #damage: DamageList
  readonly #segment: Segment

  constructor(place: Place, contents: Contents, damage: DamageList, segment: Segment) {
    this.#place = place
    this.#contents = contents
    this.#damage = damage
    this.#segment = segment
  }

  async load(isLast: boolean): Promise<void> {
    const segment = this.#segment
    const { files } = this.#place.options
    const stat = files.stat(segment.path)
    segment.fileBytes = stat?.bytes ?? 0
    if (stat !== undefined && (stat.mode & 0o077) !== 0) await files.changeMode(segment.path, 0o600)
    const file = files.open(segment.path, isLast ? 'write' : 'read')
    let kept = false
    try {
      const snapshot = this.#loadSnapshot(file)
      const known = snapshot === undefined ? { end: 0, last: -1 } : { end: snapshot.end, last: snapshot.last }
      const isWhole = snapshot !== undefined && !isLast && known.end === segment.fileBytes
      segment.snapshot = snapshot ?? new IndexSnapshot()
      if (snapshot !== undefined) this.#applySnapshot(snapshot, file)
      const scanned = isWhole ? undefined : this.#scan(file, known.end)
      segment.end = scanned?.end ?? known.end
      this.#nameLoss(segment.end, scanned?.dirtyTail === true && !isLast)
      const last = scanned !== undefined && scanned.last >= 0 ? scanned.last : known.last
      const wasClosed = segment.end === known.end && segment.end > 0 && scanned?.dirtyTail !== true
      if (isLast && !segment.damaged) {
        await this.#continue(file, last, wasClosed)
        kept = true
      } else {
        await this.#finish(snapshot === undefined)
      }
    } finally {
      if (!kept) file.close()
    }
  }

  /** The last segment is written on. What a dead process wrote last may not have reached the disk: it is written again. */
  async #continue(file: OpenFile, last: number, wasClosed: boolean): Promise<void> {
    const writer = new SegmentWriter(this.#segment, file, this.#place.durable)
    if (this.#place.durable && !wasClosed && last >= 0) await writer.rewriteLast(last)
    else if (this.#segment.fileBytes > this.#segment.end) await writer.cut(this.#place.durable)
    this.#place.adopt(this.#segment, writer)
  }

  /** A full segment needs no snapshot in memory. One that was found damaged gets none, so that the damage is met again. */
  async #finish(isNew: boolean): Promise<void> {
    const segment = this.#segment
    if (isNew && !segment.damaged) await this.#place.writeSnapshot(segment)
    segment.snapshot = undefined
  }

  /** The snapshot, if it is one of this very content. Where it knows more than the file has, the difference is damage. */
  #loadSnapshot(file: OpenFile): IndexSnapshot | undefined {
    const segment = this.#segment
    const { files, crypto, name } = this.#place.options
    const bytes = readWhole(files, segment.snapshotPath, 2 * SEGMENT_READ_MAX)
    if (bytes === undefined) return undefined
    segment.snapshotBytes = bytes.length
    const snapshot = decodeSnapshot(crypto, name, segment.number, bytes)
    if (!(snapshot instanceof IndexSnapshot)) return undefined
    const header = new Uint8Array(RECORD_HEADER_BYTES)
    const found = decodeRecordHeader(header.subarray(0, file.read(snapshot.last, header)))
    const isSame = typeof found !== 'string' && equal(found.checksum, snapshot.lastChecksum)
    if (isSame && snapshot.end <= segment.fileBytes) return snapshot
    this.#knownEnd = snapshot.end
    return undefined
  }

  #knownEnd = 0

  /** Bytes that were flushed and are gone, or that stand where none should. */
  #nameLoss(end: number, dirtyTail: boolean): void {
    const { fileBytes } = this.#segment
    if (dirtyTail) this.#lose(end, fileBytes - end)
    else if (this.#knownEnd > end) this.#lose(end, this.#knownEnd - end)
  }

  #lose(offset: number, bytes: number): void {
    this.#place.lostBytes += bytes
    if (!this.#place.durable) return
    this.#segment.damaged = true
    this.#damage.add({ place: this.#place.name, segment: this.#segment.number, offset, bytes })
    this.#contents.logs.loseRecord()
  }

  #applySnapshot(snapshot: IndexSnapshot, file: OpenFile): void {
    const { number } = this.#segment
    const { crypto, name } = this.#place.options
    snapshot.visit({
      chunk: (chunk, offset, bytes) => this.#contents.applyChunk(chunk, number, offset, bytes),
      record: (offset) => {
        const record = readRecord(file, offset, snapshot.end)
        const items = decodeRecord(crypto, name, record)
        if (typeof items !== 'string') {
          this.#contents.apply(number, offset, items)
          return
        }
        this.#lose(offset, record.length)
        this.#contents.apply(number, offset, rescueChunks(crypto, name, record))
      },
    })
  }

  #scan(file: OpenFile, from: number): ScanEnd {
    const segment = this.#segment
    const { crypto, name } = this.#place.options
    const bytes = new Uint8Array(Math.max(0, Math.min(segment.fileBytes, SEGMENT_READ_MAX) - from))
    const content = bytes.subarray(0, file.read(from, bytes))
    const end = scanSegment(crypto, name, content, {
      record: (offset, length, items) => {
        this.#contents.apply(segment.number, from + offset, items)
        noteRecord(segment.snapshot, from + offset, content.subarray(offset, offset + length), items)
      },
      damage: (offset, lost, rescued) => {
        this.#lose(from + offset, lost)
        this.#contents.apply(segment.number, from + offset, rescued)
      },
    })
    return { ...end, end: from + end.end, last: end.last < 0 ? -1 : from + end.last }
  }
}

/** A file that was not put in place, or a snapshot whose segment is gone. */
function isLeftover(file: string, numbers: readonly number[]): boolean {
  if (file.endsWith('.new')) return true
  return file.endsWith('.idx') && !numbers.includes(segmentNumber(file.replace(/idx$/, 'seg')))
}

/** The record at an offset; cut or empty where the file is damaged. */
function readRecord(file: OpenFile, offset: number, end: number): Uint8Array {
  const header = new Uint8Array(RECORD_HEADER_BYTES)
  const found = decodeRecordHeader(header.subarray(0, file.read(offset, header)))
  if (typeof found === 'string') return header
  const length = Math.min(RECORD_HEADER_BYTES + found.itemsBytes, end - offset)
  const record = new Uint8Array(length)
  return record.subarray(0, file.read(offset, record))
}
