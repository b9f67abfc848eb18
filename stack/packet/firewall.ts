// What may come in: nothing but an echo, unless a rule allows it; and nothing at all that a rule denies. What goes out opens
// the way for what comes back, so rules are about who begins.

import { equal } from '../bytes/index.js'

/** Whom a rule is about: a name (32 bytes) that the other end has proven, a group of names, or everybody. */
export type RuleSource = Uint8Array | { readonly group: string } | 'anybody'

export interface Rule {
  readonly action: 'allow' | 'deny'
  /**
   * 'icmp' is the echo alone: errors come with what they are about. 'stream' is questions by packets (docs/protocol.md §22).
   * 'any' is these and every other protocol too.
   */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'stream' | 'any'
  /** Of this machine, 1 to 65,535; undefined is every port, and of 'any' what has no ports too. Never one of 'icmp' or 'stream'. */
  readonly port: number | undefined
  readonly from: RuleSource
}

/** What wants to come in. */
export interface Asked {
  /** IANA's number. */
  readonly protocol: number
  /** Of this machine; 0 where there are none. */
  readonly port: number
}

/** Who wants it. */
export interface Asker {
  /** That it has proven to have, if any. */
  readonly name: Uint8Array | undefined
  readonly groups: readonly string[]
}

/** IANA's numbers of what rules name. */
export const Protocol = { tcp: 6, udp: 17, icmp: 58, stream: 253 } as const

/**
 * Whether it may come in. A rule that denies beats all that allow, whatever their order. An echo needs no rule: RFC 4890
 * section 4.3.1 wants it to pass, and whoever looks for a fault begins with it.
 */
export function admits(rules: readonly Rule[], asked: Asked, asker: Asker): boolean {
  const fitting = rules.filter((rule) => isAbout(rule, asked) && isFrom(rule.from, asker))
  if (fitting.some(({ action }) => action === 'deny')) return false
  return fitting.length > 0 || (asked.protocol === Protocol.icmp && asked.port === 0)
}

/** Whether a rule can be meant: its port is one, and of a protocol that has ports. */
export function isRule({ protocol, port }: Rule): boolean {
  if (port === undefined) return true
  const hasPorts = protocol !== 'icmp' && protocol !== 'stream'
  return hasPorts && Number.isInteger(port) && port >= 1 && port <= 65_535
}

function isAbout({ protocol, port }: Rule, asked: Asked): boolean {
  if (protocol !== 'any' && Protocol[protocol] !== asked.protocol) return false
  return port === undefined || (port === asked.port && asked.protocol !== Protocol.icmp)
}

function isFrom(from: RuleSource, { name, groups }: Asker): boolean {
  if (from === 'anybody') return true
  if (from instanceof Uint8Array) return name !== undefined && equal(from, name)
  return groups.includes(from.group)
}
