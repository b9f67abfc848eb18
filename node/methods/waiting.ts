// The method that waits: until the node answers and what is to run beside it does, until a neighbour is up, or until a
// link's head can be had.

import { RunnelError } from '../../errors/index.js'
import { decodeText, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { openTarget, ReadSession, readLink } from '../reader/index.js'
import type { ObservingContext } from './context.js'
import { waitForNeighbour } from './observing.js'
import { pause } from './pause.js'
import type { ReadingContext } from './reading.js'

const defaultTimeoutMs = 30_000
const retryMs = 200
/** How often who waits for the node looks whether it is ready: what is waited for takes some tens of milliseconds. */
const lookAgainMs = 10

export function waitingMethod(observing: ObservingContext, reading: ReadingContext): Pick<Handlers, 'wait'> {
  return {
    wait: async ({ for: what, neighbour, link, timeoutMs = defaultTimeoutMs }, { signal }) => {
      const { time } = observing
      const startedUs = time.now().nowUs
      const waitedMs = (): number => (time.now().nowUs - startedUs) / 1000
      const leftMs = (): number => timeoutMs - waitedMs()
      if (neighbour !== undefined) checkDevice(observing, neighbour)
      if (what === 'ready') await untilReady(observing, timeoutMs, signal)
      if (what === 'neighbour') await waitForNeighbour(observing, neighbour, timeoutMs, signal)
      if (what === 'head') {
        if (link === undefined) throw new RunnelError('BAD_ARGUMENT', 'wait for a head needs a link')
        for (;;) {
          if (await canOpen(reading, link, Math.max(1, leftMs()), signal)) break
          if (leftMs() <= 0) throw new RunnelError('TIMEOUT', 'the head could not be had in time')
          await pause(time, retryMs, signal)
        }
      }
      return { waitedMs: Math.round(waitedMs()) }
    },
  }
}

/** Throws TIMEOUT, ABORTED. */
async function untilReady({ time, isReady }: ObservingContext, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const endUs = time.now().nowUs + timeoutMs * 1000
  while (!isReady()) {
    if (time.now().nowUs >= endUs) throw new RunnelError('TIMEOUT', 'what runs beside the node was not ready in time')
    await pause(time, lookAgainMs, signal)
  }
}

/** Who waits for a neighbour that cannot be would wait until the deadline. Throws BAD_NAME, BAD_ARGUMENT. */
function checkDevice({ crypto }: ObservingContext, text: string): void {
  const key = decodeText(crypto, text)
  if (typeof key !== 'string' && key.kind === TextKind.device) return
  if (key === 'bad-checksum') throw new RunnelError('BAD_NAME', `there is a typing error in ${text}`)
  throw new RunnelError('BAD_ARGUMENT', `${text} is no device key`, {
    hint: 'A device key is what `runnel id` prints on that node, and `runnel peers` here.',
  })
}

/** False when nobody has it yet; what is wrong with the link itself is thrown. */
async function canOpen(
  context: ReadingContext,
  link: string,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const session = new ReadSession(context, { idleTimeoutMs }, signal)
  try {
    await openTarget(session, readLink(session, link, context.petnames))
    return true
  } catch (error) {
    if (!(error instanceof RunnelError)) throw error
    if (['NO_HOLDER', 'NETWORK_DOWN', 'TIMEOUT', 'CLOCK', 'STALE', 'UNKNOWN_LABEL'].includes(error.code)) return false
    throw error
  } finally {
    session.close()
  }
}
