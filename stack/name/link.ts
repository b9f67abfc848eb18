// Links: what a user copies to name a stream or a log, and perhaps a path in its folder (protocol §2).
//
//   link = [ label "." ] name-text [ "+" secret-text ] [ "/" path ]
//        | log-text [ "+" secret-text ] [ "/" path ]
//
// The secret is inside: who has the link of an unlisted stream can read it.

import type { Reason } from '../bytes/index.js'
import { encodeUtf8, isWellFormed } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { encodeLabel, isLabel } from './label.js'
import { MAX_PATH_NAME_BYTES, MAX_PATH_NAMES } from './limits.js'
import { decodeText, encodeText, TextKind } from './text.js'

/** A parsed link. `label` is undefined where none was written, which means `main`, and always for a log. */
export interface Link {
  target: 'name' | 'log'
  key: Uint8Array
  label: string | undefined
  secret: Uint8Array | undefined
  path: string[]
}

/**
 * Reads a link; one slash at its end is ignored. Nothing is percent-decoded.
 * 'bad-length', 'bad-text' and 'bad-checksum' are typing errors in a key or secret; 'bad-kind' is a text of another kind
 * than its place needs; 'bad-label' and 'bad-path' name their part; 'too-deep' is a path of more than 128 names.
 */
export function parseLink(crypto: Crypto, text: string): Link | Reason {
  const slash = text.indexOf('/')
  const head = slash < 0 ? text : text.slice(0, slash)
  const path = parsePath(slash < 0 ? '' : text.slice(slash + 1))
  if (typeof path === 'string') return path
  const plus = head.indexOf('+')
  const target = plus < 0 ? head : head.slice(0, plus)
  const dot = target.lastIndexOf('.')
  const label = dot < 0 ? undefined : target.slice(0, dot)
  if (label !== undefined && !isLabel(label)) return 'bad-label'
  const key = decodeText(crypto, target.slice(dot + 1))
  if (typeof key === 'string') return key
  if (key.kind !== TextKind.name && key.kind !== TextKind.log) return 'bad-kind'
  if (key.kind === TextKind.log && label !== undefined) return 'bad-label'
  const secret = plus < 0 ? undefined : decodeText(crypto, head.slice(plus + 1))
  if (typeof secret === 'string') return secret
  if (secret !== undefined && secret.kind !== TextKind.secret) return 'bad-kind'
  return {
    target: key.kind === TextKind.name ? 'name' : 'log',
    key: key.bytes,
    label,
    secret: secret?.bytes,
    path,
  }
}

/** The text that `parseLink` reads as the same link. Throws RangeError for a label or path that cannot be one. */
export function formatLink(crypto: Crypto, link: Link): string {
  if (link.target === 'log' && link.label !== undefined) throw new RangeError('a log has no label')
  let text = link.label === undefined ? '' : `${String.fromCharCode(...encodeLabel(link.label))}.`
  text += encodeText(crypto, link.target === 'name' ? TextKind.name : TextKind.log, link.key)
  if (link.secret !== undefined) text += `+${encodeText(crypto, TextKind.secret, link.secret)}`
  const refused = checkPath(link.path)
  if (refused !== undefined) throw new RangeError(`the path ${JSON.stringify(link.path)} is refused: ${refused}`)
  for (const name of link.path) text += `/${name}`
  return text
}

function parsePath(text: string): string[] | Reason {
  const trimmed = text.endsWith('/') ? text.slice(0, -1) : text
  if (trimmed === '') return text === '' ? [] : 'bad-path'
  const path = trimmed.split('/', MAX_PATH_NAMES + 1)
  return checkPath(path) ?? path
}

function checkPath(path: readonly string[]): Reason | undefined {
  if (path.length > MAX_PATH_NAMES) return 'too-deep'
  return path.every(isPathName) ? undefined : 'bad-path'
}

// As protocol §6.4 has the names of a directory's items.
function isPathName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return false
  return isWellFormed(name) && encodeUtf8(name).length <= MAX_PATH_NAME_BYTES
}
