// Targets of stack/custody: what a custodian and its client read.

import {
  decodeDuty,
  decodeStoredCustody,
  encodeDuty,
  encodeStoredCustody,
} from '../../../node/custody/custody-record.js'
import { decodePin, encodePin } from '../../../node/custody/pin-record.js'
import { encodeUtf8 } from '../../../stack/bytes/index.js'
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
  codec({
    name: 'node/custody/pin-record',
    covers: ['decodePin'],
    seeds: () => [encodePin({ link: 'main.name', sealed: false, sizeBytes: 10, sinceMs: 1, logs: [pinned] })],
    decode: decodePin,
    check: (record) => void encodePin(record),
  }),
  codec({
    name: 'node/custody/custody-record',
    covers: ['decodeStoredCustody'],
    seeds: () => {
      const key = new Uint8Array(32).fill(1)
      const record = {
        client: key,
        log: key,
        name: key,
        headBytes: new Uint8Array(207),
        bytes: 1,
        chunks: 1,
        untilMs: 2,
      }
      return [encodeStoredCustody({ record, client: key, log: key, coming: new Uint8Array(207) })]
    },
    decode: decodeStoredCustody,
    check: (stored) => void encodeStoredCustody(stored),
  }),
  codec({
    name: 'node/custody/duty-record',
    covers: ['decodeDuty'],
    seeds: () => [encodeUtf8(JSON.stringify({ log: '01'.repeat(32), keepMs: 1, ended: false, copies: [copy] }))],
    decode: decodeDuty,
    check: (duty) => void encodeDuty(duty),
  }),
]

const pinned = { log: '00', head: '', coming: '', bytes: 1, chunks: 1, whole: true, roomBytes: 5 }
const times = { receivedMs: 1, retryMs: 1, failures: 1, reachedMs: 1, auditMs: 1, failedAudits: 1 }
const copy = { ...times, custodian: '02'.repeat(32), state: 'asked', held: '03'.repeat(32) }
