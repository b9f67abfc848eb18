// `runnel doctor`: what is wrong here, and how to mend it, with a node or without one, and with no network. Ends with 7 when a
// check failed.

import type { Check } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import type { Invocation } from '../command.js'
import { examineMachine } from '../machine.js'
import { withNode } from '../open.js'
import { clean } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { home, output } = invocation
  const seen = new Set<string>()
  let ok = true
  const tell = (check: Check): void => {
    seen.add(check.check)
    ok &&= check.level !== 'fail'
    if (output.json) {
      output.record(check)
      return
    }
    output.line(`${check.level.padEnd(4)}  ${clean(check.check)}: ${clean(check.text)}`)
    if (check.fix !== undefined && check.level !== 'ok') output.line(`      fix: ${clean(check.fix)}`)
  }
  await askNode(invocation, tell)
  // What the node has said of itself is not said of the machine once more.
  const said = new Set(seen)
  for (const check of await examineMachine(home)) if (!said.has(check.check)) tell(check)
  if (!ok) process.exitCode = 7
}

async function askNode(invocation: Invocation, tell: (check: Check) => void): Promise<void> {
  const { home, signal } = invocation
  try {
    await withNode(invocation, async (node) => {
      for await (const check of node.caller.items('doctor', {}, { signal })) tell(check)
    })
  } catch (error) {
    if (!(error instanceof RunnelError) || error.code !== 'NO_NODE') throw error
    tell({ check: 'node', level: 'warn', text: `no node runs on ${home}`, fix: 'Start one with `runnel up`.' })
  }
}
