// Waiting in a method of the API: by the node's own clock, and no longer than its caller does.

import { RunnelError } from '../../errors/index.js'
import type { Time } from '../outside.js'

/** Resolves after `delayMs`. Throws ABORTED as soon as the signal says so. */
export function pause(time: Time, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const handleAbort = (): void => {
      timer.cancel()
      reject(new RunnelError('ABORTED', undefined, { cause: signal.reason }))
    }
    const timer = time.after(delayMs, () => {
      signal.removeEventListener('abort', handleAbort)
      resolve()
    })
    if (signal.aborted) handleAbort()
    else signal.addEventListener('abort', handleAbort, { once: true })
  })
}
