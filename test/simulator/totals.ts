// The figures of many runs, added up.

import type { Outcome } from './outcome.js'

/** What of each run is added. */
const added = [
  'nodes',
  'frames',
  'reads',
  'refused',
  'writes',
  'followers',
  'followed',
  'conversations',
  'heardBytes',
  'packets',
  'promises',
  'departures',
  'faults',
  'attackers',
  'simulatedMs',
] as const
type Added = (typeof added)[number]

export type Totals = Pick<Outcome, Added> & {
  readonly runs: number
  /** The longest that a run took until everybody had everything. */
  readonly slowestMs: number
}

export function addUp(totals?: Totals, outcome?: Outcome): Totals {
  const sums = added.map((key) => [key, (totals?.[key] ?? 0) + (outcome?.[key] ?? 0)] as const)
  return {
    ...(Object.fromEntries(sums) as Record<Added, number>),
    runs: (totals?.runs ?? 0) + (outcome === undefined ? 0 : 1),
    slowestMs: Math.max(totals?.slowestMs ?? 0, outcome?.convergedMs ?? 0),
  }
}

export function describeTotals(totals: Totals, tookMs: number): string {
  const {
    runs,
    nodes,
    attackers,
    writes,
    followers,
    followed,
    conversations,
    heardBytes,
    packets,
    promises,
    departures,
    reads,
    refused,
    faults,
    frames,
    simulatedMs,
    slowestMs,
  } = totals
  return [
    `${runs} runs, ${nodes} nodes of which ${attackers} attack, ${faults} faults`,
    `${writes} writes, ${reads} reads, ${refused} refusals, ${frames} frames; ${followed} entries shown to ${followers} followers`,
    `${conversations} conversations to their ends, ${(heardBytes / 1e6).toFixed(1)} MB heard; ${packets} packets there and back`,
    `${promises} promises of custodians kept, ${departures} logs read from them when their writers were gone`,
    `everybody had everything ${(slowestMs / 1000).toFixed(1)} s after the last fault at the latest`,
    `${(simulatedMs / 1000).toFixed(0)} s simulated in ${(tookMs / 1000).toFixed(0)} s`,
  ].join('\n')
}
