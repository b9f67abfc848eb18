// `runnel streams`: what this node writes, and what it keeps for others.

import type { Invocation } from '../command.js'
import { custodyText } from '../custody-text.js'
import { withNode } from '../open.js'
import { bytesText, clean, columns, counted, secondsText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const { streams, pins } = await withNode(invocation, async (node) => ({
    streams: await node.streams(),
    pins: await node.pins(),
  }))
  if (output.json) {
    for (const stream of streams) output.record(stream)
    for (const pin of pins) output.record({ kind: 'pin', ...pin })
    return
  }
  if (streams.length === 0 && pins.length === 0)
    output.note('no streams yet: `runnel publish PATH` or `runnel append LABEL` makes one')
  const rows = streams.map(({ label, kind, visibility, entries, bytes, forked, link }) => [
    clean(label),
    kind,
    visibility,
    counted(entries, 'entry', 'entries'),
    bytesText(bytes),
    `${clean(link)}${forked ? '  FORKED' : ''}`,
  ])
  for (const [index, line] of columns(rows).entries()) {
    output.line(line)
    for (const one of streams[index]?.custody ?? []) output.line(`    ${custodyText(one, Date.now())}`)
  }
  const nowMs = Date.now()
  const kept = pins.map(({ link, bytes, sizeBytes, whole, checkedMs, problem }) => [
    'pinned',
    whole ? 'whole' : 'the newest',
    `${bytesText(bytes)} of ${bytesText(sizeBytes)}`,
    checkedMs === undefined ? 'not asked yet' : `asked ${secondsText(Math.max(0, (nowMs - checkedMs) / 1000))} ago`,
    `${clean(link)}${problem === undefined ? '' : `  ${clean(problem)}`}`,
  ])
  for (const line of columns(kept)) output.line(line)
}
