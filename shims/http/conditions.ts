// Whether a request that makes conditions is to be answered, in the order of RFC 9110 §13.2.2.

import type { IncomingHttpHeaders } from 'node:http'

/** What a copy is compared with: a strong entity tag with its quotes, and a time in whole seconds. */
export interface Validators {
  readonly etag: string
  readonly modifiedMs: number
}

/** 412: what it had to be it is not. 304: the asker has it already. */
export function checkConditions(headers: IncomingHttpHeaders, { etag, modifiedMs }: Validators): 200 | 304 | 412 {
  const ifMatch = headers['if-match']
  const ifUnmodifiedMs = dateOf(headers['if-unmodified-since'])
  if (ifMatch !== undefined) {
    if (!listHas(ifMatch, etag, false)) return 412
  } else if (ifUnmodifiedMs !== undefined && seconds(modifiedMs) > seconds(ifUnmodifiedMs)) return 412
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) return listHas(ifNoneMatch, etag, true) ? 304 : 200
  const ifModifiedMs = dateOf(headers['if-modified-since'])
  return ifModifiedMs !== undefined && seconds(modifiedMs) <= seconds(ifModifiedMs) ? 304 : 200
}

/** Whether a Range header counts: without If-Range always, else when its tag or its date is that of what there is now. */
export function rangeCounts(ifRange: string | undefined, { etag, modifiedMs }: Validators): boolean {
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"')) return ifRange === etag
  const dateMs = dateOf(ifRange)
  return dateMs !== undefined && seconds(dateMs) === seconds(modifiedMs)
}

/** Whether a list of entity tags, or `*`, has this one; `weak` ones count only where a weak comparison is enough. */
function listHas(list: string, etag: string, weak: boolean): boolean {
  if (list.trim() === '*') return true
  for (const [, mark, tag] of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (tag === etag && (weak || mark === undefined)) return true
  }
  return false
}

function dateOf(text: string | undefined): number | undefined {
  // Only what HTTP calls a date (RFC 9110 §5.6.7); Date.parse alone takes almost anything.
  if (text === undefined || !/^[A-Z][a-z]+,? /.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
