// Events as rows, as `native/tunnel` writes them: for tests of who reads them.

import { Writer } from '../../../stack/bytes/index.js'
import type { StreamPacket } from '../../../stack/forward/index.js'
import type { DatapathEvent, Traffic } from '../../../stack/packet/index.js'
import { putFlowKey, putUdpAddress } from '../row-fields.js'

export function encodeEvents(events: readonly DatapathEvent[]): Uint8Array {
  const writer = new Writer()
  for (const event of events) writeEvent(writer, event)
  return writer.bytes()
}

function writeEvent(writer: Writer, event: DatapathEvent): Writer {
  switch (event.type) {
    case 'miss': {
      const { key, direction, peer, head } = event
      putFlowKey(writer.u8(0), key).u8(direction === 'inbound' ? 1 : 0)
      return writer
        .u8(peer === undefined ? 0 : 1)
        .u32(peer ?? 0)
        .lp8(head)
    }
    case 'expired':
      return putFlowKey(writer.u8(1), event.key)
    case 'refused':
      return putFlowKey(writer.u8(2), event.key)
    case 'source':
      return putUdpAddress(writer.u8(3).u32(event.index), event.from)
    case 'probe':
      return putUdpAddress(writer.u8(4).u32(event.index), event.from).lp8(event.content).u16(event.datagramBytes)
    case 'cookie':
      return putUdpAddress(writer.u8(5).put(event.cookie), event.from)
    case 'too-big':
      return putUdpAddress(writer.u8(6), event.to).u32(event.datagramBytes)
    case 'unreachable':
      return putUdpAddress(writer.u8(7), event.to).u32(event.errno)
    case 'spent':
      return writer.u8(8).u32(event.index)
    case 'traffic':
      return putTraffic(putTraffic(writer.u8(9).u32(event.peer), event.sealed), event.opened)
    case 'switched':
      return putTraffic(writer.u8(10).u32(event.label), event.switched)
    case 'gone':
      return writer.u8(11)
  }
}

function putTraffic(writer: Writer, { packets, bytes }: Traffic): Writer {
  return writer.u64(packets).u64(bytes)
}

/** Packets of questions as rows, in their order. */
export function encodeQuestions(packets: readonly StreamPacket[]): Uint8Array {
  const writer = new Writer()
  for (const { from, to, bytes } of packets) writer.put(from).put(to).lp16(bytes)
  return writer.bytes()
}
