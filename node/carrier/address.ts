// ADDR:PORT as users write it: an IPv4 address, a host name, or an IPv6 address in brackets.

import { isIPv4, isIPv6 } from 'node:net'
import { RunnelError } from '../../errors/index.js'
import { formatAddress } from '../../stack/name/index.js'
import type { HostPort } from '../outside.js'

/** Throws BAD_ARGUMENT. A port alone, as `:7254` or `7254`, means all addresses. */
export function parseListen(text: string): HostPort {
  const match = /^(?:(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new RunnelError('BAD_ARGUMENT', `${text} is no address to listen on`, {
      hint: 'Write ADDR:PORT, for example 0.0.0.0:7254 or [::]:7254.',
    })
  }
  return { host: match[1] ?? (match[2] || '::'), port }
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `HOST:PORT` of an IP address of 4 or 16 bytes. */
export function formatUdp({ address, port }: { readonly address: Uint8Array; readonly port: number }): string {
  return formatHostPort({ host: address.length === 4 ? address.join('.') : formatAddress(address), port })
}

/**
 * The bytes of an IP address as a socket reports it: 4 or 16, and 4 of an IPv4 address in an IPv6 one. Undefined for other
 * text, and for an address with a zone, which says nothing without it.
 */
export function addressBytes(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  if (!isIPv6(text) || text.includes('%')) return undefined
  // The last four bytes may be written as an IPv4 address.
  const [left = [], right] = text
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${hex(a, b)}:${hex(c, d)}`)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))))
  const zeros = right === undefined ? [] : new Array<number>(8 - left.length - right.length).fill(0)
  const bytes = Uint8Array.from([...left, ...zeros, ...(right ?? [])].flatMap((group) => [group >> 8, group & 0xff]))
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  return isMapped ? bytes.subarray(12) : bytes
}

function hex(high: string, low: string): string {
  return (256 * Number(high) + Number(low)).toString(16)
}
