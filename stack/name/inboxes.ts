// Where a name can be written to: of each of its devices the inbox key that counts now (protocol §6.6).

import { equal } from '../bytes/index.js'
import { decodeCard } from './card.js'
import type { InboxRecord } from './inbox-record.js'
import { MAX_CLOCK_AHEAD_MS } from './limits.js'
import type { NameState } from './name-state.js'

/** A device that takes messages, by the key that counts now. */
export interface InboxListing extends InboxRecord {
  device: Uint8Array
}

/** What a name's cards say of its inbox. */
export interface InboxOfName {
  /** One a device that can be written to now, in the order of the certificate. */
  open: InboxListing[]
  /** When the last key of those devices ended that cannot be written to any more; undefined without such a device. */
  endedMs: number | undefined
}

/**
 * Where a name can be written to now: of each device the key whose time it is, by the newest record of it. A clock may be
 * off by a day: where no key is of now, the one that ended or begins within a day of it counts.
 */
export function inboxOf(state: NameState, nowMs: number): InboxOfName {
  const open: InboxListing[] = []
  let endedMs: number | undefined
  state.certificate.devices.forEach((device, index) => {
    const records = recordsOf(state.cards[index]?.chunk, nowMs)
    const near = records.filter((record) => distanceMs(record, nowMs) <= CLOCK_DAY_MS)
    near.sort((a, b) => distanceMs(a, nowMs) - distanceMs(b, nowMs) || b.fromMs - a.fromMs || b.timeMs - a.timeMs)
    const [first] = near
    if (first !== undefined) open.push({ ...first, device })
    else for (const { untilMs } of records) endedMs = Math.max(endedMs ?? 0, untilMs)
  })
  return { open, endedMs }
}

const CLOCK_DAY_MS = 86_400_000

/** How far a time is outside of a key's. */
function distanceMs({ fromMs, untilMs }: InboxRecord, nowMs: number): number {
  return nowMs < fromMs ? fromMs - nowMs : nowMs >= untilMs ? nowMs - untilMs + 1 : 0
}

/** Of each key the newest record that is not ahead. */
function recordsOf(chunk: Uint8Array | undefined, nowMs: number): InboxRecord[] {
  const records = chunk === undefined ? [] : decodeCard(chunk)
  if (typeof records === 'string') return []
  const found: InboxRecord[] = []
  for (const record of records) {
    if (record.type !== 'inbox' || record.timeMs > nowMs + MAX_CLOCK_AHEAD_MS) continue
    const at = found.findIndex((other) => equal(other.key, record.key))
    if (at < 0) found.push(record)
    else if (record.timeMs > (found[at]?.timeMs ?? 0)) found[at] = record
  }
  return found
}
