// `runnel publish`: a file or a folder becomes a stream. Its link is all that standard output gets.

import { resolve } from 'node:path'
import type { CustodyState } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { argumentVisibility, visibilityText } from '../arguments.js'
import { argument, type Invocation, textFlag } from '../command.js'
import { seconds } from '../config/kinds.js'
import { custodyText } from '../custody-text.js'
import { withNode } from '../open.js'
import { openProgress } from '../progress.js'
import { bytesText, counted } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const label = textFlag(invocation, 'label')
  const visibility = argumentVisibility(invocation)
  const keep = textFlag(invocation, 'keep')
  const keepS = keep === undefined ? undefined : seconds.read(keep)
  if (keep !== undefined && keepS === undefined)
    throw new RunnelError('BAD_ARGUMENT', `--keep must be ${seconds.expects}`)
  const path = resolve(argument(invocation, 0))
  const progress = await openProgress(invocation, 'published')
  const published = await withNode(invocation, (node) =>
    node.publish(path, {
      ...(label === undefined ? {} : { label }),
      ...visibility,
      ...(keepS === undefined ? {} : { keep: keepS }),
      signal,
      onProgress: progress.report,
    }),
  ).finally(progress.close)
  if (output.json) return output.record(published)
  output.line(published.link)
  output.note(visibilityText(published.visibility))
  const { files, bytes, newBytes, added, changed, removed, unchanged } = published
  const what = `${counted(files, 'file')}, ${bytesText(bytes)}`
  if (unchanged) output.note(`${what}: nothing has changed since it was published last`)
  else
    output.note(`${what}, ${bytesText(newBytes)} of them new: ${added} added, ${changed} changed, ${removed} removed`)
  for (const line of promisesText(published.custody ?? [], keepS !== undefined)) output.note(line)
}

/** What was promised, and where nobody did, why. */
function promisesText(custody: readonly CustodyState[], wanted: boolean): string[] {
  if (!wanted) return []
  const lines = custody.map((one) => custodyText(one, Date.now()))
  if (custody.some(({ state }) => state === 'kept')) return lines
  const none = 'nobody has promised to keep it yet; the node goes on asking, and `runnel streams` shows who does'
  if (custody.length > 0) return [...lines, none]
  return ['nobody was asked to keep it: start with --upstream or --custodian KEY', none]
}
