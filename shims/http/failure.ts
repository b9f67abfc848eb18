// Errors of the node as answers: a status, and a page that says what happened and what to do about it.

import type { IncomingHttpHeaders } from 'node:http'
import { type ErrorCode, RunnelError } from '../../errors/index.js'
import { escapeHtml, pageEnd, pageHead } from './html.js'

/** Of what may have been meant, this many are shown: more than one is an accident. */
const maxLikely = 3

/** What is not here is 500. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  BAD_NAME: 400,
  BAD_LINK: 400,
  BAD_ARGUMENT: 400,
  SECRET_NEEDED: 403,
  WRONG_SECRET: 403,
  UNKNOWN_LABEL: 404,
  NOT_FOUND: 404,
  NOT_A_FOLDER: 404,
  FORKED: 409,
  PATH_ESCAPES: 502,
  CLOCK: 502,
  TOO_LARGE: 502,
  TOO_MANY: 503,
  BUSY: 503,
  NO_NODE: 503,
  ABORTED: 503,
  NO_HOLDER: 504,
  NO_ROUTE: 504,
  NETWORK_DOWN: 504,
  TIMEOUT: 504,
  STALE: 504,
}

export function statusOf(error: RunnelError): number {
  return statuses[error.code] ?? 500
}

export interface Body {
  readonly type: string
  readonly text: string
}

/** The error in the form that the asker takes: a page for a browser, JSON for who says so, else lines of text. */
export function failureBody(error: RunnelError, { accept = '' }: IncomingHttpHeaders, around: string): Body {
  if (/\btext\/html\b/.test(accept)) return { type: 'text/html; charset=utf-8', text: page(error, around) }
  if (/\bapplication\/json\b/.test(accept)) {
    return { type: 'application/json', text: `${JSON.stringify(error.toJSON())}\n` }
  }
  const likely = likelyOf(error).map(({ text, at }) => `perhaps at letter ${at}: ${text}`)
  const notes = [...likely, ...notesOf(error)].map((note) => `${note}\n`)
  const text = `${error.code}: ${error.message}\nhint: ${error.hint}\n${notes.join('')}`
  return { type: 'text/plain; charset=utf-8', text: text.replace(/[^\P{Cc}\n]/gu, '\ufffd') }
}

function page(error: RunnelError, around: string): string {
  const lines = notesOf(error).map((note) => `<li>${escapeHtml(note)}</li>\n`)
  const notes = lines.length === 0 ? '' : `<ul>\n${lines.join('')}</ul>\n`
  return `${pageHead(titleOf(error))}<p>${escapeHtml(error.message)}</p>
<p>${escapeHtml(error.hint)}</p>
${likelyPart(error, around)}${notes}<p><code>${error.code}</code></p>
${pageEnd}`
}

function titleOf(error: RunnelError): string {
  if (error.code === 'BAD_NAME') return 'There is a typing error in the name'
  if (statusOf(error) === 404) return 'There is nothing here'
  if (statusOf(error) === 504) return 'Nobody who could be asked has it'
  if (error.code === 'FORKED') return 'The writer contradicts itself'
  return 'This cannot be shown'
}

interface Likely {
  readonly text: string
  readonly at: number
}

/** What may have been meant by a name that cannot be right: shown, and never followed by itself. */
function likelyOf(error: RunnelError): Likely[] {
  return recordsOf(error.details?.likely)
    .flatMap(({ text, at }) => (typeof text === 'string' && typeof at === 'number' ? [{ text, at }] : []))
    .slice(0, maxLikely)
}

function likelyPart(error: RunnelError, around: string): string {
  const items = likelyOf(error).map(({ text, at }) => {
    const [before, wrong, after] = [text.slice(0, at - 1), text.slice(at - 1, at), text.slice(at)]
    const marked = `${escapeHtml(before)}<mark>${escapeHtml(wrong)}</mark>${escapeHtml(after)}`
    return `<li>at letter ${at}: <a href="${escapeHtml(`http://${text}${around}/`)}"><code>${marked}</code></a></li>\n`
  })
  if (items.length === 0) return ''
  return `<p>Where the error may be. Compare it with the name that you were given: one of these may be right by accident.</p>
<ul>\n${items.join('')}</ul>\n`
}

/** Who was asked, which labels there are. */
function notesOf(error: RunnelError): string[] {
  const asked = recordsOf(error.details?.asked).map((one) => {
    return `asked ${Object.values(one)
      .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
      .join(': ')}`
  })
  const { labels } = error.details ?? {}
  const listed = Array.isArray(labels) ? labels.map((label) => `there is: ${String(label)}`) : []
  return [...asked, ...listed]
}

function recordsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}

/** What went wrong as an error of ours; what nobody foresaw is INTERNAL, and says nothing of the machine. */
export function asRunnelError(error: unknown): RunnelError {
  return error instanceof RunnelError ? error : new RunnelError('INTERNAL')
}
