// `runnel wait`: returns when the node is ready, a neighbour is connected or a link can be read. It waits for a node that
// has not started yet too, and for one that starts again meanwhile.

import { type Params, RunnelError } from '../../api/index.js'
import { isRunnelError } from '../../errors/index.js'
import { argumentSeconds } from '../arguments.js'
import { type Invocation, textFlag } from '../command.js'
import { withNode } from '../open.js'
import { secondsText } from '../text.js'

/** How long it waits when nothing is said. */
const defaultTimeoutS = 60

/** How often a socket is tried that nobody answers. */
const retryMs = 50

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const startedMs = performance.now()
  const timeoutS = argumentSeconds(invocation, 'timeout') ?? defaultTimeoutS
  const endMs = startedMs + timeoutS * 1000
  for (const goal of goalsOf(invocation)) await reach(invocation, goal, endMs)
  const waitedMs = Math.round(performance.now() - startedMs)
  if (output.json) output.record({ waitedMs })
  else if (output.terminal) output.line(`ready after ${secondsText(waitedMs / 1000)}`)
}

function goalsOf(invocation: Invocation): Params<'wait'>[] {
  const { neighbour } = invocation.flags
  const head = textFlag(invocation, 'head')
  const goals: Params<'wait'>[] = []
  if (typeof neighbour === 'string') goals.push({ for: 'neighbour', neighbour })
  else if (neighbour === true) goals.push({ for: 'neighbour' })
  if (head !== undefined) goals.push({ for: 'head', link: head })
  return goals.length === 0 ? [{ for: 'ready' }] : goals
}

async function reach(invocation: Invocation, goal: Params<'wait'>, endMs: number): Promise<void> {
  const { signal } = invocation
  for (;;) {
    const leftMs = Math.max(1, Math.ceil(endMs - performance.now()))
    try {
      await withNode(invocation, (node) => node.wait({ ...goal, timeoutMs: leftMs }, { signal }))
      return
    } catch (error) {
      if (!isRunnelError(error, 'NO_NODE') || performance.now() >= endMs) throw error
    }
    await pause(Math.min(retryMs, leftMs), signal)
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(new RunnelError('ABORTED', undefined, { cause: signal.reason }))
    }
    if (signal.aborted) return reject(new RunnelError('ABORTED', undefined, { cause: signal.reason }))
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
