// Targets of stack/inbox: everything that a custodian or an owner reads, and a custodian that is told anything.

import {
  decodeBox,
  decodeEnvelope,
  decodeInboxMessage,
  decodeInboxReceipt,
  decodeLetter,
  decodeShelf,
  decodeTicket,
  encodeBox,
  encodeEnvelope,
  encodeInboxMessage,
  encodeInboxReceipt,
  encodeLetter,
  encodeShelf,
  encodeTicket,
  InboxCustodian,
  openEnvelope,
  refusals,
} from '../../../stack/inbox/index.js'
import { decodeInboxBody, encodeInboxBody } from '../../../stack/name/index.js'
import { inboxSeeds, SampleCustodian, SampleInbox } from '../../samples/inbox.js'
import { sampleTimeMs } from '../../samples/name.js'
import { Choices, choose } from '../choices.js'
import { codec } from '../codec.js'
import { readFolder } from '../corpus.js'
import { crypto } from '../samples.js'
import { demand, type Target } from '../target.js'

const sample = new SampleInbox(crypto)

export const inboxTargets: readonly Target[] = [
  codec({
    name: 'stack/name/inbox-record',
    covers: ['decodeInboxBody'],
    corpora: ['stack/name/corpus/inbox-record'],
    decode: decodeInboxBody,
    encode: encodeInboxBody,
  }),
  codec({
    name: 'stack/inbox/envelope',
    covers: ['decodeEnvelope', 'openEnvelope'],
    corpora: ['stack/inbox/corpus/envelope'],
    decode: decodeEnvelope,
    encode: encodeEnvelope,
    check: (envelope) => {
      const letter = openEnvelope(crypto, envelope, sample.owner.device, [inboxSeeds.keys[0]])
      demand(typeof letter === 'string' || letter.signature.length === 64, 'what opens is a letter')
    },
  }),
  codec({
    name: 'stack/inbox/letter',
    covers: ['decodeLetter'],
    corpora: ['stack/inbox/corpus/letter'],
    decode: decodeLetter,
    encode: encodeLetter,
  }),
  codec({
    name: 'stack/inbox/message',
    covers: ['decodeInboxMessage'],
    corpora: ['stack/inbox/corpus/message'],
    decode: decodeInboxMessage,
    check: ({ request, message }, bytes) => {
      if (message.type === 'refused' && (bytes[5] ?? 0) >= refusals.length) return
      const written = encodeInboxMessage(request, message)
      demand(Buffer.compare(written, bytes) === 0, 'a message goes back to its bytes')
    },
  }),
  codec({
    name: 'stack/inbox/ticket',
    covers: ['decodeTicket'],
    corpora: ['stack/inbox/corpus/ticket'],
    decode: decodeTicket,
    encode: encodeTicket,
  }),
  codec({
    name: 'stack/inbox/receipt',
    covers: ['decodeInboxReceipt'],
    corpora: ['stack/inbox/corpus/receipt'],
    decode: decodeInboxReceipt,
    encode: encodeInboxReceipt,
  }),
  codec({
    name: 'stack/inbox/box',
    covers: ['decodeBox'],
    corpora: ['stack/inbox/corpus/box'],
    decode: decodeBox,
    encode: encodeBox,
  }),
  codec({
    name: 'stack/inbox/shelf',
    covers: ['decodeShelf'],
    corpora: ['stack/inbox/corpus/shelf'],
    decode: decodeShelf,
    encode: encodeShelf,
  }),
  {
    name: 'stack/inbox/custodian',
    kind: 'machine',
    covers: [],
    seeds: () => readFolder('stack/inbox/corpus/message').map(({ bytes }) => choose(2, 0, bytes)),
    run: runCustodian,
  },
]

/** Messages of anybody, at any time: what it says it holds is what a restart finds, and its limits hold. */
function runCustodian(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const custodian = new SampleCustodian(sample, 20_000)
  custodian.register()
  const people = [sample.owner.device, sample.owner.secondDevice, sample.senderDevice]
  for (let step = 0; step < 20 && choices.left > 0; step++) {
    const device = people[choices.below(people.length)] ?? sample.senderDevice
    custodian.nowMs = sampleTimeMs + choices.u8() * 3_600_000
    const decoded = decodeInboxMessage(choices.block16())
    if (typeof decoded === 'string') continue
    custodian.machine.handleMessage(custodian.nowMs, device, decoded.message)
    custodian.commit()
  }
  const known = custodian.machine.boxes.map(({ size, usedBytes, quotaBytes, strangerBytes, strangersQuota }) => {
    demand(usedBytes <= quotaBytes || quotaBytes < 20_000, 'an inbox stays within its quota')
    demand(strangerBytes <= strangersQuota || quotaBytes < 20_000, 'and strangers within their share')
    return size
  })
  custodian.restart()
  demand(custodian.machine instanceof InboxCustodian, 'it opens again')
  const found = custodian.machine.boxes.map(({ size }) => size)
  demand(found.join() === known.join(), `a restart finds what there was: ${known.join()}, and not ${found.join()}`)
}
