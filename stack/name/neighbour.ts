// How a neighbour is written: DEVICE-TEXT@HOST:PORT, an IPv6 host in brackets (protocol §2). The device key is what the
// link proves; host and port only say where to knock.

import type { Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { MAX_HOST_CHARACTERS } from './limits.js'
import { decodeText, encodeText, TextKind } from './text.js'

/** A neighbour's device key and where it listens; `host` is a DNS name, an IPv4 or an IPv6 address without brackets. */
export interface Neighbour {
  device: Uint8Array
  host: string
  port: number
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9._-]{1,32})?)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/

/**
 * Reads `DEVICE@HOST:PORT`. As for a link, 'bad-length', 'bad-text' and 'bad-checksum' are typing errors of the key, and
 * 'bad-kind' is a text that is no device key; 'bad-path' is a host that cannot be, or none, 'bad-range' a port outside 1 to 65,535.
 * The host is not looked up.
 */
export function parseNeighbour(crypto: Crypto, text: string): Neighbour | Reason {
  const at = text.indexOf('@')
  const device = decodeText(crypto, at < 0 ? text : text.slice(0, at))
  if (typeof device === 'string') return device
  if (device.kind !== TextKind.device) return 'bad-kind'
  const found = ADDRESS.exec(at < 0 ? '' : text.slice(at + 1))
  const host = found?.[1] ?? found?.[2]
  if (host === undefined || host.length > MAX_HOST_CHARACTERS) return 'bad-path'
  if (found?.[1] !== undefined && !host.includes(':')) return 'bad-path'
  const port = Number(found?.[3])
  if (!(port >= 1 && port <= 65_535)) return 'bad-range'
  return { device: device.bytes, host, port }
}

/** The text that `parseNeighbour` reads as the same neighbour. */
export function formatNeighbour(crypto: Crypto, neighbour: Neighbour): string {
  const host = neighbour.host.includes(':') ? `[${neighbour.host}]` : neighbour.host
  return `${encodeText(crypto, TextKind.device, neighbour.device)}@${host}:${neighbour.port}`
}
