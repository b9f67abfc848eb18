// Waiting for a ready node: what is to run beside it is waited for, and not for ever.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import type { Handlers } from '../api-server/index.js'
import type { ObservingContext } from './context.js'
import type { ReadingContext } from './reading.js'
import { waitingMethod } from './waiting.js'

const test = suite('node/methods/waiting')

/** A node whose clock goes on by what is waited for, and that is ready from a moment on. */
function nodeReadyAt(readyMs: number) {
  let nowMs = 0
  const time = {
    now: () => ({ nowUs: nowMs * 1_000, nowMs }),
    after: (delayMs: number, act: () => void) => {
      queueMicrotask(() => {
        nowMs += delayMs
        act()
      })
      return { cancel: () => {} }
    },
  }
  const observing = { time, isReady: () => nowMs >= readyMs } as unknown as ObservingContext
  const { wait } = waitingMethod(observing, {} as ReadingContext)
  const call = { signal: new AbortController().signal } as Parameters<Handlers['wait']>[1]
  return (timeoutMs: number) => wait({ for: 'ready', timeoutMs }, call)
}

test('a node is ready when what runs beside it is, and not before', async () => {
  assert.equal(await nodeReadyAt(0)(1_000), { waitedMs: 0 })
  const { waitedMs } = await nodeReadyAt(500)(1_000)
  assert.ok(waitedMs >= 500 && waitedMs < 600, `${waitedMs} ms`)
})

test('one that does not become ready in time is told as that', async () => {
  const error = await nodeReadyAt(2_000)(1_000).catch((thrown: unknown) => thrown)
  assert.ok(isRunnelError(error, 'TIMEOUT'))
})

test.run()
