// Readers that follow a log while something is measured: what each was shown, when, and how it ended.

import { RunnelError } from '../../../errors/index.js'
import { equal } from '../../../stack/bytes/index.js'
import type { Place } from './place.js'

interface Shown {
  readonly sequence: number
  readonly bytes: Uint8Array
  readonly atUs: number
}

export class Following {
  readonly reader: string
  readonly shown: Shown[] = []
  /** Code of the error that it ended with. */
  error: string | undefined
  readonly #over = new AbortController()

  /** Begins at once, as soon as time passes. */
  constructor(place: Place, reader: string, link: string) {
    this.reader = reader
    const { time } = place.world
    const take = ({ sequence, bytes }: { sequence: number; bytes: Uint8Array }): void => {
      this.shown.push({ sequence, bytes, atUs: time.nowUs })
    }
    const follow = async (): Promise<void> => {
      try {
        await place.at(reader).call('entries', { link, live: true, from: 0 }, take, this.#over.signal)
      } catch (error) {
        this.error = error instanceof RunnelError ? error.code : String(error)
      }
    }
    time.after(0, () => void follow())
  }

  stop(): void {
    this.#over.abort()
  }

  /** Whether it was shown a beginning of this, each once and in order, to the byte. */
  isPrefixOf(written: readonly Uint8Array[]): boolean {
    return this.shown.every(({ sequence, bytes }, index) => {
      const given = written[index]
      return sequence === index && given !== undefined && equal(given, bytes)
    })
  }
}

/** A writer's log that is followed, and when each entry of it was acknowledged. */
export class FollowedLog {
  readonly entries: Uint8Array[] = []
  readonly acknowledgedUs: number[] = []
  link = ''
  readonly #place: Place
  readonly #writer: string

  constructor(place: Place, writer: string) {
    this.#place = place
    this.#writer = writer
  }

  /** Appends one entry after the other, each so long after the one before. */
  async append(count: number, bytes: number, gapMs = 0): Promise<void> {
    const { world } = this.#place
    for (let index = 0; index < count; index++) {
      const entry = world.random.bytes(bytes)
      this.entries.push(entry)
      this.link = await this.#place.append(this.#writer, 'posts', [entry])
      this.acknowledgedUs.push(world.time.nowUs)
      if (gapMs > 0) await world.run(gapMs)
    }
  }

  /** Lets time pass until all have all of it, for so long at most; gives how long that was, ms. */
  async reach(followers: readonly Following[], mostMs: number): Promise<number> {
    const { world } = this.#place
    const begunUs = world.time.nowUs
    const waits = (): boolean => followers.some(({ shown }) => shown.length < this.entries.length)
    while (waits() && world.time.nowUs - begunUs < 1_000 * mostMs) await world.run(100)
    return (world.time.nowUs - begunUs) / 1_000
  }

  /** Milliseconds from each acknowledgement to when each of them was shown it, sorted; of these entries. */
  delaysMs(followers: readonly Following[], first: number, end: number): number[] {
    const delays = followers.flatMap(({ shown }) =>
      shown.flatMap(({ sequence, atUs }) => {
        const fromUs = sequence < first || sequence >= end ? undefined : this.acknowledgedUs[sequence]
        return fromUs === undefined ? [] : [(atUs - fromUs) / 1_000]
      }),
    )
    return delays.sort((a, b) => a - b)
  }

  /** Those that were not shown exactly this, and how. */
  wrong(followers: readonly Following[]): string[] {
    return followers.flatMap((one) => {
      const isWhole = one.shown.length === this.entries.length && one.isPrefixOf(this.entries)
      if (isWhole && one.error === undefined) return []
      return [`${one.reader} was shown ${one.shown.length} of ${this.entries.length} (${one.error ?? 'goes on'})`]
    })
  }
}

/** The value below which a share of sorted values lies. */
export function percentileOf(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
