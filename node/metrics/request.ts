// The head of an HTTP/1 request as a scraper sends it (RFC 9112, sections 2 and 3). Total: any bytes are a request, more to
// come, or refused; nothing is allocated beyond what came.

import { maxRequestBytes } from './limits.js'

export interface ScrapeRequest {
  readonly method: string
  /** Without query. */
  readonly path: string
}

/** 'more': the head has not ended yet. 'bad-request': it never will be one. */
export type RequestRefusal = 'more' | 'bad-request'

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S{1,4096}) HTTP\/1\.[01]$/
const fieldLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/
const absoluteForm = /^https?:\/\/[^/?#]*/i

/** Reads the head of a request from the first bytes of a connection; what follows the head is not looked at. */
export function decodeScrapeRequest(bytes: Uint8Array): ScrapeRequest | RequestRefusal {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxRequestBytes)).toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null) return bytes.length >= maxRequestBytes ? 'bad-request' : 'more'
  const [first = '', ...fields] = text.slice(0, end.index).split(/\r?\n/)
  const line = requestLine.exec(first)
  if (line === null || !fields.every((field) => fieldLine.test(field))) return 'bad-request'
  const [, method = '', target = ''] = line
  const rest = target.replace(absoluteForm, '')
  const path = rest.replace(/[?#].*$/, '')
  return { method, path: path === '' ? '/' : path }
}
