// `runnel unpin`: keeps a stream of somebody else no longer.

import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { bytesText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const unpinned = await withNode(invocation, (node) => node.unpin(argument(invocation, 0), { signal }))
  if (output.json) return output.record(unpinned)
  output.line(unpinned.link)
  output.note(`not kept any longer; ${bytesText(unpinned.freedBytes)} are free again`)
}
