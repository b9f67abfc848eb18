// `runnel dial`: standard input to a service of a name, and what it says to standard output, until both have ended.

import { argumentSeconds } from '../arguments.js'
import { carryHere } from '../carry.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'

export async function run(invocation: Invocation): Promise<void> {
  const { signal } = invocation
  const timeoutS = argumentSeconds(invocation, 'timeout')
  const timeoutMs = timeoutS === undefined ? undefined : Math.max(1, Math.round(timeoutS * 1000))
  await withNode(invocation, async (node) => {
    const options = { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const conversation = await node.dial(argument(invocation, 0), argument(invocation, 1), options)
    await carryHere(conversation, invocation)
  })
}
