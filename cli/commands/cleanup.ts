// `runnel cleanup`: removes what a node has left that was killed, and says what. A node that lives keeps all that it has.

import type { Invocation } from '../command.js'
import { cleanUp } from '../machine.js'
import { clean } from '../text.js'

export async function run({ home, output }: Invocation): Promise<void> {
  const { removed, lives } = await cleanUp(home)
  if (output.json) {
    for (const one of removed) output.record(one)
    return
  }
  for (const { text } of removed) output.line(`removed ${clean(text)}`)
  if (lives) output.line(`the node of ${clean(home)} runs, and keeps what it has`)
  else if (removed.length === 0) output.line('nothing was left')
}
