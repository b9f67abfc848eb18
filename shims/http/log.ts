// A stream of entries: all of them or some, as lines of text or of JSON; one by its number; or each as it is written.

import { type LogEntry, type OpenedStream, openByteRead } from '../../api/index.js'
import { begun, sendPieces } from './answer.js'
import { type Exchange, reading, refuse } from './exchange.js'
import { answerFollowing } from './follow.js'
import { freshnessHeaders } from './freshness.js'
import { entryJson, textOf } from './record.js'

const countParams = ['from', 'to', 'last'] as const
type Counts = Partial<Record<(typeof countParams)[number], number>>

/** Answers `/` with the entries and `/N` with the bytes of entry N. */
export async function answerLog(exchange: Exchange, opened: OpenedStream): Promise<void> {
  const { request, target } = exchange
  const query = new URLSearchParams(target.query)
  const counts = readCounts(query)
  const [name] = target.names
  if (counts === undefined || (counts.from !== undefined && counts.last !== undefined)) {
    return refuse(exchange, 400, 'from, to and last are numbers', 'Of from and last only one can be.')
  }
  if (name === undefined) {
    const { accept = '' } = request.headers
    const follows = request.method === 'GET' && /\btext\/event-stream\b/.test(accept)
    if (follows) return answerFollowing(exchange, opened, counts)
    return answerEntries(exchange, opened, counts, /\bapplication\/(x-ndjson|jsonl?)\b/.test(accept))
  }
  if (target.names.length === 1 && /^\d{1,15}$/.test(name)) {
    return answerEntry(exchange, Number(name), query.get('log') ?? undefined)
  }
  refuse(exchange, 404, 'this is a log of entries, and has no such path', 'Entry 42 is at /42, all of them are at /.')
}

async function answerEntries(exchange: Exchange, opened: OpenedStream, counts: Counts, json: boolean): Promise<void> {
  const { request, response, signal } = exchange
  const params = { link: exchange.stream, ...counts, ...reading }
  const entries = await begun(exchange.client.caller.items('entries', params, { signal }))
  response.writeHead(200, {
    ...exchange.policy,
    ...freshnessHeaders({ ...opened, maxAgeS: 0 }),
    'Content-Type': json ? 'application/x-ndjson' : 'text/plain; charset=utf-8',
    Vary: 'Accept, Origin',
  })
  if (request.method !== 'HEAD') await sendPieces(response, linesOf(exchange, entries, json), signal)
  response.end()
}

async function* linesOf(
  { client, stream, signal }: Exchange,
  entries: AsyncIterable<LogEntry>,
  json: boolean,
): AsyncGenerator<Uint8Array | string, void, undefined> {
  for await (const entry of entries) {
    if (json || entry.site !== undefined) yield `${entryJson(entry)}\n`
    else if (entry.long) {
      const { sequence, log } = entry
      yield* openByteRead(client.caller.items('readEntry', { link: stream, sequence, log, ...reading }, { signal }))
      yield '\n'
    } else yield Buffer.concat([entry.bytes, Uint8Array.of(0x0a)])
  }
}

async function answerEntry(exchange: Exchange, sequence: number, log: string | undefined): Promise<void> {
  const { client, request, response, signal } = exchange
  const which = { link: exchange.stream, sequence, ...(log === undefined ? {} : { log }), ...reading }
  const { entry, source, head } = await client.caller.call('entry', which, { signal })
  const isText = !entry.long && textOf(entry.bytes) !== undefined
  const headers = {
    ...exchange.policy,
    ...freshnessHeaders({ head, maxAgeS: 0, source }),
    'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    'Content-Length': entry.length,
  }
  if (request.method === 'HEAD' || !entry.long) {
    response.writeHead(200, headers)
    response.end(request.method === 'HEAD' ? undefined : entry.bytes)
    return
  }
  const pieces = await begun(openByteRead(client.caller.items('readEntry', which, { signal })))
  response.writeHead(200, headers)
  await sendPieces(response, pieces, signal)
  response.end()
}

function readCounts(query: URLSearchParams): Counts | undefined {
  const counts: Counts = {}
  for (const name of countParams) {
    const text = query.get(name)
    if (text === null) continue
    if (!/^\d{1,15}$/.test(text)) return undefined
    counts[name] = Number(text)
  }
  return counts
}
