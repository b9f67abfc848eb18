// The keys of a device's inbox: one a week, made weeks before they are used, so that a card lists them while the device is
// off; and gone when nothing that was sealed to them can still be waiting.

import { CLOCK_MS, ENVELOPE_LIFE_MS, KEY_LIFE_MS, KEYS_AHEAD } from './limits.js'

/** A private key and when it is sealed to. */
export interface InboxKey {
  readonly privateKey: Uint8Array
  readonly fromMs: number
  readonly untilMs: number
}

/** What is to be done about the keys at a time. */
export interface KeyPlan {
  /** Still able to open something. */
  readonly live: readonly InboxKey[]
  /** Weeks that want a key, ascending; the first begins at once. */
  readonly missing: readonly { readonly fromMs: number; readonly untilMs: number }[]
}

/** Keys whose last message has expired are left out of `live`, and are to be deleted. */
export function planKeys(keys: readonly InboxKey[], nowMs: number): KeyPlan {
  const live = keys.filter(({ untilMs }) => nowMs < untilMs + ENVELOPE_LIFE_MS + 2 * CLOCK_MS)
  const missing: { fromMs: number; untilMs: number }[] = []
  // Those that begin far ahead were made by a clock that was wrong: they are no reason to have none for now.
  const horizonMs = nowMs + KEYS_AHEAD * KEY_LIFE_MS
  const useful = live.filter(({ fromMs, untilMs }) => untilMs > nowMs && fromMs < horizonMs)
  let fromMs = covered(useful, nowMs)
  while (fromMs < horizonMs) {
    missing.push({ fromMs, untilMs: fromMs + KEY_LIFE_MS })
    fromMs = covered(useful, fromMs + KEY_LIFE_MS)
  }
  return { live, missing }
}

/** Keys to be listed in a card now: those whose time is not over. */
export function listedKeys(keys: readonly InboxKey[], nowMs: number): InboxKey[] {
  return keys.filter(({ untilMs }) => untilMs > nowMs)
}

/** From when on there is no key any more, going on from a time without a gap. */
function covered(keys: readonly InboxKey[], fromMs: number): number {
  let untilMs = fromMs
  for (;;) {
    const next = keys.find((key) => key.fromMs <= untilMs && key.untilMs > untilMs)
    if (next === undefined) return untilMs
    untilMs = next.untilMs
  }
}
