// `runnel trace`: a line for each node on the way to a device, the nearest first, with how long it takes to answer.

import type { TraceHop } from '../../api/index.js'
import { argument, type Invocation } from '../command.js'
import { readOptions, withNode } from '../open.js'
import { millisecondsText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const { idleTimeoutMs: timeoutMs } = await readOptions(invocation)
  await withNode(invocation, async (node) => {
    const params = { to: argument(invocation, 0), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const call = node.caller.items('trace', params, { signal })
    for await (const hop of call) {
      if (output.json) output.record(hop)
      else output.line(hopText(hop))
    }
    const result = await call.result
    if (output.json) output.record(result)
  })
}

function hopText({ hop, rttMs, device, reached }: TraceHop): string {
  const who = device ?? 'a router that is no neighbour'
  const time = rttMs === undefined ? 'no answer' : millisecondsText(rttMs)
  return `${String(hop).padStart(2)}  ${time.padEnd(9)}  ${who}${reached ? ' (the device)' : ''}`
}
