// Entries as they are written, as Server-Sent Events (HTML, section 9.2). Each has the position behind it as its id, so a
// browser that lost the connection goes on where it was: none is left out, and none comes twice.

import type { OpenedStream } from '../../api/index.js'
import { sendPieces } from './answer.js'
import { answerError, type Exchange } from './exchange.js'
import { asRunnelError } from './failure.js'
import { beatMs } from './limits.js'
import { Position, readPosition } from './position.js'
import { entryJson } from './record.js'

/** How long a browser waits before it connects again. */
const retryMs = 2_000

interface Start {
  readonly from?: number
  readonly last?: number
}

/** Answers until the asker has gone. Without a position and a number it begins with what is written next. */
export async function answerFollowing(exchange: Exchange, opened: OpenedStream, start: Start): Promise<void> {
  const { client, request, response, signal, stream, policy } = exchange
  const from = positionOf(request.headers['last-event-id']) ?? startOf(opened, start)
  const position = new Position(from)
  let state = ''
  const entries = client.caller.items(
    'entries',
    { link: stream, live: true, from },
    {
      signal,
      onProgress: (report) => {
        if (report.state === state) return
        state = report.state
        if (response.headersSent) response.write(event('state', JSON.stringify(report)))
      },
    },
  )
  response.writeHead(200, { ...policy, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  // The position at once: who loses the connection before the first entry comes goes on from here too.
  response.write(`retry: ${retryMs}\nid: ${position}\n\n`)
  const beat = setInterval(() => response.write(':\n\n'), beatMs)
  try {
    await sendPieces(
      response,
      (async function* events() {
        for await (const entry of entries) {
          position.pass(entry)
          yield `id: ${position}\ndata: ${entryJson(entry)}\n\n`
        }
      })(),
      signal,
    )
  } catch (error) {
    if (signal.aborted) return
    if (!response.headersSent) return answerError(exchange, asRunnelError(error))
    response.write(event('failure', JSON.stringify(asRunnelError(error))))
  } finally {
    clearInterval(beat)
  }
  response.end()
}

/** The position of a number, or of so many entries before the end, or of the end. */
function startOf({ logs }: OpenedStream, { from, last = 0 }: Start): Record<string, number> {
  const longest = Math.max(0, ...logs.map(({ length }) => length))
  const first = from ?? Math.max(0, longest - last)
  return Object.fromEntries(logs.map(({ log, length }) => [log, Math.min(first, length)]))
}

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`
}

function positionOf(header: string | string[] | undefined): Record<string, number> | undefined {
  return typeof header === 'string' && header !== '' ? readPosition(header) : undefined
}
