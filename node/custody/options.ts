// What an operator says about custody, as text: read once at the start, with every mistake named.

import { RunnelError } from '../../errors/index.js'
import { fromHex, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { CustodyPolicy } from '../../stack/custody/index.js'
import { decodeText, TextKind } from '../../stack/name/index.js'

export interface CustodyOptions {
  /** Bytes that are kept for others in all; 0: nothing. */
  readonly totalBytes: number
  /** For one name or device; undefined: as much as in all. */
  readonly clientBytes: number | undefined
  /** The longest promise. */
  readonly days: number
  /** Names and devices (text) that may ask; undefined: anyone. */
  readonly from: readonly string[] | undefined
  /** Lines of what is not kept: a name, log key or chunk name in hex, and the reason that is told. `#` begins a comment. */
  readonly deny: readonly string[]
  /** Devices and names (text) that are asked to keep, before the upstreams. */
  readonly custodians: readonly string[]
}

export const noCustody: CustodyOptions = {
  totalBytes: 0,
  clientBytes: undefined,
  days: 90,
  from: undefined,
  deny: [],
  custodians: [],
}

/** Whom to ask: a device, or the devices of a name. */
export type CustodianKey = { readonly device: Uint8Array } | { readonly name: Uint8Array }

/** Throws BAD_ARGUMENT, BAD_NAME. */
export function readPolicy(crypto: Crypto, options: CustodyOptions): CustodyPolicy {
  const { totalBytes, clientBytes = totalBytes, days, from, deny } = options
  return {
    totalBytes,
    clientBytes,
    maxDays: days,
    from: from?.map((text) => keyOf(crypto, text, '--custody-from', [TextKind.name, TextKind.device]).bytes),
    denied: new Map(deny.flatMap((line, index) => readDenied(crypto, line, index + 1))),
  }
}

/** Throws BAD_ARGUMENT, BAD_NAME. */
export function readCustodians(crypto: Crypto, texts: readonly string[]): CustodianKey[] {
  return texts.map((text) => {
    const { kind, bytes } = keyOf(crypto, text, '--custodian', [TextKind.name, TextKind.device])
    return kind === TextKind.name ? { name: bytes } : { device: bytes }
  })
}

function readDenied(crypto: Crypto, line: string, number: number): [string, string][] {
  const [, key, reason = ''] = /^\s*([^\s#]+)\s*(.*?)\s*$/.exec(line) ?? []
  if (key === undefined) return []
  const chunk = /^[0-9a-f]{64}$/.test(key) ? fromHex(key) : undefined
  const what = `line ${number} of the deny list`
  const kinds = [TextKind.name, TextKind.log, TextKind.device]
  return [
    [toHex(chunk ?? keyOf(crypto, key, what, kinds).bytes), reason || 'it is on the list of what is not kept here'],
  ]
}

function keyOf(
  crypto: Crypto,
  text: string,
  what: string,
  kinds: readonly number[],
): { readonly kind: number; readonly bytes: Uint8Array } {
  const key = decodeText(crypto, text)
  if (key === 'bad-checksum') throw new RunnelError('BAD_NAME', `${what}: there is a typing error in ${text}`)
  if (typeof key !== 'string' && kinds.includes(key.kind)) return key
  throw new RunnelError('BAD_ARGUMENT', `${what}: ${text} is no key of that kind`)
}
