// Events from rows of bytes, as `native/tunnel` (`rows.rs`) writes them. Total, though they come from our own code: an
// addon that was built from other sources must not bring the node down.

import { Reader, type Reason } from '../../stack/bytes/index.js'
import type { DatapathEvent } from '../../stack/packet/index.js'
import { maxHeadBytes, maxProbeBytes } from './limits.js'
import { cookieBytes, takeFlowKey, takeTraffic, takeUdpAddress } from './row-fields.js'

/** Every event of a buffer, in its order; a Reason when one of its rows is none. The buffer is not kept. */
export function decodeEvents(bytes: Uint8Array): DatapathEvent[] | Reason {
  const reader = new Reader(bytes)
  const events: DatapathEvent[] = []
  while (reader.remaining > 0) {
    const event = takeEvent(reader)
    if (event !== undefined) events.push(event)
  }
  return reader.end() ?? events
}

function takeEvent(reader: Reader): DatapathEvent | undefined {
  switch (reader.u8()) {
    case 0:
      return takeMiss(reader)
    case 1:
      return { type: 'expired', key: takeFlowKey(reader) }
    case 2:
      return { type: 'refused', key: takeFlowKey(reader) }
    case 3:
      return { type: 'source', index: reader.u32(), from: takeUdpAddress(reader) }
    case 4: {
      const [index, from] = [reader.u32(), takeUdpAddress(reader)]
      const content = reader.lp8(maxProbeBytes).slice()
      return { type: 'probe', index, from, content, datagramBytes: reader.u16() }
    }
    case 5:
      return { type: 'cookie', cookie: reader.take(cookieBytes).slice(), from: takeUdpAddress(reader) }
    case 6:
      return { type: 'too-big', to: takeUdpAddress(reader), datagramBytes: reader.u32() }
    case 7:
      return { type: 'unreachable', to: takeUdpAddress(reader), errno: reader.u32() }
    case 8:
      return { type: 'spent', index: reader.u32() }
    case 9:
      return { type: 'traffic', peer: reader.u32(), sealed: takeTraffic(reader), opened: takeTraffic(reader) }
    case 10:
      return { type: 'switched', label: reader.u32(), switched: takeTraffic(reader) }
    case 11:
      return { type: 'gone' }
    default:
      reader.fail('bad-kind')
      return undefined
  }
}

/** key | direction u8: 0 out, 1 in | whether there is a peer u8 | peer u32 | head lp8 */
function takeMiss(reader: Reader): DatapathEvent {
  const key = takeFlowKey(reader)
  const [direction, known, peer] = [reader.u8(), reader.u8(), reader.u32()]
  if (direction > 1 || known > 1) reader.fail('bad-range')
  if (known === 0 && peer !== 0) reader.fail('bad-padding')
  return {
    type: 'miss',
    key,
    direction: direction === 0 ? 'outbound' : 'inbound',
    peer: known === 0 ? undefined : peer,
    head: reader.lp8(maxHeadBytes).slice(),
  }
}
