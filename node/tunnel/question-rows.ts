// Packets of questions from rows of bytes, as `native/tunnel` (`stream_socket.rs`) writes them: from 16 | to 16 | lp16. Total,
// for the reason that events are.

import { Reader, type Reason } from '../../stack/bytes/index.js'
import type { StreamPacket } from '../../stack/forward/index.js'
import { maxQuestionBytes } from './limits.js'
import { addressBytes } from './row-fields.js'

/** Every packet of a buffer, in its order; a Reason when one of its rows is none. They are views of the buffer. */
export function decodeQuestionRows(rows: Uint8Array): StreamPacket[] | Reason {
  const reader = new Reader(rows)
  const packets: StreamPacket[] = []
  while (reader.remaining > 0) {
    const [from, to] = [reader.take(addressBytes), reader.take(addressBytes)]
    const bytes = reader.lp16(maxQuestionBytes)
    if (reader.failed !== undefined) return reader.failed
    packets.push({ from, to, bytes })
  }
  return packets
}
