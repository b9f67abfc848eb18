// A file of a published folder, or one that was published by itself: whole, in ranges, or not at all where the asker has
// it. It is read as it was found, so that all of an answer is of one state, whatever is published meanwhile.

import { randomBytes } from 'node:crypto'
import { type FileReference, type FoundItem, openByteRead } from '../../api/index.js'
import { begun, sendPieces } from './answer.js'
import { checkConditions, rangeCounts, type Validators } from './conditions.js'
import { type Exchange, reading } from './exchange.js'
import { freshnessHeaders, httpDate } from './freshness.js'
import { mediaTypeOf } from './media-type.js'
import { type ByteRange, readRanges } from './range.js'

/** A file that was found. */
export type FoundFile = FoundItem & { readonly file: FileReference }

export function isFile(item: FoundItem): item is FoundFile {
  return item.file !== undefined
}

/** Answers with a file. `status` other than 200: it is shown in place of what is not there, so no condition is about it. */
export async function answerFile(exchange: Exchange, item: FoundFile, status: 200 | 404 = 200): Promise<void> {
  const { request, response, policy } = exchange
  const validators: Validators = {
    etag: `"${Buffer.from(item.file.chunk).toString('base64url')}"`,
    // A time ahead of ours would be refused (RFC 9110 §8.8.2.1).
    modifiedMs: Math.min(item.publishedMs, exchange.nowMs()),
  }
  const headers = {
    ...policy,
    ...freshnessHeaders(item),
    ETag: validators.etag,
    'Last-Modified': httpDate(validators.modifiedMs),
  }
  const found = status === 200 ? checkConditions(request.headers, validators) : status
  if (found === 304 || found === 412) {
    response.writeHead(found, found === 412 ? { ...headers, 'Content-Length': 0 } : headers)
    response.end()
    return
  }
  const about = { 'Content-Type': mediaTypeOf(item.name), 'Accept-Ranges': 'bytes' }
  const asked =
    status === 200 && request.method === 'GET' && rangeCounts(single(request.headers['if-range']), validators)
  const ranges = asked ? readRanges(request.headers.range, item.bytes) : 'whole'
  if (ranges === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${item.bytes}`, 'Content-Length': 0 })
    response.end()
    return
  }
  const [only] = ranges
  if (ranges === 'whole' || typeof only === 'string' || only === undefined) {
    return send(exchange, item, found, { ...headers, ...about }, { from: 0, to: item.bytes })
  }
  if (ranges.length === 1) {
    const range = { 'Content-Range': contentRange(only, item.bytes) }
    return send(exchange, item, 206, { ...headers, ...about, ...range }, only)
  }
  return sendParts(exchange, item, headers, about['Content-Type'], ranges)
}

async function send(
  exchange: Exchange,
  item: FoundFile,
  status: number,
  headers: Readonly<Record<string, string>>,
  range: ByteRange,
): Promise<void> {
  const { request, response, signal } = exchange
  const head = { ...headers, 'Content-Length': range.to - range.from }
  if (request.method === 'HEAD') {
    response.writeHead(status, head)
    response.end()
    return
  }
  const pieces = await begun(bytesOf(exchange, item, range))
  response.writeHead(status, head)
  await sendPieces(response, pieces, signal)
  response.end()
}

/** Several ranges as multipart/byteranges (RFC 9110 §14.6). */
async function sendParts(
  exchange: Exchange,
  item: FoundFile,
  headers: Readonly<Record<string, string>>,
  type: string,
  ranges: readonly ByteRange[],
): Promise<void> {
  // Not to be foreseen, so that no file can hold it on purpose.
  const boundary = randomBytes(18).toString('base64url')
  const openings = ranges.map((range, index) => {
    const line = index === 0 ? '' : '\r\n'
    return `${line}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, item.bytes)}\r\n\r\n`
  })
  const closing = `\r\n--${boundary}--\r\n`
  const length = ranges.reduce((sum, { from, to }) => sum + to - from, openings.join('').length + closing.length)
  async function* parts(): AsyncGenerator<Uint8Array | string, void, undefined> {
    for (const [index, range] of ranges.entries()) {
      const pieces = await begun(bytesOf(exchange, item, range))
      yield openings[index] ?? ''
      yield* pieces
    }
    yield closing
  }
  const pieces = await begun(parts())
  exchange.response.writeHead(206, {
    ...headers,
    'Content-Type': `multipart/byteranges; boundary=${boundary}`,
    'Content-Length': length,
  })
  await sendPieces(exchange.response, pieces, exchange.signal)
  exchange.response.end()
}

function bytesOf(
  { client, stream, signal }: Exchange,
  { file }: FoundFile,
  range: ByteRange,
): AsyncIterable<Uint8Array> {
  return openByteRead(client.caller.items('read', { link: stream, file, ...range, ...reading }, { signal }))
}

function contentRange({ from, to }: ByteRange, size: number): string {
  return `bytes ${from}-${to - 1}/${size}`
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
