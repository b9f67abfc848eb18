// Lines of a stream of bytes, in batches: what has arrived while the last batch was used is the next one.

import type { Readable } from 'node:stream'
import { RunnelError } from '../errors/index.js'

/** A batch is handed over at this size (bytes), and reading pauses: it fits an API frame with what is around it. */
export const batchBytes = 1024 * 1024

/** Entries in a batch: the API refuses longer lists. */
export const batchEntries = 16_384

/** The longest line (bytes); a longer one belongs in a file. */
export const lineBytes = 2 * 1024 * 1024

const newline = 0x0a

/** Batches of whole lines without their newlines; the last line needs none. Throws TOO_LARGE for a line over the limit. */
export async function* joinLines(input: Readable): AsyncGenerator<Uint8Array[], void, undefined> {
  let lines: Uint8Array[] = []
  let size = 0
  let rest: Uint8Array[] = []
  let restBytes = 0
  const full = (): boolean => size >= batchBytes || lines.length >= batchEntries
  const handOver = (): Uint8Array[] => {
    const batch = lines
    lines = []
    size = 0
    return batch
  }
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      rest.push(chunk.subarray(start, end))
      const line = joined(rest)
      rest = []
      restBytes = 0
      start = end + 1
      lines.push(line)
      size += line.length
      if (full()) yield handOver()
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start))
      restBytes += chunk.length - start
      if (restBytes > lineBytes) {
        throw new RunnelError('TOO_LARGE', `a line is longer than ${lineBytes} bytes, the limit`)
      }
    }
    // Nothing more is there at the moment: what waits is handed over, so that no line waits for the next one.
    if (lines.length > 0 && input.readableLength === 0) yield handOver()
  }
  if (restBytes > 0) lines.push(joined(rest))
  if (lines.length > 0) yield handOver()
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
