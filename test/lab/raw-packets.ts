// Packets and datagrams as no program sends them: written to an interface byte for byte, and datagrams that were on a wire before.

import { once } from 'node:events'
import type { Host } from './lab.js'
import { collect } from './runnel.js'

/** Hands packets to an interface of a host as if programs there had sent them. */
export async function inject(host: Host, device: string, packets: readonly Uint8Array[]): Promise<void> {
  const child = host.spawn('python3', ['-c', injectText, device], { stdio: ['pipe', 'ignore', 'pipe'] })
  const notes = collect(child.stderr)
  child.stdin?.end(packets.map((packet) => `${Buffer.from(packet).toString('hex')}\n`).join(''))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(notes())
}

const injectText = `
import socket, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
for line in sys.stdin:
    raw.sendto(bytes.fromhex(line.strip()), (sys.argv[1], 0x86dd))
`

export interface Fields {
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly next?: number
  readonly hops?: number
  /** What the header says of the length; left out: the truth. */
  readonly length?: number
  readonly version?: number
}

/** An IPv6 packet around these bytes, of UDP unless it is said otherwise. */
export function sixPacket(fields: Fields, content: Uint8Array): Buffer {
  const { source, destination, next = 17, hops = 64, length = content.length, version = 6 } = fields
  const head = Buffer.alloc(8)
  head[0] = version << 4
  head.writeUInt16BE(length, 4)
  head[6] = next
  head[7] = hops
  return Buffer.concat([head, source, destination, content])
}

/** A UDP header before these bytes, from port 9 to 9; its checksum is wrong, which nobody on the way looks at. */
export function udp(content: Uint8Array): Buffer {
  const head = Buffer.from([0, 9, 0, 9, 0, 0, 0xff, 0xff])
  head.writeUInt16BE(8 + content.length, 4)
  return Buffer.concat([head, content])
}

/** An address as its 16 bytes. */
export function sixBytes(text: string): Buffer {
  const [before = '', after] = text.split('::')
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [first, last] = [words(before), words(after ?? '')]
  const all = after === undefined ? first : [...first, ...Array(8 - first.length - last.length).fill('0'), ...last]
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex')
}
