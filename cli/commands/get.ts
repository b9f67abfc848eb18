// `runnel get`: a file or a folder, verified, with who served it. Interrupted, it goes on where it was.

import { resolve } from 'node:path'
import { type NodeClient, openByteRead, type ReadOptions, type ReadResult, type Result } from '../../api/index.js'
import { argument, type Invocation, textFlag } from '../command.js'
import { readOptions, withNode } from '../open.js'
import { defaultOutput } from '../output-name.js'
import { openProgress } from '../progress.js'
import { sourcesText } from '../sources.js'
import { bytesText, clean, counted, secondsText } from '../text.js'
import { tellTrust } from '../trust.js'

export async function run(invocation: Invocation): Promise<void> {
  const given = textFlag(invocation, 'output')
  const reading = await readOptions(invocation)
  await withNode(invocation, (node) =>
    given === '-' ? toStandardOutput(invocation, node, reading) : toFiles(invocation, node, reading, given),
  )
}

async function toFiles(
  invocation: Invocation,
  node: NodeClient,
  reading: ReadOptions,
  given: string | undefined,
): Promise<void> {
  const { output, signal } = invocation
  const link = argument(invocation, 0)
  const startedMs = performance.now()
  const target = resolve(given ?? (await defaultOutput(node, link, reading, signal)))
  const progress = await openProgress(invocation, 'got')
  const got = await node
    .get({ link, output: target, ...reading }, { signal, onProgress: progress.report })
    .finally(progress.close)
  if (output.json) output.record(got)
  else for (const line of summary(got, (performance.now() - startedMs) / 1000)) output.line(line)
  tellTrust(output, got.head)
}

function summary(got: Result<'get'>, seconds: number): string[] {
  const { bytes, reusedBytes } = got
  const all = reusedBytes >= bytes
  const reused = reusedBytes === 0 ? '' : `, ${all ? 'all' : bytesText(reusedBytes)} of it there already`
  const time = `${secondsText(seconds)}${all ? '' : speedText(got, seconds)}`
  return [
    `${clean(got.output)}: ${counted(got.files, 'file')}, ${bytesText(bytes)}${reused}, in ${time}, all verified`,
    ...sourceLine(got),
    `head: ${secondsText(got.head.ageS)} old`,
  ]
}

async function toStandardOutput(invocation: Invocation, node: NodeClient, reading: ReadOptions): Promise<void> {
  const { output, signal } = invocation
  const startedMs = performance.now()
  const link = argument(invocation, 0)
  const read = openByteRead(node.caller.items('read', { link, ...reading }, { signal }))
  for await (const bytes of read) await output.bytes(bytes, signal)
  const result = await read.result
  // Standard output has the file itself.
  if (output.json) {
    output.noteRecord({ link, output: '-', ...result })
    return tellTrust(output, result.head)
  }
  const seconds = (performance.now() - startedMs) / 1000
  output.note(`${bytesText(result.bytes)} in ${secondsText(seconds)}${speedText(result, seconds)}, all verified`)
  for (const line of sourceLine(result)) output.note(line)
  tellTrust(output, result.head)
}

/** Of what came just now: what was there already says nothing about the speed. */
function speedText(result: ReadResult, seconds: number): string {
  const bytes = result.sources.reduce((sum, source) => sum + source.bytes, 0)
  return bytes === 0 || seconds <= 0 ? '' : ` (${bytesText(bytes / seconds)}/s)`
}

function sourceLine({ sources }: ReadResult): string[] {
  const text = sourcesText(sources)
  return text === '' ? [] : [`from: ${text}`]
}
