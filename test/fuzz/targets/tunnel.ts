// Targets of node/tunnel and node/firewall: what the native side tells, and rules as they are kept.

import { formatTraffic, parseSource, parseTraffic } from '../../../node/firewall/index.js'
import { decodeEvents } from '../../../node/tunnel/event-rows.js'
import { decodeQuestionRows } from '../../../node/tunnel/question-rows.js'
import { encodeEvents, encodeQuestions } from '../../../node/tunnel/testing/event-writer.js'
import { decodeUtf8, encodeUtf8 } from '../../../stack/bytes/index.js'
import { everyEvent } from '../../samples/datapath.js'
import { codec } from '../codec.js'
import { crypto, words } from '../samples.js'
import type { Target } from '../target.js'

export const tunnelTargets: readonly Target[] = [
  codec({
    name: 'node/tunnel/events',
    covers: ['decodeEvents'],
    corpora: ['node/tunnel/corpus/events'],
    seeds: () => [encodeEvents(everyEvent), ...everyEvent.map((event) => encodeEvents([event]))],
    // An event of one byte is an object of some hundred.
    allocatesBytes: 1 << 20,
    decode: decodeEvents,
    encode: encodeEvents,
  }),
  codec({
    name: 'node/tunnel/questions',
    covers: ['decodeQuestionRows'],
    corpora: ['node/tunnel/corpus/questions'],
    decode: decodeQuestionRows,
    encode: encodeQuestions,
  }),
  codec({
    name: 'node/firewall/rule',
    covers: ['parseTraffic', 'parseSource'],
    seeds: () =>
      words('tcp/22 from anybody', 'udp from group:friends', 'any/65535 from group:a-b_c', 'icmp from anybody'),
    decode: (bytes) => {
      const text = decodeUtf8(bytes)
      if (text === undefined) return undefined
      parseSource(crypto, text)
      return parseTraffic(crypto, text)
    },
    encode: (traffic) => encodeUtf8(formatTraffic(crypto, traffic)),
  }),
]
