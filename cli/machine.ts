// What node/ knows of this machine without a node, loaded when a command needs it.

import type { Check } from '../api/protocol/index.js'

/** The checks of `doctor` that need no node. */
export async function examineMachine(home: string): Promise<Check[]> {
  const node = await import('../node/index.js')
  return node.examineMachine({ home })
}

/** Removes what a killed node has left. Throws PERMISSION, IO. */
export async function cleanUp(home: string) {
  const node = await import('../node/index.js')
  return node.cleanUp(home)
}
