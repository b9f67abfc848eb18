// `runnel id`: who this node is.

import type { Invocation } from '../command.js'
import { withNode } from '../open.js'
import { columns } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const id = await withNode(invocation, (node) => node.id())
  if (output.json) return output.record(id)
  const rows = [
    ['name', id.name],
    ['device', id.device],
    ['address', id.address],
    ['home', id.home],
  ]
  for (const line of columns(rows)) output.line(line)
}
