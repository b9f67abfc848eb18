// `runnel metrics`: everything that the node counts, for Prometheus and for people. No listener is needed.

import type { Invocation } from '../command.js'
import { withNode } from '../open.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const text = await withNode(invocation, (node) => node.metrics({ signal }))
  if (output.json) output.record({ text })
  else await output.bytes(new TextEncoder().encode(text), signal)
}
