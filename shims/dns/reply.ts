// Answers over DNS as bytes: no longer than what the asker takes, and nothing in them that was not asked for.

import { AUTHORITATIVE_ANSWER, encode, type Packet, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet'
import { ednsAnswerBytes, negativeTtlS, ttlS } from './limits.js'
import type { BadQuery, Query } from './query.js'

/** Codes as metrics count them, with their numbers (RFC 1035 §4.1.1, RFC 6891 §9). */
export const codes = { noerror: 0, formerr: 1, servfail: 2, nxdomain: 3, notimp: 4, refused: 5, badvers: 16 } as const
export type Code = keyof typeof codes

export function encodeBadQuery({ id, recursion, code }: BadQuery): Uint8Array {
  return encode({ type: 'response', id, flags: (recursion ? RECURSION_DESIRED : 0) | codes[code] })
}

/** `address`: the answer, where there is one. `zone`: the suffix whose authority says that there is none. */
export interface Reply {
  readonly code: Code
  readonly address?: string
  readonly zone?: string
}

/** At most `limitBytes`; what does not fit is left out, and the truncation said. */
export function encodeReply(query: Query, { code, address, zone }: Reply, limitBytes: number): Uint8Array {
  const { id, recursion, name, type, class: of, edns } = query
  const authoritative = code === 'noerror' || code === 'nxdomain'
  const flags = (recursion ? RECURSION_DESIRED : 0) | (authoritative ? AUTHORITATIVE_ANSWER : 0) | (codes[code] & 15)
  // Types and classes that the codec has no name for are repeated all the same.
  const question = { name, type, class: of } as NonNullable<Packet['questions']>[number]
  const extra = { type: 'OPT', name: '.', udpPayloadSize: ednsAnswerBytes, extendedRcode: codes[code] >> 4 } as const
  const packet: Packet = {
    type: 'response',
    id,
    flags,
    questions: [question],
    answers: address === undefined ? [] : [{ type: 'AAAA', name, class: 'IN', ttl: ttlS, data: address }],
    authorities: zone === undefined ? [] : [authority(zone)],
    additionals: edns === undefined ? [] : [{ ...extra, ednsVersion: 0, flags: 0, flag_do: false, options: [] }],
  }
  const whole = encode(packet)
  if (whole.length <= limitBytes) return whole
  return encode({ ...packet, flags: flags | TRUNCATED_RESPONSE, answers: [], authorities: [] })
}

/** With it who asked may keep that there is none (RFC 2308 §3). */
function authority(zone: string): NonNullable<Packet['authorities']>[number] {
  const times = { serial: 1, refresh: 3_600, retry: 600, expire: 86_400, minimum: negativeTtlS }
  return { type: 'SOA', name: zone, ttl: negativeTtlS, data: { mname: zone, rname: `nobody.${zone}`, ...times } }
}
