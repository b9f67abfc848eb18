// `runnel tail`: the entries of a stream, one a line, and then each as it is written. Of a published folder each entry says what it changed.

import type { LiveState, LogEntry, NodeClient, ReadOptions } from '../../api/index.js'
import { openByteRead } from '../../api/index.js'
import { argumentCount } from '../arguments.js'
import { argument, type Invocation } from '../command.js'
import { readOptions, withNode } from '../open.js'
import { bytesText, clean, counted, timeText } from '../text.js'
import { tellTrust } from '../trust.js'

/** Entries shown when nothing is said, as tail(1) does. */
const shownEntries = 10

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const link = argument(invocation, 0)
  const reading = await readOptions(invocation)
  const from = argumentCount(invocation, 'from')
  const live = invocation.flags.follow !== false
  await withNode(invocation, async (node) => {
    const params = { link, live, ...(from === undefined ? { last: shownEntries } : { from }), ...reading }
    const call = node.caller.items('entries', params, { signal, onProgress: stateTeller(invocation) })
    try {
      for await (const entry of call) {
        if (output.json) output.record(recordOf(entry))
        else if (entry.site !== undefined) output.line(siteLine(entry, entry.site))
        else if (entry.long) await printLong(invocation, node, link, entry, reading)
        else await printEntry(invocation, entry.bytes)
      }
    } catch (error) {
      // To be interrupted is how one that follows ends.
      if (live && signal.aborted) return
      throw error
    }
    tellTrust(output, (await call.result).head)
  })
}

/** Says beside what is printed that nobody can be asked for more, and when somebody can again. */
function stateTeller({ output }: Invocation): (report: LiveState) => void {
  let last: LiveState = { state: 'live', sinceMs: 0 }
  return (report) => {
    if (report.state === last.state) return
    last = report
    if (output.json) output.noteRecord(report)
    else if (report.state === 'live') output.note('live again')
    else
      output.note(
        'waiting: nobody who may have more can be reached now; what is written will be shown when somebody can',
      )
  }
}

/** As it is to a pipe; on a terminal without what could disturb it. */
async function printEntry({ output, signal }: Invocation, bytes: Uint8Array): Promise<void> {
  if (output.terminal) return output.line(new TextDecoder().decode(bytes).split('\t').map(clean).join('\t'))
  const line = new Uint8Array(bytes.length + 1)
  line.set(bytes)
  line[bytes.length] = 0x0a
  await output.bytes(line, signal)
}

async function printLong(
  invocation: Invocation,
  node: NodeClient,
  link: string,
  entry: LogEntry,
  reading: ReadOptions,
): Promise<void> {
  const { output, signal } = invocation
  if (output.terminal) return output.line(`[${bytesText(entry.length)}: entry ${entry.sequence}, shown in a pipe]`)
  const params = { link, sequence: entry.sequence, log: entry.log, ...reading }
  for await (const bytes of openByteRead(node.caller.items('readEntry', params, { signal }))) {
    await output.bytes(bytes, signal)
  }
  await output.bytes(Uint8Array.of(0x0a), signal)
}

function siteLine(entry: LogEntry, site: NonNullable<LogEntry['site']>): string {
  const changes = `${site.added} added, ${site.changed} changed, ${site.removed} removed`
  const when = timeText(entry.timeMs)
  return `${entry.sequence}  ${when}  ${clean(site.name)}: ${counted(site.files, 'file')}, ${bytesText(site.bytes)}; ${changes}`
}

function recordOf({ bytes, ...entry }: LogEntry): object {
  if (entry.long || entry.site !== undefined) return entry
  try {
    return { ...entry, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { ...entry, base64: Buffer.from(bytes).toString('base64') }
  }
}
