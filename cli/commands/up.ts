// `runnel up`: runs the node of this home, in the foreground or, with --detach, in the background.

import type { Invocation } from '../command.js'

export async function run(invocation: Invocation): Promise<void> {
  if (invocation.flags.detach === true) return (await import('../up/detach.js')).startDetached(invocation)
  return (await import('../up/foreground.js')).runNode(invocation)
}
