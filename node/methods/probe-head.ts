// The head stage of a probe: certificate, cards and heads as they can be had now. What only this node's own cache has is no
// proof that anybody is there, and is told as what it is.

import type { ProbeLog, ProbeStage } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import { ReadSession, type Target, type TargetLog } from '../reader/index.js'
import type { ObservingContext } from './context.js'
import type { ReadingContext } from './reading.js'

export interface ProbeContext {
  readonly observing: ObservingContext
  readonly reading: ReadingContext
}

export function headOf(
  { observing: { crypto, content } }: ProbeContext,
  session: ReadSession,
  target: Target,
): NonNullable<ProbeStage['head']> {
  const { nameSource } = session
  const certificate = nameSource && {
    hop: nameSource.hops,
    cached: nameSource.cached,
    ageS: nameSource.ageS,
    stale: nameSource.stale,
  }
  const logs = target.logs.map(({ log, device, held, source, closed, forked }): ProbeLog => {
    return {
      log: encodeText(crypto, TextKind.log, log),
      ...(device === undefined ? {} : { device: encodeText(crypto, TextKind.device, device) }),
      own: content.isOwn('head', log),
      length: held.head.length,
      bytes: held.head.bytes,
      timeMs: held.head.timeMs,
      ageS: source?.ageS ?? 0,
      stale: source?.stale ?? false,
      hop: source?.hops ?? 0,
      cached: source?.cached ?? false,
      closed,
      forked,
    }
  })
  return { ...(certificate === undefined ? {} : { certificate }), logs }
}

/** Throws what nobody who was asked said, when a head comes from this node's own cache alone. */
export async function demandHeads(
  { observing: { content }, reading }: ProbeContext,
  target: Target,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (const log of target.logs) {
    const isHere = !log.closed && log.source?.hops === 0 && !content.isOwn('head', log.log)
    if (isHere) await demandHead(reading, log, idleTimeoutMs, signal)
  }
}

async function demandHead(
  reading: ReadingContext,
  { log, source }: TargetLog,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const strict = new ReadSession(reading, { maxAgeS: 0, refuseStale: true, idleTimeoutMs }, signal)
  try {
    await strict.head(log)
  } catch (error) {
    if (!(error instanceof RunnelError) || error.code !== 'STALE') throw error
    const code = error.cause instanceof RunnelError ? error.cause.code : 'NO_HOLDER'
    const message = `only this node's own cache has a head of it, which its writer confirmed ${source?.ageS ?? 0} s ago; nobody who was asked gave one`
    throw new RunnelError(code, message, { ...(error.details === undefined ? {} : { details: error.details }) })
  } finally {
    strict.close()
  }
}

/** What works and is not as it should be. */
export function doubtOf({ logs }: NonNullable<ProbeStage['head']>): RunnelError | undefined {
  if (logs.some(({ forked }) => forked)) return new RunnelError('FORKED')
  const stale = logs.find((log) => log.stale)
  if (stale === undefined) return undefined
  const message = `the writer did not answer: hop ${stale.hop} has the state that the writer confirmed ${stale.ageS} s ago`
  return new RunnelError('STALE', message, { details: { ageS: stale.ageS } })
}
