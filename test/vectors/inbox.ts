// Vectors of the protocol's page on inboxes (§20), made from the fixed seeds of the sample. Byte strings are lower-case hex.

import { toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  decodeEnvelope,
  encodeBox,
  encodeInboxMessage,
  encodeInboxReceipt,
  encodeLetter,
  encodeShelf,
  encodeTicket,
  type InboxMessage,
  openEnvelope,
  PuzzleSearch,
  refusals,
  sealEnvelope,
  signInboxReceipt,
} from '../../stack/inbox/index.js'
import { encodeCard, type InboxRecord } from '../../stack/name/index.js'
import { inboxSeeds, SampleInbox } from '../samples/inbox.js'
import { filled, sampleTimeMs } from '../samples/name.js'

const dayMs = 86_400_000

export function inboxVectors(crypto: Crypto): Record<string, unknown> {
  const sample = new SampleInbox(crypto)
  const { owner } = sample
  const keys = inboxSeeds.keys.map((seed) => crypto.x25519.publicFromPrivate(seed))
  const to = [owner.device, owner.secondDevice].map((device, index) => ({ device, key: keys[index] ?? filled(0) }))
  const random = new Uint8Array(96).map((_, at) => [47, 48, 49][at >> 5] ?? 0)
  const body = sample.letter({
    attachments: [{ name: 'photo.jpg', bytes: 5, link: 'a-link' }],
    tickets: [sample.ticket(2, { inbox: sample.sender.name }, inboxSeeds.sender)],
  })
  const envelope = sealEnvelope(crypto, { inbox: owner.name, to, body, deviceSeed: inboxSeeds.sender, random })
  const read = typeof envelope === 'string' ? envelope : decodeEnvelope(envelope)
  if (typeof envelope === 'string' || typeof read === 'string') throw new Error('the sample is refused')
  const letter = openEnvelope(crypto, read, owner.device, [inboxSeeds.keys[0]])
  if (typeof letter === 'string') throw new Error(letter)
  const ticket = sample.ticket(1)
  const id = crypto.hash(envelope)
  const puzzle = { inbox: owner.name, day: 19_675, sizeClass: read.sizeClass, envelope: id }
  const nonce = new PuzzleSearch(crypto, puzzle, 16, 0).step(1 << 24) ?? -1
  const receipt = signInboxReceipt(crypto, inboxSeeds.custodian, {
    envelope: id,
    bytes: envelope.length,
    untilMs: sampleTimeMs + 30 * dayMs,
    kind: 'kept',
    custodian: sample.custodian,
  })
  const record: InboxRecord = {
    type: 'inbox',
    timeMs: sampleTimeMs,
    key: keys[0] ?? filled(0),
    fromMs: sampleTimeMs,
    untilMs: sampleTimeMs + 7 * dayMs,
    custodians: [sample.custodian],
  }
  return {
    inbox: toHex(owner.name),
    devices: to.map(({ device, key }) => ({ device: toHex(device), key: toHex(key) })),
    card: toHex(encodeCard([record])),
    sender: { name: toHex(sample.sender.name), device: toHex(sample.senderDevice) },
    contentKey: toHex(filled(47)),
    ephemeral: [toHex(filled(48)), toHex(filled(49))],
    letter: toHex(encodeLetter(letter)),
    class: read.sizeClass,
    envelope: toHex(envelope),
    id: toHex(id),
    ticket: { bytes: toHex(encodeTicket(ticket)), untilMs: ticket.untilMs },
    puzzle: { day: puzzle.day, nonce },
    receipt: {
      bytes: toHex(encodeInboxReceipt(receipt)),
      custodian: toHex(sample.custodian),
      untilMs: receipt.untilMs,
    },
    messages: messages(sample, receipt).map((message) => ({
      type: message.type,
      bytes: toHex(encodeInboxMessage(7, message)),
    })),
    box: toHex(
      encodeBox({
        untilMs: sampleTimeMs + 60 * dayMs,
        quotaBytes: 16_777_216,
        displaced: 1,
        certificate: sample.certificate,
        revoked: [{ serial: ticket.serial, untilMs: ticket.untilMs }],
      }),
    ),
    shelf: toHex(
      encodeShelf([
        {
          id,
          bytes: envelope.length,
          atMs: sampleTimeMs,
          gone: false,
          devices: to.map(({ device }, index) => ({ device, acknowledged: index === 1 })),
          admission: { kind: 'ticket', serial: ticket.serial, untilMs: ticket.untilMs },
          witnesses: [receipt],
        },
        {
          id: filled(1),
          bytes: 1_187,
          atMs: sampleTimeMs,
          gone: true,
          devices: [],
          admission: { kind: 'puzzle', strength: 17, day: 19_675 },
          witnesses: [],
        },
      ]),
    ),
  }
}

type Receipt = Extract<InboxMessage, { type: 'receipt' }>['receipt']

function messages(sample: SampleInbox, receipt: Receipt): InboxMessage[] {
  const ticket = sample.ticket(1)
  const envelope = Uint8Array.of(1, 2, 3)
  return [
    { type: 'hello', inbox: sample.owner.name },
    { type: 'welcome', day: 19_675, bits: [16, 17, 18, 19, 20, 255] },
    { type: 'deliver', admission: { kind: 'ticket', ticket }, envelope },
    { type: 'deliver', admission: { kind: 'puzzle', day: 19_675, nonce: 5 }, envelope },
    { type: 'receipt', receipt },
    ...refusals.map((reason): InboxMessage => ({ type: 'refused', reason, bits: 0, retryS: 0 })),
    { type: 'register', untilMs: sampleTimeMs, quotaBytes: 16_777_216, certificate: sample.certificate },
    { type: 'registered', untilMs: sampleTimeMs, quotaBytes: 16_777_216 },
    { type: 'list', contacts: 512, strangers: 100 },
    {
      type: 'listed',
      more: 0,
      displaced: 1,
      envelopes: [
        { id: filled(1), bytes: 1_187, serial: ticket.serial, strength: undefined },
        { id: filled(2), bytes: 1_187, serial: undefined, strength: 17 },
      ],
    },
    { type: 'fetch', id: filled(1) },
    { type: 'fetched', envelope, witnesses: [receipt] },
    { type: 'acknowledge', ids: [filled(1), filled(2)] },
    { type: 'done' },
    { type: 'revoke', untilMs: sampleTimeMs, serials: [ticket.serial] },
    { type: 'witness', receipt },
    { type: 'arrived' },
  ]
}
