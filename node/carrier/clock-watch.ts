// What a link knows of the neighbour's clock was said when it came up. Where the two clocks differ by more than they may,
// or ours was set by as much since, whoever dialled opens the link anew now and then, so that both learn what is so now.

import { MAX_CLOCK_AHEAD_MS } from '../../stack/name/index.js'
import type { Clock, Time, Timer } from '../outside.js'
import { clockCheckMs } from './limits.js'

/** A link's clocks, as the handshake told them. */
export interface LinkClocks {
  readonly sinceMs: number
  /** When it came up, by the monotonic clock. */
  readonly sinceUs: number
  /** The neighbour's wall clock less ours, when it came up. */
  readonly clockSkewMs: number
}

/** The neighbour's wall clock less ours now: what the handshake told, and by how much ours was set since. */
export function skewMs({ clockSkewMs, sinceMs, sinceUs }: LinkClocks, { nowMs, nowUs }: Clock): number {
  return Math.round(clockSkewMs + sinceMs + (nowUs - sinceUs) / 1000 - nowMs)
}

/** Calls `reopen` when what is known may be outdated; until then it looks again. Cancel it when the link ends. */
export function watchClock(time: Time, link: LinkClocks, reopen: () => void): Timer {
  let timer: Timer
  const look = (): void => {
    const skew = skewMs(link, time.now())
    const set = skew - link.clockSkewMs
    if (Math.max(Math.abs(skew), Math.abs(set)) > MAX_CLOCK_AHEAD_MS) reopen()
    else timer = time.after(clockCheckMs, look)
  }
  timer = time.after(clockCheckMs, look)
  return { cancel: () => timer.cancel() }
}
