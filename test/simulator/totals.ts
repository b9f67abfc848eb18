// The figures of many runs, added up.

import type { Outcome } from './outcome.js'

export interface Totals {
  readonly runs: number
  readonly nodes: number
  readonly frames: number
  readonly reads: number
  readonly refused: number
  readonly writes: number
  readonly followers: number
  /** Entries that followers were shown. */
  readonly followed: number
  readonly conversations: number
  readonly heardBytes: number
  readonly packets: number
  readonly promises: number
  readonly departures: number
  readonly faults: number
  readonly attackers: number
  readonly simulatedMs: number
  /** The longest that a run took until everybody had everything. */
  readonly slowestMs: number
}

const none: Totals = {
  runs: 0,
  nodes: 0,
  frames: 0,
  reads: 0,
  refused: 0,
  writes: 0,
  followers: 0,
  followed: 0,
  conversations: 0,
  heardBytes: 0,
  packets: 0,
  promises: 0,
  departures: 0,
  faults: 0,
  attackers: 0,
  simulatedMs: 0,
  slowestMs: 0,
}

export function addUp(totals: Totals = none, outcome?: Outcome): Totals {
  if (outcome === undefined) return totals
  return {
    runs: totals.runs + 1,
    nodes: totals.nodes + outcome.nodes,
    frames: totals.frames + outcome.frames,
    reads: totals.reads + outcome.reads,
    refused: totals.refused + outcome.refused,
    writes: totals.writes + outcome.writes,
    followers: totals.followers + outcome.followers,
    followed: totals.followed + outcome.followed,
    conversations: totals.conversations + outcome.conversations,
    heardBytes: totals.heardBytes + outcome.heardBytes,
    packets: totals.packets + outcome.packets,
    promises: totals.promises + outcome.promises,
    departures: totals.departures + outcome.departures,
    faults: totals.faults + outcome.faults,
    attackers: totals.attackers + outcome.attackers,
    simulatedMs: totals.simulatedMs + outcome.simulatedMs,
    slowestMs: Math.max(totals.slowestMs, outcome.convergedMs),
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
