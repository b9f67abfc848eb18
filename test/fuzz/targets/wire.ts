// Targets of what a link and forwarding put on the wire.

import { isDeepStrictEqual } from 'node:util'
import { concat } from '../../../stack/bytes/index.js'
import {
  decodeAccept,
  decodeAnnounce,
  decodeBytes,
  decodeClose,
  decodeCredit,
  decodeData,
  decodeInterest,
  decodeLabel,
  decodeNack,
  decodeObserved,
  decodeOpen,
  decodeStreamPacket,
  decodeUdp,
  encodeAccept,
  encodeAnnounce,
  encodeBytesHead,
  encodeClose,
  encodeCredit,
  encodeDataHead,
  encodeInterest,
  encodeLabel,
  encodeNack,
  encodeObserved,
  encodeOpen,
  encodeStreamPacket,
  encodeUdp,
} from '../../../stack/forward/index.js'
import { checkFrames, decodeFrames, writeFrameHeader } from '../../../stack/link/frame.js'
import { decodeHello, encodeHello } from '../../../stack/link/hello.js'
import { codec } from '../codec.js'
import { keys, u64 } from '../samples.js'
import { demand, type Target } from '../target.js'

const words = [...keys, u64(2 ** 53 - 1)]

export const wireTargets: readonly Target[] = [
  codec({
    name: 'stack/link/hello',
    covers: ['decodeHello'],
    corpora: ['stack/link/corpus/hello'],
    decode: decodeHello,
    encode: encodeHello,
  }),
  codec({
    name: 'stack/link/frames',
    covers: ['decodeFrames'],
    corpora: ['stack/link/corpus/frames'],
    decode: decodeFrames,
    encode: (frames) =>
      concat(
        ...frames.map(({ type, flags, body }) => {
          const header = new Uint8Array(4)
          writeFrameHeader(header, 0, type, flags, body.length)
          return concat(header, body)
        }),
      ),
    check: (_, bytes) => demand(checkFrames(bytes) === undefined, 'the check says the same'),
  }),
  codec({
    name: 'stack/forward/interest',
    covers: ['decodeInterest'],
    corpora: ['stack/forward/corpus/interest'],
    words,
    decode: decodeInterest,
    encode: encodeInterest,
  }),
  codec({
    name: 'stack/forward/data',
    covers: ['decodeData'],
    corpora: ['stack/forward/corpus/data'],
    words,
    decode: decodeData,
    encode: (data) => concat(encodeDataHead(data), data.payload),
  }),
  codec({
    name: 'stack/forward/nack',
    covers: ['decodeNack'],
    corpora: ['stack/forward/corpus/nack'],
    decode: decodeNack,
    encode: encodeNack,
  }),
  codec({
    name: 'stack/forward/stream-packet',
    covers: ['decodeStreamPacket'],
    corpora: ['stack/forward/corpus/stream-packet'],
    words,
    decode: (packet) => {
      const frames = decodeStreamPacket(packet)
      return typeof frames === 'string' ? frames : { frames, checksum: packet.slice(2, 4) }
    },
    encode: ({ frames, checksum }) => {
      const written = encodeStreamPacket(frames)
      written.set(checksum, 2)
      return written
    },
  }),
  codec({
    name: 'stack/forward/open',
    covers: ['decodeOpen'],
    corpora: ['stack/forward/corpus/open'],
    words,
    decode: decodeOpen,
    encode: encodeOpen,
  }),
  codec({
    name: 'stack/forward/accept',
    covers: ['decodeAccept'],
    corpora: ['stack/forward/corpus/accept'],
    decode: decodeAccept,
    encode: encodeAccept,
  }),
  codec({
    name: 'stack/forward/bytes',
    covers: ['decodeBytes'],
    corpora: ['stack/forward/corpus/bytes'],
    decode: decodeBytes,
    encode: ({ channel, sealed }) => concat(encodeBytesHead(channel), sealed),
  }),
  codec({
    name: 'stack/forward/credit',
    covers: ['decodeCredit'],
    corpora: ['stack/forward/corpus/credit'],
    decode: decodeCredit,
    encode: encodeCredit,
  }),
  codec({
    name: 'stack/forward/close',
    covers: ['decodeClose'],
    corpora: ['stack/forward/corpus/close'],
    decode: decodeClose,
    encode: encodeClose,
  }),
  codec({
    name: 'stack/forward/udp',
    covers: ['decodeUdp'],
    corpora: ['stack/forward/corpus/udp'],
    decode: decodeUdp,
    encode: encodeUdp,
  }),
  codec({
    name: 'stack/forward/observed',
    covers: ['decodeObserved'],
    corpora: ['stack/forward/corpus/observed'],
    decode: decodeObserved,
    encode: encodeObserved,
  }),
  codec({
    name: 'stack/forward/label',
    covers: ['decodeLabel'],
    corpora: ['stack/forward/corpus/label'],
    decode: decodeLabel,
    encode: encodeLabel,
  }),
  codec({
    name: 'stack/forward/announce',
    covers: ['decodeAnnounce'],
    corpora: ['stack/forward/corpus/announce'],
    words,
    decode: decodeAnnounce,
    // Routes of unknown kinds are left out, so it is what was read that has to come back.
    check: (announce) => {
      const again = decodeAnnounce(encodeAnnounce(announce))
      demand(isDeepStrictEqual(again, announce), 'an announcement stays itself')
    },
  }),
]
