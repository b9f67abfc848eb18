// `runnel unpublish`: takes a stream back, and says what that cannot undo.

import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const done = await withNode(invocation, (node) => node.unpublish(argument(invocation, 0), { signal }))
  if (output.json) return output.record(done)
  output.line(done.link)
  output.note(`${done.label} is off the card, and is announced no more.`)
  output.note(
    'Copies may survive: who fetched or pinned it still has it, and routers may have parts of it in their caches.',
  )
}
