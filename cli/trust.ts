// What a command says of how far what it has read can be relied on, behind it: an old state is a warning, and a stream
// that its writer has forked ends the command with FORKED, although what both states share was given.

import type { Freshness } from '../api/index.js'
import { RunnelError } from '../errors/index.js'
import type { Output } from './output.js'
import { secondsText, timeText } from './text.js'

/** Throws FORKED. */
export function tellTrust(output: Output, { stale, forked, timeMs, ageS }: Freshness): void {
  if (stale) {
    const when = timeText(timeMs)
    const confirmed = `confirmed ${secondsText(ageS)} ago; nobody reached has a newer one`
    output.note(`warning: STALE: this is the state of ${when}, ${confirmed}`)
  }
  if (forked) {
    throw new RunnelError(
      'FORKED',
      'the writer has signed two states of this stream that contradict each other: what was read is what both share',
    )
  }
}
