// What a page may do, said with every answer: it stays with its own origin, which is one name and label and nobody else's.

import type { IncomingHttpHeaders } from 'node:http'

/**
 * A publisher's own scripts and styles run, also those inside a page: the origin holds nothing but what they published.
 * What is loaded, sent and embedded stays inside; `wide` lets pages that the user named load from elsewhere, by https.
 */
function contentPolicy(wide: boolean): string {
  const places = wide ? "'self' https: data: blob:" : "'self' data: blob:"
  return [
    `default-src ${places} 'unsafe-inline' 'unsafe-eval'`,
    `connect-src ${wide ? "'self' https: wss: data: blob:" : "'self' data: blob:"}`,
    "object-src 'none'",
    "base-uri 'self'",
    `form-action 'self'${wide ? ' https:' : ''}`,
    "frame-ancestors 'self'",
  ].join('; ')
}

const always = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'X-DNS-Prefetch-Control': 'off',
} as const

/** For what a publisher made. */
export function publishedPolicy(wide: boolean): Record<string, string> {
  return { ...always, 'Content-Security-Policy': contentPolicy(wide) }
}

/** For pages of the gateway itself: nothing is loaded, nothing runs. */
export function ownPolicy(): Record<string, string> {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
  return { ...always, 'Content-Security-Policy': policy }
}

/**
 * Whether a page of another origin made a browser send this, other than by a link that was followed. Such a page may not
 * read the answer, and shall not learn from its timing either what is cached here.
 */
export function isIntrusion(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  return !(headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document')
}
