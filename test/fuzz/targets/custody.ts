// Targets of stack/custody: what a custodian and its client read.

import {
  decodeCustody,
  decodeReceipt,
  encodeCustody,
  encodeReceipt,
  verifyReceipt,
} from '../../../stack/custody/index.js'
import { sampleCustody } from '../../samples/custody.js'
import { codec } from '../codec.js'
import { crypto } from '../samples.js'
import { demand, type Target } from '../target.js'

export const custodyTargets: readonly Target[] = [
  codec({
    name: 'stack/custody/message',
    covers: ['decodeCustody'],
    corpora: ['stack/custody/corpus/message'],
    seeds: () => sampleCustody(crypto).map(encodeCustody),
    decode: decodeCustody,
    encode: encodeCustody,
    check: (message) => {
      if (message.type === 'refused') demand(message.text.length <= 200, 'a text is short')
    },
  }),
  codec({
    name: 'stack/custody/receipt',
    covers: ['decodeReceipt'],
    corpora: ['stack/custody/corpus/receipt'],
    decode: decodeReceipt,
    encode: encodeReceipt,
    check: (receipt) => {
      demand(typeof verifyReceipt(crypto, receipt) === 'boolean', 'it verifies or not')
    },
  }),
]
