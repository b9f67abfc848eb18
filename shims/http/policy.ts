// What a page may do, said with every answer: it stays with its own origin, which is one name and label and nobody else's.

import type { IncomingHttpHeaders } from 'node:http'

/**
 * A publisher's own scripts and styles run, also those inside a page: the origin holds nothing but what they published.
 * What is loaded, sent and embedded stays inside, and scripts may also read the other streams of the name, whose hosts are
 * `kin`. `wide` lets pages that the user named load from elsewhere, by https.
 */
function contentPolicy(kin: string, wide: boolean): string {
  const places = wide ? "'self' https: data: blob:" : "'self' data: blob:"
  return [
    `default-src ${places} 'unsafe-inline' 'unsafe-eval'`,
    `connect-src ${places} ${kin}${wide ? ' wss:' : ''}`,
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

/** For what a publisher made: below `name`, which ends with what follows a name in the host that was asked for. */
export function publishedPolicy(name: string, wide: boolean): Record<string, string> {
  return { ...always, 'Content-Security-Policy': contentPolicy(`http://${name} http://*.${name}`, wide) }
}

/** For an answer to a script of another stream of the same name: what one publisher made may read one another. */
export function kinHeaders(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Age, Content-Range, ETag, X-Runnel-Source, X-Runnel-Stale',
    Vary: 'Origin',
  }
}

/** For pages of the gateway itself: nothing is loaded, nothing runs. */
export function ownPolicy(): Record<string, string> {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
  return { ...always, 'Content-Security-Policy': policy }
}

/**
 * Has a browser forget its cookies for these hosts (W3C Clear Site Data). They are the one thing that a page could leave for
 * pages of other names, because all hosts have one parent: to be told apart by them, or so many that no request fits any more.
 */
export const forgetCookies = ['Clear-Site-Data', '"cookies"'] as const

/**
 * Whether a page of another origin made a browser send this, other than by a link that was followed. Such a page may not
 * read the answer, and shall not learn from its timing either what is cached here.
 */
export function isIntrusion(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  return !(headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document')
}
