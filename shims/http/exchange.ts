// One request and the answer to it: what every way of answering needs, and the forms that they share.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeClient, ReadOptions } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { failureBody, statusOf } from './failure.js'
import { readIdleMs } from './limits.js'
import { ownPolicy } from './policy.js'
import type { Target } from './target.js'

/** A request for something of a stream. */
export interface Exchange {
  readonly client: NodeClient
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborted when the connection has gone. */
  readonly signal: AbortSignal
  /** `[LABEL.]KEY`. */
  readonly stream: string
  readonly target: Target
  /** What follows a name in the host of the request. */
  readonly around: string
  /** Headers of what a publisher made. */
  readonly policy: Readonly<Record<string, string>>
  /** The address of the device that is asked where the name has no site. */
  readonly device?: string | undefined
  readonly nowMs: () => number
}

/** How everything is read for a request. */
export const reading: ReadOptions = { idleTimeoutMs: readIdleMs }

/** The link of a path in the stream. */
export function linkOf(stream: string, names: readonly string[]): string {
  return [stream, ...names].join('/')
}

/** A whole answer that the gateway itself made. */
export function answerOwn(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...ownPolicy(),
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}

/** The error as an answer, in the form that the asker takes. */
export function answerError(
  exchange: Pick<Exchange, 'request' | 'response' | 'around'>,
  error: RunnelError,
  status = statusOf(error),
): void {
  const retry = status === 503 ? { 'Retry-After': '1' } : {}
  answerOwn(exchange, status, failureBody(error, exchange.request.headers, exchange.around), retry)
}

/** Sends the asker on; `place` is a path of this host or a whole address. */
export function redirect(exchange: Pick<Exchange, 'request' | 'response'>, place: string): void {
  const text = 'It is at another address.\n'
  answerOwn(exchange, 307, { type: 'text/plain; charset=utf-8', text }, { Location: place })
}

export function refuse(
  exchange: Pick<Exchange, 'request' | 'response' | 'around'>,
  status: number,
  message: string,
  hint: string,
): void {
  answerError(exchange, new RunnelError('BAD_ARGUMENT', message, { hint }), status)
}
