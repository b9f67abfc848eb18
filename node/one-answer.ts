// One answer of something that calls back: in time, or what stands for none, or ABORTED when the caller gives up. What comes
// after that is nobody's.

import { RunnelError } from '../errors/index.js'
import type { Time } from './outside.js'

export interface Asking<T> {
  readonly time: Pick<Time, 'after'>
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Begins to ask, and gives what ends that. */
  readonly ask: (answer: (value: T) => void) => () => void
  /** Stands for an answer that did not come in time. */
  readonly late: () => T
  /** Given an answer that nobody waits for any more. */
  readonly unwanted?: (value: T) => void
}

export function oneAnswer<T>({ time, timeoutMs, signal, ask, late, unwanted }: Asking<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): RunnelError => new RunnelError('ABORTED', undefined, { cause: signal.reason })
    if (signal.aborted) {
      reject(aborted())
      return
    }
    let isDone = false
    let cancel = (): void => {}
    const finish = (settle: () => void): void => {
      if (isDone) return
      isDone = true
      timer.cancel()
      signal.removeEventListener('abort', handleAbort)
      settle()
    }
    const handleAbort = (): void => {
      cancel()
      finish(() => reject(aborted()))
    }
    const timer = time.after(timeoutMs, () => {
      cancel()
      finish(() => resolve(late()))
    })
    signal.addEventListener('abort', handleAbort, { once: true })
    cancel = ask((value) => {
      if (isDone) unwanted?.(value)
      finish(() => resolve(value))
    })
  })
}
