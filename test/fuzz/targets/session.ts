// Targets of sessions: what their handshake and their records say.

import { isDeepStrictEqual } from 'node:util'
import {
  decodeAnswerHello,
  decodeCallHello,
  decodeRecord,
  encodeAnswerHello,
  encodeCallHello,
  encodeRecord,
} from '../../../stack/session/index.js'
import { codec } from '../codec.js'
import { demand, type Target } from '../target.js'

export const sessionTargets: readonly Target[] = [
  codec({
    name: 'stack/session/call',
    covers: ['decodeCallHello'],
    corpora: ['stack/session/corpus/call'],
    decode: decodeCallHello,
    // Flags without a meaning are ignored, so it is what was read that has to come back.
    check: (hello) => demand(isDeepStrictEqual(decodeCallHello(encodeCallHello(hello)), hello), 'a call stays itself'),
  }),
  codec({
    name: 'stack/session/answer',
    covers: ['decodeAnswerHello'],
    corpora: ['stack/session/corpus/answer'],
    decode: decodeAnswerHello,
    encode: encodeAnswerHello,
  }),
  codec({
    name: 'stack/session/record',
    covers: ['decodeRecord'],
    corpora: ['stack/session/corpus/record'],
    decode: decodeRecord,
    encode: encodeRecord,
  }),
]
