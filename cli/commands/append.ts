// `runnel append`: each line of standard input becomes an entry, without its newline. What has come in so far is appended
// together, so that a terminal sees each line stored at once and a pipe costs few writes to disk.

import type { NodeClient, Result } from '../../api/index.js'
import { argumentSeconds, argumentVisibility, visibilityText } from '../arguments.js'
import { argument, type Invocation } from '../command.js'
import { promisesText } from '../custody-text.js'
import { joinLines } from '../lines.js'
import { withNode } from '../open.js'
import { counted } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const label = argument(invocation, 0)
  const visibility = argumentVisibility(invocation)
  const keepS = argumentSeconds(invocation, 'keep')
  const kept = keepS === undefined ? {} : { keep: keepS }
  await withNode(invocation, async (node) => {
    const { signal } = invocation
    // Wanted from the beginning: its input may go on for weeks.
    const stream = await node.createStream({ label, ...visibility, ...kept }, { signal })
    const total = await appendAll(invocation, node, label)
    const { custody } = keepS === undefined ? {} : await stream.append([], { ...kept, signal })
    const { link } = stream
    if (output.json) return output.record({ link, ...total, ...(custody === undefined ? {} : { custody }) })
    output.line(link)
    output.note(visibilityText(stream.visibility))
    output.note(`${counted(total.count, 'line')} appended, ${counted(total.length, 'entry', 'entries')} in all`)
    if (custody !== undefined) for (const line of promisesText(custody, Date.now())) output.note(line)
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
