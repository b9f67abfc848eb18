// Where `get` writes when it is not told: the last part of the path, else the name under which it was published, else the
// label. What a publisher chose never leads out of the directory, and never becomes a hidden file.

import type { LogEntry, NodeClient, OpenedStream, ReadOptions } from '../api/index.js'
import { clean } from './text.js'

export async function defaultOutput(
  node: NodeClient,
  link: string,
  reading: ReadOptions,
  signal: AbortSignal,
): Promise<string> {
  const [stream = '', ...path] = link.split('/')
  const last = path.filter((part) => part !== '').pop()
  if (last !== undefined && isPlainName(last)) return last
  const opened = await node.caller.call('open', { link: stream, ...reading }, { signal })
  const published = await publishedName(node, opened, reading, signal)
  if (published !== undefined && isPlainName(published)) return published
  return opened.label !== undefined && isPlainName(opened.label) ? opened.label : 'main'
}

/** The name in the newest entry; of several logs, one a device, each has one. */
async function publishedName(
  node: NodeClient,
  { link, logs }: OpenedStream,
  reading: ReadOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  let newest: LogEntry | undefined
  for (const { log, length } of logs) {
    if (length === 0) continue
    const params = { link, sequence: length - 1, log, ...reading }
    const { entry } = await node.caller.call('entry', params, { signal })
    if (newest === undefined || entry.timeMs > newest.timeMs) newest = entry
  }
  return newest?.site?.name
}

/** Whether a name from others may become a file here: one part, visible, without control characters. */
export function isPlainName(name: string): boolean {
  return /^[^./\\-][^/\\]*$/.test(name) && clean(name) === name && Buffer.byteLength(name) <= 255
}
