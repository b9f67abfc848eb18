// A program of Node that asks an address for a chunk by packets: `node raw-asker.js ADDRESS PAIR CHUNK VIA`, of which the last
// three are hexadecimal and PAIR is its own address and the one it asks. The raw socket is that of the npm package raw-socket, where it is installed. Writes what came, or `absent`.

import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fromHex } from '../../stack/bytes/index.js'
import { decodeStreamPacket, encodeStreamPacket } from '../../stack/forward/index.js'

interface RawSocket {
  on(event: 'message', handle: (packet: Buffer, from: string) => void): void
  send(packet: Buffer, offset: number, length: number, to: string, done: (error?: Error) => void): void
  close(): void
}

interface RawSockets {
  readonly AddressFamily: { readonly IPv6: number }
  createSocket(options: { addressFamily: number; protocol: number; bufferSize: number }): RawSocket
  writeChecksum(packet: Buffer, offset: number, checksum: number): void
  createChecksum(...parts: readonly Buffer[]): number
}

const [address = '', pair = '', chunk = '', via = ''] = process.argv.slice(2)
const raw = load()
if (raw === undefined) console.log('absent')
else ask(raw)

function load(): RawSockets | undefined {
  for (const folder of [process.env.RAW_SOCKET, join(homedir(), '.cache/runnel-test/raw-socket')]) {
    if (folder === undefined) continue
    try {
      return createRequire(join(folder, 'package.json'))('raw-socket') as RawSockets
    } catch {
      // It needs a compiler where it is installed: there may be none.
    }
  }
  return undefined
}

function ask(raw: RawSockets): void {
  const socket = raw.createSocket({ addressFamily: raw.AddressFamily.IPv6, protocol: 253, bufferSize: 65_536 })
  socket.on('message', (packet, from) => {
    const frames = decodeStreamPacket(packet)
    const [frame] = typeof frames === 'string' ? [] : frames
    // It hears its own question too.
    if (from !== address || frame === undefined || frame.type === 'interest') return
    console.log(frame.type === 'data' ? Buffer.from(frame.data.payload).toString('hex') : frame.nack.reason)
    socket.close()
  })
  const interest = {
    ...{ token: 77, lifetimeMs: 8_000, hops: 32, rank: 0, answerBytes: 61_440, key: bytes(chunk) },
    question: { kind: 'chunk', via: bytes(via) } as const,
  }
  const packet = Buffer.from(encodeStreamPacket([{ type: 'interest', flags: 0, interest }]))
  const pseudo = Buffer.from([...bytes(pair), 0, 0, 0, packet.length, 0, 0, 0, 253])
  raw.writeChecksum(packet, 2, raw.createChecksum(pseudo, packet))
  socket.send(packet, 0, packet.length, address, (error) => {
    if (error !== undefined && error !== null) throw error
  })
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0)
}
