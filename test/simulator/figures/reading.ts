// Readers that are measured: how many bytes a reader is shown in a time, and whether it is shown what was written.

import { RunnelError } from '../../../errors/index.js'
import { equal } from '../../../stack/bytes/index.js'
import type { Place } from './place.js'

/** What came of one reading. */
export interface Reading {
  readonly reader: string
  readonly link: string
  readonly entries: readonly Uint8Array[]
  /** Code of the error that it ended with; undefined: it ended well. */
  readonly error: string | undefined
  readonly stale: boolean
  readonly ms: number
}

/** Reads all entries of a link. */
export async function readEntries(place: Place, reader: string, link: string, maxAgeS?: number): Promise<Reading> {
  const entries: Uint8Array[] = []
  const { time } = place.world
  const begunUs = time.nowUs
  const ages = maxAgeS === undefined ? {} : { maxAgeS }
  const done = (error: string | undefined, stale: boolean): Reading => {
    return { reader, link, entries, error, stale, ms: (time.nowUs - begunUs) / 1_000 }
  }
  try {
    const { stale } = await place.at(reader).call('entries', { link, ...ages }, ({ bytes }) => entries.push(bytes))
    return done(undefined, stale)
  } catch (error) {
    return done(error instanceof RunnelError ? error.code : String(error), false)
  }
}

/** Whether what was read is a beginning of what was written, to the byte. */
export function isPrefix(read: readonly Uint8Array[], written: readonly Uint8Array[]): boolean {
  return read.length <= written.length && read.every((bytes, index) => equal(bytes, written[index] as Uint8Array))
}

/** What came of readers that read at the same time. */
export interface Goodput {
  /** All bytes that they were shown while it was measured. */
  readonly bytes: number
  /** After how long the last of them was shown its first byte, in milliseconds; undefined: one was shown none. */
  readonly firstMs: number | undefined
}

/** Reads one long entry each, all at the same time, and measures for so long, after the time that the beginning takes. */
export async function goodput(
  place: Place,
  readers: ReadonlyArray<{ readonly reader: string; readonly link: string }>,
  forMs: number,
  beginningMs = 0,
): Promise<Goodput> {
  const { world } = place
  const begunUs = world.time.nowUs
  const firstMs = new Map<string, number>()
  let shown = 0
  const over = new AbortController()
  const reads = readers.map(({ reader, link }) => async () => {
    const take = (bytes: Uint8Array): void => {
      shown += bytes.length
      if (!firstMs.has(reader)) firstMs.set(reader, (world.time.nowUs - begunUs) / 1_000)
    }
    await place
      .at(reader)
      .call('readEntry', { link, sequence: 0 }, take, over.signal)
      .catch((error: unknown) => {
        if (!(error instanceof RunnelError) || error.code !== 'ABORTED') throw error
      })
  })
  for (const read of reads) world.time.after(0, () => void read())
  await world.run(beginningMs)
  shown = 0
  await world.run(forMs)
  const bytes = shown
  over.abort()
  await world.run(100)
  return { bytes, firstMs: firstMs.size < readers.length ? undefined : Math.max(...firstMs.values()) }
}
