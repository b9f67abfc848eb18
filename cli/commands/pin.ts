// `runnel pin`: keeps a stream of somebody else for whoever asks, also one that this node cannot read.

import { RunnelError } from '../../errors/index.js'
import { argument, type Invocation, textFlag } from '../command.js'
import { size } from '../config/kinds.js'
import { withNode } from '../open.js'
import { bytesText, clean } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const given = textFlag(invocation, 'size')
  const sizeBytes = given === undefined ? undefined : size.read(given)
  if (given !== undefined && sizeBytes === undefined) {
    throw new RunnelError('BAD_ARGUMENT', `--size must be ${size.expects}`)
  }
  const link = argument(invocation, 0)
  const pin = await withNode(invocation, (node) =>
    node.pin(link, { ...(sizeBytes === undefined ? {} : { sizeBytes }), signal }),
  )
  if (output.json) return output.record(pin)
  output.line(pin.link)
  const what = pin.whole ? 'all of it' : 'the newest of it'
  output.note(`kept: ${bytesText(pin.bytes)}, ${what}; what is appended follows within a minute`)
  if (pin.problem !== undefined)
    output.note(`not everything could be had yet, and is tried again: ${clean(pin.problem)}`)
}
