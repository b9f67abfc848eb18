// `runnel publish`: a file or a folder becomes a stream. Its link is all that standard output gets.

import { resolve } from 'node:path'
import { argumentSeconds, argumentVisibility, visibilityText } from '../arguments.js'
import { argument, type Invocation, textFlag } from '../command.js'
import { promisesText } from '../custody-text.js'
import { withNode } from '../open.js'
import { openProgress } from '../progress.js'
import { bytesText, counted } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const label = textFlag(invocation, 'label')
  const visibility = argumentVisibility(invocation)
  const keepS = argumentSeconds(invocation, 'keep')
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
  if (keepS !== undefined) for (const line of promisesText(published.custody ?? [], Date.now())) output.note(line)
}
