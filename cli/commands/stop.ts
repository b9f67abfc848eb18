// `runnel stop`: ends the node gracefully, and returns when its process has gone, so that the home is free.

import { setTimeout as pause } from 'node:timers/promises'
import { RunnelError } from '../../errors/index.js'
import type { Invocation } from '../command.js'
import { withNode } from '../open.js'

/** How long a node may take to end; it flushes what it has, which is little. */
const patienceMs = 30_000

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const pid = await withNode(invocation, async (node) => {
    const { pid } = await node.status()
    await node.stop()
    return pid
  })
  const endMs = performance.now() + patienceMs
  while (runs(pid)) {
    if (performance.now() >= endMs)
      throw new RunnelError('TIMEOUT', `process ${pid} has not ended after ${patienceMs / 1000} s`)
    await pause(10, undefined, { signal })
  }
  if (output.json) output.record({ stopped: pid })
  else output.note(`stopped (process ${pid})`)
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
