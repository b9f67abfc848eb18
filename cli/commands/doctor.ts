// `runnel doctor`: what is wrong here, and how to mend it. Ends with 7 when a check failed.

import type { Invocation } from '../command.js'
import { withNode } from '../open.js'
import { clean } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const ok = await withNode(invocation, async (node) => {
    const call = node.caller.items('doctor', {}, { signal })
    for await (const check of call) {
      if (output.json) output.record(check)
      else {
        output.line(`${check.level.padEnd(4)}  ${clean(check.check)}: ${clean(check.text)}`)
        if (check.fix !== undefined && check.level !== 'ok') output.line(`      fix: ${clean(check.fix)}`)
      }
    }
    return (await call.result).ok
  })
  if (!ok) process.exitCode = 7
}
