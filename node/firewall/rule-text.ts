// Rules as people write them and as they are kept: `tcp/22 from NAME`, `udp from group:friends`, `icmp from anybody`,
// `stream from group:friends`.

import type { Crypto } from '../../stack/crypto/index.js'
import { decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import { isRule, type Rule, type RuleSource } from '../../stack/packet/index.js'
import { maxGroupCharacters } from './limits.js'

/** A rule without what it does. */
export type Traffic = Omit<Rule, 'action'>

const groupPattern = /^[a-z0-9][a-z0-9_-]*$/

export function isGroup(text: string): boolean {
  return text.length <= maxGroupCharacters && groupPattern.test(text)
}

/** `PROTOCOL[/PORT] from WHO`, where WHO is a name, `group:GROUP` or `anybody`: one text for one rule. */
export function formatTraffic(crypto: Crypto, { protocol, port, from }: Traffic): string {
  return `${protocol}${port === undefined ? '' : `/${port}`} from ${formatSource(crypto, from)}`
}

export function formatSource(crypto: Crypto, from: RuleSource): string {
  if (from === 'anybody') return from
  return from instanceof Uint8Array ? encodeText(crypto, TextKind.name, from) : `group:${from.group}`
}

/** What `formatTraffic` writes; undefined for anything else. */
export function parseTraffic(crypto: Crypto, text: string): Traffic | undefined {
  const [, protocol, digits, who = ''] =
    /^(tcp|udp|icmp|stream|any)(?:\/([1-9][0-9]{0,4}))? from (\S+)$/.exec(text) ?? []
  const from = parseSource(crypto, who)
  if (from === undefined || protocol === undefined) return undefined
  const port = digits === undefined ? undefined : Number(digits)
  const traffic = { protocol: protocol as Traffic['protocol'], port, from }
  return isRule({ action: 'allow', ...traffic }) ? traffic : undefined
}

export function parseSource(crypto: Crypto, text: string): RuleSource | undefined {
  if (text === 'anybody') return text
  const group = /^group:(.*)$/.exec(text)?.[1]
  if (group !== undefined) return isGroup(group) ? { group } : undefined
  const key = decodeText(crypto, text)
  return typeof key === 'string' || key.kind !== TextKind.name || text !== text.toLowerCase() ? undefined : key.bytes
}
