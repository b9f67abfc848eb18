// How a stream stands with a custodian, in a line: who, until when, and what it has shown since.

import type { CustodyState } from '../api/index.js'
import { clean, dayText, secondsText, timeText } from './text.js'

export function custodyText(one: CustodyState, nowMs: number): string {
  const { custodian, state, untilMs, auditedMs, newest, problem } = one
  const who = `${custodian.slice(0, 8)}…`
  const why = problem === undefined ? '' : `: ${clean(problem)}`
  if (state !== 'kept' || untilMs === undefined) return `${said[state]} ${who}${why}`
  const audited =
    auditedMs === undefined ? 'not audited yet' : `audited ${secondsText(Math.max(0, (nowMs - auditedMs) / 1_000))} ago`
  return `kept by ${who} until ${dateText(untilMs, nowMs)}, ${audited}${newest === false ? ', its newest state not yet' : ''}${why}`
}

/** What was promised to whoever wanted a stream kept, and where nobody has, why. */
export function promisesText(custody: readonly CustodyState[], nowMs: number): string[] {
  const lines = custody.map((one) => custodyText(one, nowMs))
  if (custody.some(({ state }) => state === 'kept')) return lines
  const none = 'nobody has promised to keep it yet; the node goes on asking, and `runnel streams` shows who does'
  if (custody.length > 0) return [...lines, none]
  return ['nobody was asked to keep it: start with --upstream or --custodian KEY', none]
}

/** A day, and where it is close the minute, in UTC. */
function dateText(untilMs: number, nowMs: number): string {
  const text = timeText(untilMs)
  return untilMs - nowMs > 3 * 86_400_000 ? dayText(untilMs) : `${text.slice(0, 16).replace('T', ' ')} UTC`
}

const said: Readonly<Record<CustodyState['state'], string>> = {
  asked: 'not kept yet by',
  kept: 'kept by',
  refused: 'refused by',
  lost: 'out of reach:',
  failed: 'lost by',
}
