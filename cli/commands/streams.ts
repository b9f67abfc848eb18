// `runnel streams`: what this node writes.

import type { Invocation } from '../command.js'
import { withNode } from '../open.js'
import { bytesText, clean, columns, counted } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const streams = await withNode(invocation, (node) => node.streams())
  if (output.json) {
    for (const stream of streams) output.record(stream)
    return
  }
  if (streams.length === 0) output.note('no streams yet: `runnel publish PATH` or `runnel append LABEL` makes one')
  const rows = streams.map(({ label, kind, visibility, entries, bytes, forked, link }) => [
    clean(label),
    kind,
    visibility,
    counted(entries, 'entry', 'entries'),
    bytesText(bytes),
    `${clean(link)}${forked ? '  FORKED' : ''}`,
  ])
  for (const line of columns(rows)) output.line(line)
}
