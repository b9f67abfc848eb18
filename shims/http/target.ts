// The path that a request names, as names of a folder: decoded once, strictly, and with nothing in it that could mean
// another place. Total: any text gives a path or the reason for its refusal.

import { maxTargetCharacters } from './limits.js'

export interface Target {
  /** As it was sent, without the query: what a redirect builds on. */
  readonly raw: string
  readonly names: readonly string[]
  /** It ends in a slash, so a folder is meant. */
  readonly folder: boolean
  /** With its question mark; empty without one. */
  readonly query: string
}

export type TargetRefusal = 'too-long' | 'bad-target'

/** Reads a target in origin form (RFC 9112 §3.2.1), or in absolute form for `host`. */
export function readTarget(text: string, host: string | undefined): Target | TargetRefusal {
  if (text.length > maxTargetCharacters) return 'too-long'
  const origin = originForm(text, host)
  if (origin === undefined) return 'bad-target'
  const mark = origin.indexOf('?')
  const [raw, query] = mark < 0 ? [origin, ''] : [origin.slice(0, mark), origin.slice(mark)]
  const parts = raw.slice(1).split('/')
  const folder = parts.at(-1) === ''
  if (folder) parts.pop()
  const names: string[] = []
  for (const part of parts) {
    const name = decodeName(part)
    if (name === undefined) return 'bad-target'
    names.push(name)
  }
  return { raw, names, folder, query }
}

/** A target that names its host again must name the same one: two readers of it may not disagree. */
function originForm(text: string, host: string | undefined): string | undefined {
  if (text.startsWith('/')) return text
  const prefix = `http://${host ?? ''}`.toLowerCase()
  if (host === undefined || text.slice(0, prefix.length).toLowerCase() !== prefix) return undefined
  const rest = text.slice(prefix.length)
  if (rest === '') return '/'
  return rest.startsWith('/') ? rest : undefined
}

/** Undefined for what is no name in a folder: `.`, `..`, nothing, a slash or NUL in it, or bytes that are not UTF-8. */
function decodeName(part: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(part)
  } catch {
    return undefined
  }
  return name === '' || name === '.' || name === '..' || /[/\0]/.test(name) ? undefined : name
}
