// What an answer says of its age and of where it came from.

import type { Freshness } from '../../api/index.js'
import { maxFreshS } from './limits.js'

export interface Origin {
  readonly head: Freshness
  /** How old a copy its writer suggests to accept. */
  readonly maxAgeS: number
  readonly source: { readonly hop: number; readonly cached: boolean }
}

/**
 * Age and Cache-Control (RFC 9111 §5): a copy counts from when the writer confirmed the head, for as long as the writer
 * suggests, and never more than a minute from now. Nothing here is immutable: a path may lead to something else tomorrow.
 */
export function freshnessHeaders({ head, maxAgeS, source }: Origin): Record<string, string> {
  const leftS = head.stale ? 0 : Math.min(maxFreshS, Math.max(0, maxAgeS - head.ageS))
  return {
    Age: String(head.ageS),
    'Cache-Control': leftS === 0 ? 'no-cache' : `max-age=${head.ageS + leftS}, must-revalidate`,
    'X-Runnel-Source': sourceText(source, head.forked),
    ...(head.stale ? { Warning: '110 - "Response is Stale"', 'X-Runnel-Stale': httpDate(head.timeMs) } : {}),
  }
}

/** `hop=0` is this node; `cached` where it was not the writer's own node that answered. */
function sourceText({ hop, cached }: Origin['source'], forked: boolean): string {
  return [`hop=${hop}`, ...(cached ? ['cached'] : []), 'verified', ...(forked ? ['forked'] : [])].join('; ')
}

export function httpDate(ms: number): string {
  return new Date(Math.max(0, ms)).toUTCString()
}
