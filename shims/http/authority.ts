// Which stream a request is for, from the host that it names. Only hosts below the suffixes that are served are known, so a
// foreign page whose name was made to lead here (DNS rebinding) gets nothing. Total: any text gives an answer.

/** `label` is undefined where none was written. `around`: what follows the name in this host, to name its neighbours. */
export type Authority =
  | { readonly kind: 'stream'; readonly label: string | undefined; readonly key: string; readonly around: string }
  | { readonly kind: 'front'; readonly around: string }
  | { readonly kind: 'foreign' }

const hostAndPort = /^([a-z0-9.-]{1,255})(:[0-9]{1,5})?$/
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const foreign: Authority = { kind: 'foreign' }

/** Reads a Host header (RFC 9110 §7.2) in either case. `key` is not checked: it may be a name, a log, or a petname. */
export function readAuthority(text: string | undefined, suffixes: readonly string[]): Authority {
  const [, host, port = ''] = hostAndPort.exec(text?.toLowerCase() ?? '') ?? []
  if (host === undefined) return foreign
  for (const suffix of suffixes) {
    const around = `.${suffix}${port}`
    if (host === suffix) return { kind: 'front', around }
    if (!host.endsWith(`.${suffix}`)) continue
    const labels = host.slice(0, -suffix.length - 1).split('.')
    if (labels.length > 2 || !labels.every((label) => hostLabel.test(label))) return foreign
    const key = labels.at(-1) ?? ''
    return { kind: 'stream', label: labels.length === 2 ? labels[0] : undefined, key, around }
  }
  return foreign
}

/** Whether a page of `origin` (RFC 6454 §6.1) belongs to the name that `authority` is of: both have one publisher. */
export function isKin(origin: string | undefined, authority: Authority, suffixes: readonly string[]): origin is string {
  if (origin === undefined || !origin.startsWith('http://') || authority.kind !== 'stream') return false
  const page = readAuthority(origin.slice('http://'.length), suffixes)
  return page.kind === 'stream' && page.key === authority.key && page.around === authority.around
}
