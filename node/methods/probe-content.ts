// The last stages of a probe: the first chunk that another node serves, and how fast they come for at most a second. It is
// read as any reader reads it, and what came is cached as ever.

import type { ProbeStage, SourceShare } from '../../api/protocol/index.js'
import { type ReadSession, readThrough, type Target } from '../reader/index.js'

/** Goodput is measured for so long, µs: enough for a window to open, and little to pay for on a metered link. */
const measureUs = 1_000_000

export interface Measured {
  /** Resolves with the first chunk that came from another node, or when all was read with what was here; undefined: nothing was asked. */
  readonly chunk: Promise<ProbeStage['chunk']>
  /** Resolves when all was read, or after a second. */
  readonly goodput: Promise<ProbeStage['goodput']>
}

/** Begins to read. Both promises reject with what the read fails with, unless it had come as far. */
export function measure(session: ReadSession, target: Target): Measured {
  const { time } = session.context
  const startedUs = time.now().nowUs
  let firstUs: number | undefined
  let lastUs = startedUs
  let here: SourceShare | undefined
  let handleFirst: (share: SourceShare | undefined) => void = () => {}
  let enough = false
  let timer = { cancel: (): void => {} }
  const first = new Promise<SourceShare | undefined>((resolve) => {
    handleFirst = resolve
  })
  const before = totals(session.sources.list())
  session.sources.handleAdded = (share) => {
    if (share.hop === 0) {
      here ??= share
      return
    }
    lastUs = time.now().nowUs
    if (firstUs !== undefined) return
    firstUs = lastUs
    handleFirst(share)
    // Whatever is waited for then is given up.
    timer = time.after(measureUs / 1_000, () => {
      enough = true
      session.close()
    })
  }
  const isEnough = (): boolean => {
    enough ||= time.now().nowUs - (firstUs ?? startedUs) >= measureUs
    return enough
  }
  const whole = readThrough(session, target, isEnough).catch((error: unknown) => {
    if (!enough) throw error
    return false
  })
  const ended = whole.finally(() => timer.cancel())
  const chunk = Promise.race([first, ended.then(() => undefined)]).then((share) => {
    const found = share ?? here
    return found && { hop: found.hop, cached: found.cached, bytes: found.bytes, verified: true as const }
  })
  const goodput = ended.then((isWhole): ProbeStage['goodput'] => {
    const sources = since(before, session.sources.list())
    const remote = sources.filter(({ hop }) => hop > 0)
    const counted = remote.length > 0 ? remote : sources
    const bytes = counted.reduce((sum, share) => sum + share.bytes, 0)
    if (bytes === 0) return undefined
    const tookUs = Math.max(1, (remote.length > 0 ? lastUs : time.now().nowUs) - startedUs)
    return { bytes, bytesPerS: Math.round((bytes * 1e6) / tookUs), whole: isWhole, sources }
  })
  // Each is awaited in its turn, and may have failed before.
  for (const promise of [chunk, goodput]) promise.catch(() => {})
  return { chunk, goodput }
}

function totals(shares: readonly SourceShare[]): Map<string, number> {
  return new Map(shares.map(({ hop, cached, bytes }) => [`${hop} ${cached}`, bytes]))
}

function since(before: ReadonlyMap<string, number>, shares: readonly SourceShare[]): SourceShare[] {
  return shares
    .map((share) => ({ ...share, bytes: share.bytes - (before.get(`${share.hop} ${share.cached}`) ?? 0) }))
    .filter(({ bytes }) => bytes > 0)
}
