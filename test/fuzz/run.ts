// Runs a target on one input and says how it broke its promise, if it did. The input must be left as it was, and no more
// may be allocated than its size explains.

import { equal, toHex } from '../../stack/bytes/index.js'
import { countAllocations, endAllocationLimit, limitAllocation } from './allocation.js'
import { allocationBound, type Target } from './target.js'

export interface Breach {
  /** Equal for inputs that show the same defect: the message without its numbers, and the first own line of the stack. */
  readonly signature: string
  readonly text: string
}

countAllocations()

/** Undefined when the target kept its promises. */
export async function runTarget(target: Target, input: Uint8Array): Promise<Breach | undefined> {
  const given = input.slice()
  limitAllocation(allocationBound(target, input))
  try {
    const running = target.run(given)
    if (running !== undefined) await running
    if (!equal(given, input)) throw new Error('the input was changed')
    return undefined
  } catch (thrown) {
    return breachOf(thrown)
  } finally {
    endAllocationLimit()
  }
}

/** Throws with the target and the input where `runTarget` finds a breach. */
export async function assertKept(target: Target, input: Uint8Array, from: string): Promise<void> {
  const breach = await runTarget(target, input)
  if (breach === undefined) return
  const hex = toHex(input)
  throw new Error(
    `${target.name} on ${from}: ${breach.text}\ninput: ${hex.length > 4_000 ? `${hex.slice(0, 4_000)}…` : hex}`,
  )
}

function breachOf(thrown: unknown): Breach {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const place = (error.stack ?? '')
    .split('\n')
    .map(placeIn)
    .find((found) => found !== undefined)
  const message = `${error.name}: ${error.message}`
  return {
    signature: `${message.replace(/\d+/g, '0')} at ${place ?? 'an unknown place'}`,
    text: error.stack ?? message,
  }
}

/** The file and line of a stack's line, where it is of our own code and says more than that a target was run. */
function placeIn(line: string): string | undefined {
  if (line.includes('/node_modules/') || /\/test\/fuzz\/(run|target|codec|allocation|explore)\.[jt]s:/.test(line))
    return undefined
  return /\/((?:stack|node|api|cli|errors|test)\/[^ ]+\.[jt]s:\d+):\d+/.exec(line)?.[1]
}
