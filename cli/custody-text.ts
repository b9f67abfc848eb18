// How a stream stands with a custodian, in a line: who, until when, and what it has shown since.

import type { CustodyState } from '../api/index.js'
import { clean, secondsText } from './text.js'

export function custodyText(one: CustodyState, nowMs: number): string {
  const { custodian, state, untilMs, auditedMs, newest, problem } = one
  const who = `${custodian.slice(0, 8)}…`
  const why = problem === undefined ? '' : `: ${clean(problem)}`
  if (state !== 'kept' || untilMs === undefined) return `${said[state]} ${who}${why}`
  const audited =
    auditedMs === undefined ? 'not audited yet' : `audited ${secondsText(Math.max(0, (nowMs - auditedMs) / 1_000))} ago`
  const date = new Date(untilMs).toISOString().slice(0, 10)
  return `kept by ${who} until ${date}, ${audited}${newest === false ? ', its newest state not yet' : ''}${why}`
}

const said: Readonly<Record<CustodyState['state'], string>> = {
  asked: 'not kept yet by',
  kept: 'kept by',
  refused: 'refused by',
  lost: 'out of reach for a day:',
  failed: 'lost by',
}
