// `runnel append`: each line of standard input becomes an entry, without its newline. What has come in so far is appended
// together, so that a terminal sees each line stored at once and a pipe costs few writes to disk.

import type { NodeClient, Result } from '../../api/index.js'
import { argumentVisibility, visibilityText } from '../arguments.js'
import { argument, type Invocation } from '../command.js'
import { joinLines } from '../lines.js'
import { withNode } from '../open.js'
import { counted } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const label = argument(invocation, 0)
  const visibility = argumentVisibility(invocation)
  await withNode(invocation, async (node) => {
    const stream = await node.createStream({ label, ...visibility }, { signal: invocation.signal })
    const total = await appendAll(invocation, node, label)
    const { link } = stream
    if (output.json) return output.record({ link, ...total })
    output.line(link)
    output.note(visibilityText(stream.visibility))
    output.note(`${counted(total.count, 'line')} appended, ${counted(total.length, 'entry', 'entries')} in all`)
  })
}

interface Total {
  first: number
  count: number
  length: number
}

async function appendAll(invocation: Invocation, node: NodeClient, label: string): Promise<Total> {
  const { signal, output } = invocation
  let total: Total | undefined
  const stopReading = (): void => void process.stdin.destroy()
  signal.addEventListener('abort', stopReading, { once: true })
  try {
    for await (const entries of joinLines(process.stdin)) {
      const done: Result<'append'> = await node.caller.call('append', { label, entries }, { signal })
      total = { first: total?.first ?? done.first, count: (total?.count ?? 0) + done.count, length: done.length }
    }
    signal.throwIfAborted()
  } catch (error) {
    if (total !== undefined) output.note(`${counted(total.count, 'line')} appended before this failed`)
    throw error
  } finally {
    signal.removeEventListener('abort', stopReading)
  }
  if (total !== undefined) return total
  const length = (await node.streams()).find((stream) => stream.label === label)?.entries ?? 0
  return { first: length, count: 0, length }
}
