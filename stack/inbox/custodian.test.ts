// The custodian's machine: who is let in, what is kept, who may take it, and what of it survives a restart.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { inboxSeeds, SampleCustodian, SampleInbox } from '../../test/samples/inbox.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import { encodeCertificate, rungOf, signCertificate } from '../name/index.js'
import { CLOCK_MS, ENVELOPE_LIFE_MS, MAX_BOXES, MAX_REVOKED, PUZZLE_BITS, TICKET_LIFE_MS } from './limits.js'
import type { Admission, InboxMessage } from './message.js'
import { PuzzleSearch, puzzleBits } from './puzzle.js'
import { signInboxReceipt, verifyInboxReceipt } from './receipt.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const { owner } = sample
const dayMs = 86_400_000
const test = suite('inbox/custodian')

function opened(grantBytes?: number): SampleCustodian {
  const custodian = new SampleCustodian(sample, grantBytes)
  assert.is(custodian.register().type, 'registered')
  return custodian
}

function reasonOf(message: InboxMessage): string {
  return message.type === 'refused' ? message.reason : message.type
}

function listed(custodian: SampleCustodian, device = owner.device, contacts = 512, strangers = 512) {
  const answer = custodian.ask(device, { type: 'list', contacts, strangers })
  if (answer.type !== 'listed') throw new Error(reasonOf(answer))
  return answer
}

function byTicket(serial: number): Admission {
  return { kind: 'ticket', ticket: sample.ticket(serial) }
}

test('an envelope with a ticket is signed for, listed, and gone when its device has it', () => {
  const custodian = opened()
  const envelope = sample.envelope()
  const answer = custodian.deliver(envelope, byTicket(1))
  if (answer.type !== 'receipt') throw new Error(reasonOf(answer))
  const { receipt } = answer
  assert.ok(verifyInboxReceipt(crypto, receipt))
  assert.equal(
    [receipt.envelope, receipt.bytes, receipt.untilMs, receipt.kind, receipt.custodian],
    [crypto.hash(envelope), envelope.length, sampleTimeMs + ENVELOPE_LIFE_MS, 'kept', sample.custodian],
  )
  assert.equal(
    listed(custodian).envelopes.map(({ id, bytes }) => [id, bytes]),
    [[crypto.hash(envelope), envelope.length]],
  )
  assert.is(custodian.ask(owner.device, { type: 'acknowledge', ids: [crypto.hash(envelope)] }).type, 'done')
  assert.equal([listed(custodian).envelopes.length, custodian.envelopes.size], [0, 0])
})

// protocol.md §20.4 MUST: A RECEIPT MUST NOT be given before
test('a receipt waits until the envelope is on disk, and nobody is shown it before', () => {
  const custodian = opened()
  const envelope = sample.envelope()
  const deliver = { type: 'deliver', envelope, admission: byTicket(1) } as const
  assert.ok(custodian.handle(sample.senderDevice, deliver).afterCommit)
  assert.ok(custodian.handle(sample.senderDevice, deliver).afterCommit, 'and so for who says it twice')
  const list = custodian.machine.handleMessage(sampleTimeMs, owner.device, { type: 'list', contacts: 1, strangers: 1 })
  assert.is(list?.message.type === 'listed' && list.message.envelopes.length, 0)
  custodian.commit()
  assert.not(custodian.handle(sample.senderDevice, deliver).afterCommit)
  assert.is(listed(custodian).envelopes.length, 1)
  assert.equal(custodian.machine.takeArrived(), [owner.name])
})

test('what could not be stored is not there, and its ticket is not spent', () => {
  const custodian = opened()
  const deliver = { type: 'deliver', envelope: sample.envelope(), admission: byTicket(1) } as const
  custodian.handle(sample.senderDevice, deliver)
  custodian.machine.takeChanges()
  custodian.machine.handleFailed()
  assert.is(listed(custodian).envelopes.length, 0)
  assert.is(custodian.deliver(deliver.envelope, deliver.admission).type, 'receipt')
})

test('a device that somebody else lists collects its own letters, and nobody else can stand in its way', () => {
  const custodian = new SampleCustodian(sample)
  const [rung] = inboxSeeds.senderRungs
  const devices = [sample.senderDevice, owner.device, owner.secondDevice]
  const stranger = encodeCertificate(sample.sender.certificate({ devices }, rung))
  const untilMs = sampleTimeMs + dayMs
  const register = { type: 'register', untilMs, quotaBytes: 1 << 20, certificate: stranger } as const
  assert.is(custodian.ask(sample.senderDevice, register).type, 'registered')
  assert.is(custodian.register().type, 'registered')
  const envelope = sample.envelope(sample.letter(), 2)
  custodian.deliver(envelope, byTicket(1))
  const ids = [crypto.hash(envelope)]
  assert.equal(
    listed(custodian).envelopes.map(({ id }) => id),
    ids,
  )
  custodian.ask(owner.device, { type: 'acknowledge', ids })
  assert.is(listed(custodian).envelopes.length, 0)
  const list = { type: 'list', contacts: 1, strangers: 1 } as const
  assert.is(reasonOf(custodian.ask(owner.secondDevice, list)), 'NotOwner', 'until it has registered its own')
  custodian.register(1 << 20, owner.secondDevice)
  assert.is(listed(custodian, owner.secondDevice).envelopes.length, 1)
  assert.equal(custodian.machine.inboxOf(sample.senderDevice), sample.sender.name)
})

test('it stays for the second device until that one has it too', () => {
  const custodian = opened()
  const envelope = sample.envelope(sample.letter(), 2)
  const ids = [crypto.hash(envelope)]
  custodian.deliver(envelope, byTicket(1))
  custodian.ask(owner.device, { type: 'acknowledge', ids })
  assert.equal([listed(custodian).envelopes.length, listed(custodian, owner.secondDevice).envelopes.length], [0, 1])
  custodian.ask(owner.secondDevice, { type: 'acknowledge', ids })
  assert.is(custodian.envelopes.size, 0)
})

test('everything that was signed for is there after a restart, and so is what was spent, revoked and acknowledged', () => {
  const custodian = opened()
  const [first, second] = [sample.envelope(sample.letter(), 2), sample.envelope()]
  custodian.deliver(first, byTicket(1))
  custodian.deliver(second, sample.puzzle(second))
  custodian.ask(owner.device, { type: 'acknowledge', ids: [crypto.hash(first)] })
  custodian.ask(owner.device, { type: 'revoke', untilMs: sampleTimeMs + dayMs, serials: [sample.ticket(2).serial] })
  custodian.restart()
  assert.equal(
    listed(custodian).envelopes.map(({ id }) => id),
    [crypto.hash(second)],
  )
  assert.equal(
    listed(custodian, owner.secondDevice).envelopes.map(({ id }) => id),
    [crypto.hash(first)],
  )
  assert.is(reasonOf(custodian.deliver(sample.envelope(), byTicket(1))), 'Spent')
  assert.is(reasonOf(custodian.deliver(sample.envelope(), byTicket(2))), 'Spent')
  assert.is(custodian.deliver(sample.envelope(), byTicket(3)).type, 'receipt')
})

test('what is damaged on disk is left out, and the rest is served', () => {
  const custodian = opened()
  custodian.deliver(sample.envelope(), byTicket(1))
  for (const key of ['inbox/box/zz', 'inbox/shelf/zz/0', 'inbox/else', 'inbox/'])
    custodian.disk.set(key, Uint8Array.of(1))
  custodian.disk.set(`inbox/box/${'00'.repeat(32)}`, Uint8Array.of(9))
  custodian.restart()
  assert.equal([custodian.machine.boxes.length, listed(custodian).envelopes.length], [1, 1])
})

// protocol.md §20.4 MUST: A custodian that is sent an envelope again
test('who asks again for an envelope that is there, or was collected, gets the receipt again', () => {
  const custodian = opened()
  const envelope = sample.envelope()
  const once = custodian.deliver(envelope, byTicket(1))
  assert.equal(custodian.deliver(envelope, byTicket(1)), once)
  custodian.ask(owner.device, { type: 'acknowledge', ids: [crypto.hash(envelope)] })
  assert.equal(custodian.deliver(envelope, byTicket(1)), once)
  assert.is(listed(custodian).envelopes.length, 0)
})

// protocol.md §20.3 MUST: A ticket MUST be refused
test('a ticket is refused that was spent, revoked, is of another inbox or device, too old or too long, or not signed', () => {
  const custodian = opened()
  const refused = (change: Partial<ReturnType<typeof sample.ticket>>, ticket = sample.ticket(9)) =>
    reasonOf(custodian.deliver(sample.envelope(), { kind: 'ticket', ticket: { ...ticket, ...change } }))
  custodian.deliver(sample.envelope(), byTicket(1))
  assert.is(refused({}, sample.ticket(1)), 'Spent')
  assert.is(refused({}, sample.ticket(9, { inbox: sample.sender.name })), 'BadTicket')
  assert.is(refused({}, sample.ticket(9, {}, inboxSeeds.sender)), 'BadTicket')
  assert.is(refused({}, sample.ticket(9, { untilMs: sampleTimeMs - CLOCK_MS })), 'BadTicket')
  assert.is(refused({}, sample.ticket(9, { untilMs: sampleTimeMs + TICKET_LIFE_MS + CLOCK_MS + 1 })), 'BadTicket')
  assert.is(refused({ untilMs: sampleTimeMs + 5 }), 'BadTicket')
  assert.is(
    refused({}, sample.ticket(9, { untilMs: sampleTimeMs - CLOCK_MS + 1 })),
    'receipt',
    'a day off is no reason',
  )
  assert.equal([custodian.machine.counters.get('Spent'), custodian.machine.counters.get('BadTicket')], [1, 5])
})

// protocol.md §20.3 MUST: A puzzle MUST be of today
test('a puzzle is refused that is too easy, of another day, or was solved for another envelope', () => {
  const custodian = opened()
  const envelope = sample.envelope()
  const solved = sample.puzzle(envelope)
  const other = sample.envelope()
  assert.is(reasonOf(custodian.deliver(other, solved)), 'Easy')
  assert.is(reasonOf(custodian.deliver(envelope, { ...solved, day: 0 } as Admission)), 'Day')
  custodian.nowMs += 2 * dayMs
  assert.is(reasonOf(custodian.deliver(envelope, solved)), 'Day')
  custodian.nowMs -= dayMs
  assert.is(custodian.deliver(envelope, solved).type, 'receipt', 'yesterday is good enough')
})

test('by a clock that is a day ahead a puzzle of the day that the custodian names is right', () => {
  const custodian = opened()
  custodian.nowMs += dayMs
  const welcome = custodian.ask(sample.senderDevice, { type: 'hello', inbox: owner.name })
  const envelope = sample.envelope()
  assert.equal(welcome.type === 'welcome' && [welcome.day, welcome.bits[0]], [19_676, PUZZLE_BITS])
  assert.is(custodian.deliver(envelope, sample.puzzle(envelope, PUZZLE_BITS, custodian.nowMs)).type, 'receipt')
})

test('an inbox that nobody registered takes nothing, and neither does one whose time is over', () => {
  const custodian = opened()
  const elsewhere = sample.envelope(sample.letter(), 1, sample.sender.name)
  assert.is(reasonOf(custodian.deliver(elsewhere, byTicket(1))), 'NoInbox')
  assert.is(reasonOf(custodian.ask(sample.senderDevice, { type: 'hello', inbox: sample.sender.name })), 'NoInbox')
  custodian.nowMs += 61 * dayMs
  assert.is(reasonOf(custodian.deliver(sample.envelope(), byTicket(1))), 'NoInbox')
})

test('what is no envelope, or is for none of the owner’s devices, is refused', () => {
  const custodian = opened()
  assert.is(reasonOf(custodian.deliver(Uint8Array.of(1, 2), byTicket(1))), 'BadEnvelope')
  const struck = encodeCertificate(owner.certificate({ devices: [owner.secondDevice], serial: 4_000_000_000 }))
  const register = {
    type: 'register',
    untilMs: sampleTimeMs + dayMs,
    quotaBytes: 1 << 20,
    certificate: struck,
  } as const
  assert.is(custodian.ask(owner.secondDevice, register).type, 'registered')
  assert.is(reasonOf(custodian.deliver(sample.envelope(), byTicket(1))), 'BadEnvelope')
})

test('only a device that the highest known certificate lists registers, lists, acknowledges and revokes', () => {
  const custodian = opened()
  const { senderDevice } = sample
  assert.is(reasonOf(custodian.register(1, senderDevice)), 'NotOwner')
  for (const message of [
    { type: 'list', contacts: 1, strangers: 1 },
    { type: 'acknowledge', ids: [] },
    { type: 'revoke', untilMs: 1, serials: [] },
  ] as const)
    assert.is(reasonOf(custodian.ask(senderDevice, message)), 'NotOwner', message.type)
  const struck = encodeCertificate(owner.certificate({ devices: [owner.secondDevice], serial: 4_000_000_000 }))
  custodian.ask(owner.secondDevice, { type: 'register', untilMs: 1, quotaBytes: 1, certificate: struck })
  assert.is(reasonOf(custodian.register()), 'NotOwner', 'an older certificate brings a struck device nothing')
  assert.is(reasonOf(custodian.ask(owner.device, { type: 'list', contacts: 1, strangers: 1 })), 'NotOwner')
  const forged = sample.certificate.slice()
  forged[forged.length - 1]! ^= 1
  const register = { type: 'register', untilMs: 1, quotaBytes: 1, certificate: forged } as const
  assert.is(reasonOf(new SampleCustodian(sample).ask(owner.device, register)), 'NotOwner')
})

test('an operator who keeps no inboxes says so, and 1,024 are kept, not one more', () => {
  const refusing = new SampleCustodian(sample, 0)
  assert.is(reasonOf(refusing.register(5)), 'Policy')
  const custodian = new SampleCustodian(sample)
  const register = (index: number): string => {
    const seed = new Uint8Array(32)
    new DataView(seed.buffer).setUint32(0, index + 1)
    const ladder = [rungOf(crypto, crypto.ed25519.publicKeyFromSeed(seed))]
    const body = { ladder, k: 0, serial: 1, timeMs: 1, devices: [owner.device], closings: undefined }
    const certificate = encodeCertificate(signCertificate(crypto, seed, body))
    return reasonOf(
      custodian.ask(owner.device, { type: 'register', untilMs: sampleTimeMs + dayMs, quotaBytes: 1, certificate }),
    )
  }
  for (let index = 0; index < MAX_BOXES; index++) assert.is(register(index), 'registered')
  assert.is(register(MAX_BOXES), 'Full')
  assert.is(register(0), 'registered', 'who has one may renew it')
})

test('strangers have a quarter, pay more as it fills, and never take what is a contact’s', () => {
  const custodian = opened(16_384)
  const welcome = () => {
    const answer = custodian.ask(sample.senderDevice, { type: 'hello', inbox: owner.name })
    return answer.type === 'welcome' ? answer.bits : []
  }
  assert.equal(welcome(), [16, 17, 255, 255, 255, 255], 'what does not fit a quarter of 16 KiB is not asked for')
  const contact = sample.envelope()
  custodian.deliver(contact, byTicket(1))
  assert.is(welcome()[0], PUZZLE_BITS, 'what contacts have makes nobody pay')
  const first = sample.envelope()
  custodian.deliver(first, sample.puzzle(first))
  assert.ok((welcome()[0] ?? 0) > PUZZLE_BITS)
  const again = sample.envelope()
  const answer = custodian.deliver(again, easy(again))
  assert.equal([reasonOf(answer), answer.type === 'refused' && answer.bits], ['Easy', welcome()[0]])
  assert.is(listed(custodian).envelopes[0]?.serial !== undefined, true)
})

/** A nonce that is good for 16 bits and for no more. */
function easy(envelope: Uint8Array): Admission {
  const admission = sample.puzzle(envelope)
  const puzzle = { inbox: owner.name, day: 0, sizeClass: 0, envelope: crypto.hash(envelope) }
  if (admission.kind !== 'puzzle') return admission
  puzzle.day = admission.day
  const search = new PuzzleSearch(crypto, puzzle, PUZZLE_BITS, admission.nonce)
  for (;;) {
    const nonce = search.step(1_000_000)
    if (nonce !== undefined && puzzleBits(crypto, puzzle, nonce) === PUZZLE_BITS) return { ...admission, nonce }
  }
}

test('a full inbox takes a contact’s in the place of the easiest stranger’s, and refuses when only contacts are left', () => {
  const custodian = opened(6_200)
  const stranger = sample.envelope()
  assert.is(custodian.deliver(stranger, sample.puzzle(stranger)).type, 'receipt')
  for (const serial of [1, 2, 3, 4]) assert.is(custodian.deliver(sample.envelope(), byTicket(serial)).type, 'receipt')
  assert.equal([listed(custodian).displaced, listed(custodian).envelopes.length], [1, 4])
  assert.is(reasonOf(custodian.deliver(sample.envelope(), byTicket(5))), 'Full')
  assert.is(
    reasonOf(custodian.deliver(stranger, sample.puzzle(stranger))),
    'Full',
    'what had to go has no receipt any more',
  )
})

test('a list has the contacts in their order, the strangers by what they paid, and no more than was asked for', () => {
  const custodian = opened()
  const [weak, strong] = [sample.envelope(), sample.envelope()]
  custodian.deliver(weak, easy(weak))
  custodian.deliver(strong, sample.puzzle(strong, 18))
  const contacts = [sample.envelope(), sample.envelope(), sample.envelope()]
  for (const [index, envelope] of contacts.entries()) custodian.deliver(envelope, byTicket(index))
  assert.equal(
    listed(custodian).envelopes.map(({ id }) => id),
    [...contacts, strong, weak].map((envelope) => crypto.hash(envelope)),
  )
  const { envelopes, more } = listed(custodian, owner.device, 2, 1)
  assert.equal([envelopes.length, more, envelopes[2]?.id], [3, 1, crypto.hash(strong)])
})

test('what nobody comes for goes a day after its time, its ticket is remembered, and a deserted inbox is cleared', () => {
  const custodian = opened()
  const ticket = sample.ticket(1, { untilMs: sampleTimeMs + TICKET_LIFE_MS })
  custodian.deliver(sample.envelope(), { kind: 'ticket', ticket })
  const later = (ms: number): number => {
    custodian.machine.handleTimeout(sampleTimeMs + ms)
    custodian.commit()
    return custodian.envelopes.size
  }
  assert.is(later(ENVELOPE_LIFE_MS), 1)
  assert.is(later(ENVELOPE_LIFE_MS + CLOCK_MS), 0)
  assert.is(custodian.machine.counters.get('expired'), 1)
  custodian.restart()
  custodian.register()
  assert.is(reasonOf(custodian.deliver(sample.envelope(), { kind: 'ticket', ticket })), 'Spent')
  later(TICKET_LIFE_MS + ENVELOPE_LIFE_MS + CLOCK_MS)
  assert.equal([custodian.disk.size, custodian.machine.boxes.length], [0, 0])
})

test('4,096 tickets can be revoked, not one more, until their time is over', () => {
  const custodian = opened()
  const serials = Array.from(
    { length: MAX_REVOKED + 1 },
    (_, index) => new Uint8Array(new Uint32Array([index, 0, 0, 0]).buffer),
  )
  const revoke = (some: Uint8Array[]) =>
    reasonOf(custodian.ask(owner.device, { type: 'revoke', untilMs: sampleTimeMs + dayMs, serials: some }))
  for (let from = 0; from < MAX_REVOKED; from += 1_024) assert.is(revoke(serials.slice(from, from + 1_024)), 'done')
  assert.is(revoke(serials.slice(MAX_REVOKED)), 'Full')
  custodian.machine.handleTimeout(sampleTimeMs + dayMs + CLOCK_MS)
  assert.is(revoke(serials.slice(MAX_REVOKED)), 'done')
})

test('receipts of other custodians come with the envelope, and forged ones do not', () => {
  const custodian = opened()
  const envelope = sample.envelope()
  custodian.deliver(envelope, byTicket(1))
  const other = { envelope: crypto.hash(envelope), bytes: 1, untilMs: 5, kind: 'kept', custodian: owner.log } as const
  const receipt = signInboxReceipt(crypto, filled(5), other)
  const { senderDevice } = sample
  const forged = { ...receipt, bytes: 2 }
  assert.is(reasonOf(custodian.ask(senderDevice, { type: 'witness', receipt: forged })), 'BadEnvelope')
  assert.is(custodian.ask(senderDevice, { type: 'witness', receipt }).type, 'done')
  custodian.ask(senderDevice, { type: 'witness', receipt })
  custodian.restart()
  assert.equal(
    custodian.machine.witnessesOf(owner.device, receipt.envelope)?.map(({ custodian }) => custodian),
    [owner.log],
  )
  assert.is(custodian.machine.witnessesOf(senderDevice, receipt.envelope), undefined)
})

test.run()
