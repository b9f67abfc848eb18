// What two devices say to each other about packets, in a conversation of the service runnel.packets (docs/protocol.md
// §21.1), each message behind its length:
//
//   length u32 | type u8 | body
//
//   1 KEYS       generation u32 | index u32 | ephemeral 32
//   2 READY      generation u32
//   3 USING      generation u32
//   4 CANDIDATES n u8 (≤ 8) | n × { address 16 | port u16 }

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { readAddress, writeAddress } from '../address.js'
import type { UdpAddress } from '../datapath.js'
import { MAX_CANDIDATES, MAX_INDEX } from '../limits.js'

const types = { keys: 1, ready: 2, using: 3, candidates: 4 } as const

/** Bytes of a message, at most. */
export const MAX_MESSAGE_BYTES = 2 + 18 * MAX_CANDIDATES

export type PacketMessage =
  /** Half of a generation of keys: what is for us under it carries this index. */
  | { readonly type: 'keys'; readonly generation: number; readonly index: number; readonly ephemeral: Uint8Array }
  /** What was sealed under this generation is opened here, from now on. */
  | { readonly type: 'ready'; readonly generation: number }
  /** Nothing is sealed under an earlier one any more. */
  | { readonly type: 'using'; readonly generation: number }
  /** Where we may be reached, instead of what was said before. */
  | { readonly type: 'candidates'; readonly addresses: readonly UdpAddress[] }

/** Throws RangeError for a field that does not fit. */
export function encodePacketMessage(message: PacketMessage): Uint8Array {
  const writer = new Writer(64).u8(types[message.type])
  switch (message.type) {
    case 'keys':
      if (message.ephemeral.length !== 32) throw new RangeError('a key has 32 bytes')
      return writer.u32(message.generation).u32(message.index).put(message.ephemeral).bytes()
    case 'ready':
    case 'using':
      return writer.u32(message.generation).bytes()
    case 'candidates':
      if (message.addresses.length > MAX_CANDIDATES) throw new RangeError('too many candidates')
      writer.u8(message.addresses.length)
      for (const address of message.addresses) writeAddress(writer, address)
      return writer.bytes()
  }
}

/** Reads exactly one message, without the length before it. Its arrays are copies. */
export function decodePacketMessage(bytes: Uint8Array): PacketMessage | Reason {
  const reader = new Reader(bytes)
  const message = decodeBody(reader)
  return reader.end() ?? message
}

function decodeBody(reader: Reader): PacketMessage | Reason {
  switch (reader.u8()) {
    case types.keys:
      return {
        type: 'keys',
        generation: readGeneration(reader),
        index: readIndex(reader),
        ephemeral: reader.take(32).slice(),
      }
    case types.ready:
      return { type: 'ready', generation: readGeneration(reader) }
    case types.using:
      return { type: 'using', generation: readGeneration(reader) }
    case types.candidates: {
      const count = reader.u8()
      if (count > MAX_CANDIDATES) reader.fail('bad-count')
      const addresses: UdpAddress[] = []
      for (let index = 0; index < count && reader.failed === undefined; index++) addresses.push(readAddress(reader))
      return { type: 'candidates', addresses }
    }
    default:
      reader.fail('bad-type')
      return 'bad-type'
  }
}

/** Never that of a label. */
function readIndex(reader: Reader): number {
  const index = reader.u32()
  if (index === 0 || index > MAX_INDEX) reader.fail('bad-range')
  return index
}

/** Counted from 1. */
function readGeneration(reader: Reader): number {
  const generation = reader.u32()
  if (generation === 0) reader.fail('bad-range')
  return generation
}
