// How late timers are: a look every so often. A delay of so many milliseconds is met as often as it would be met by
// whatever else the node has to do, so quantiles of it are those of everybody's waiting.

import { loopSampleMs } from './limits.js'

/** Starts looking; `handleDelay` is told how late each look was, in milliseconds. Call what it returns to end it. */
export function watchLoopDelay(handleDelay: (lateMs: number) => void): () => void {
  let dueMs = performance.now() + loopSampleMs
  const timer = setInterval(() => {
    const nowMs = performance.now()
    handleDelay(Math.max(0, nowMs - dueMs))
    dueMs = nowMs + loopSampleMs
  }, loopSampleMs)
  timer.unref()
  return () => clearInterval(timer)
}
