// What appends have acknowledged: the entries of each log in order, and when they were known to be on disk.

import type { OwnStream } from '../../node/publisher/index.js'
import type { Store } from '../../node/store/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { NewEntry } from '../../stack/data/index.js'
import { readEntries } from './entries.js'
import { shortOf } from './facts.js'

interface Entry {
  readonly bytes: Uint8Array
  /** How many changes the disk had seen when it was acknowledged. */
  readonly changes: number
}

interface Log {
  readonly key: Uint8Array
  readonly secret: Uint8Array | undefined
  readonly entries: Entry[]
}

export class EntryLedger {
  readonly #logs = new Map<string, Log>()

  /** Appends, and notes what was acknowledged. */
  async append(stream: OwnStream, entries: readonly NewEntry[], changes: () => number): Promise<void> {
    const key = shortOf(stream.key)
    let log = this.#logs.get(key)
    if (log === undefined) {
      log = { key: stream.key, secret: stream.secret, entries: [] }
      this.#logs.set(key, log)
    }
    const first = await stream.log.append(entries)
    for (const [index, { bytes }] of entries.entries()) log.entries[first + index] = { bytes, changes: changes() }
  }

  /** Takes what a start has found behind the acknowledged entries as acknowledged. Gives what is wrong. */
  settle(store: Store, changes: number): string[] {
    const wrong: string[] = []
    for (const log of this.#logs.values()) {
      const problem = check(log, store, Number.POSITIVE_INFINITY)
      if (problem !== undefined) wrong.push(problem)
      const found = readEntries(store, log.key, log.secret)
      if (!Array.isArray(found)) continue
      for (let index = log.entries.length; index < found.length; index++) {
        log.entries.push({ bytes: (found[index] as Uint8Array).slice(), changes })
      }
    }
    return wrong
  }

  /** Whether all entries that were acknowledged after so many changes are there, and none that never was. */
  check(store: Store, changes: number): string[] {
    return [...this.#logs.values()].flatMap((log) => check(log, store, changes) ?? [])
  }
}

function check({ key, secret, entries }: Log, store: Store, changes: number): string | undefined {
  const least = entries.filter((entry) => entry.changes <= changes).length
  const found = readEntries(store, key, secret)
  const name = `log ${shortOf(key)}`
  if (found === undefined) return least > 0 ? `${name} is gone, with ${least} acknowledged entries` : undefined
  if (typeof found === 'string') return `${name}: ${found}`
  if (found.length < least) return `${name} has ${found.length} entries of ${least} acknowledged`
  const wrong = found.findIndex((bytes, index) => {
    const entry = entries[index]
    return entry !== undefined && !equal(bytes, entry.bytes)
  })
  return wrong < 0 ? undefined : `${name}: entry ${wrong} is not what was appended`
}
