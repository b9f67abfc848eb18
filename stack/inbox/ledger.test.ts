// All inboxes of a custodian together: who fills one of his own takes nothing from the others, and what is written down of
// all of them fits where it is written.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { filled, SampleName } from '../../test/samples/name.js'
import { encodeCertificate } from '../name/index.js'
import { Box, type Entry } from './box.js'
import { encodeBox, encodeShelf, recordBytes } from './entry.js'
import { Ledger } from './ledger.js'
import { MAX_BOX_ENTRIES, MAX_BOX_RECORD_BYTES, MAX_ENTRIES, MAX_RECIPIENTS, MAX_RECORD_BYTES } from './limits.js'
import { signInboxReceipt } from './receipt.js'

const crypto = await openTestCrypto()
const owner = new SampleName(crypto)
const certificate = owner.certificate({ devices: [owner.device] })
const test = suite('inbox/ledger')

let count = 0

function boxIn(ledger: Ledger): Box {
  count += 1
  const inbox = new Uint8Array(32)
  new DataView(inbox.buffer).setUint32(0, count)
  const init = { certificate, certificateBytes: encodeCertificate(certificate), untilMs: 1, quotaBytes: 1 << 30 }
  const box = new Box(inbox, init)
  ledger.putBox(box)
  return box
}

function entryIn(box: Box, recipients = 1): Entry {
  count += 1
  const [id, serial] = [new Uint8Array(32), new Uint8Array(16)]
  new DataView(id.buffer).setUint32(0, count)
  new DataView(serial.buffer).setUint32(0, count)
  const devices = Array.from({ length: recipients }, () => ({ device: owner.device, acknowledged: false }))
  const admission = { kind: 'ticket', serial, untilMs: 2 } as const
  const shelf = box.openShelf()
  return { id, bytes: 1_200, atMs: 1, gone: false, devices, admission, witnesses: [], box, shelf, pending: false }
}

/** So many more, as far as there is room. */
function fill(ledger: Ledger, box: Box, entries: number, collected: boolean, recipients = 1): number {
  for (let added = 0; added < entries; added++) {
    const entry = entryIn(box, recipients)
    if (!ledger.makeRoom(box, recordBytes(entry), 1)) return added
    ledger.add(entry, new Uint8Array(1))
    if (collected) ledger.retire(entry)
  }
  return entries
}

test('an inbox that is full of what is only remembered forgets the oldest of it', () => {
  const ledger = new Ledger(new Uint8Array(8), [])
  const box = boxIn(ledger)
  assert.is(fill(ledger, box, 1, false), 1)
  assert.is(fill(ledger, box, 2 * MAX_BOX_ENTRIES, true), 2 * MAX_BOX_ENTRIES)
  assert.is(box.size, MAX_BOX_ENTRIES)
  assert.is(box.list(owner.device, 9, 9).envelopes.length, 1, 'what waits stays')
})

test('who fills inboxes of his own with what is only remembered keeps nobody else out', () => {
  const ledger = new Ledger(new Uint8Array(8), [])
  const others = Array.from({ length: MAX_ENTRIES / MAX_BOX_ENTRIES }, () => boxIn(ledger))
  for (const box of others) assert.is(fill(ledger, box, MAX_BOX_ENTRIES, true), MAX_BOX_ENTRIES)
  const box = boxIn(ledger)
  assert.is(fill(ledger, box, 10, false), 10)
  assert.is(
    others.reduce((sum, { size }) => sum + size, 0),
    MAX_ENTRIES - 10,
  )
})

test('what waits to be collected is never let go of: then there is no room', () => {
  const ledger = new Ledger(new Uint8Array(8), [])
  const boxes = Array.from({ length: MAX_ENTRIES / MAX_BOX_ENTRIES }, () => boxIn(ledger))
  for (const box of boxes) assert.is(fill(ledger, box, MAX_BOX_ENTRIES + 1, false), MAX_BOX_ENTRIES)
  assert.is(fill(ledger, boxIn(ledger), 1, false), 0)
})

test('what is written down of one inbox, and of all, stays within its bytes', () => {
  const ledger = new Ledger(new Uint8Array(8), [])
  const perEntry = recordBytes(entryIn(boxIn(ledger), MAX_RECIPIENTS))
  const fitting = Math.floor(MAX_BOX_RECORD_BYTES / perEntry)
  const boxes = Array.from({ length: MAX_RECORD_BYTES / MAX_BOX_RECORD_BYTES }, () => boxIn(ledger))
  for (const box of boxes) assert.is(fill(ledger, box, fitting + 1, false, MAX_RECIPIENTS), fitting)
  const last = boxIn(ledger)
  const left = Math.floor((MAX_RECORD_BYTES - boxes.length * fitting * perEntry) / perEntry)
  assert.is(fill(ledger, last, left + 1, false, MAX_RECIPIENTS), left)
})

test('an entry is counted as long as it is written with all receipts, and a revoked ticket as well', () => {
  const box = boxIn(new Ledger(new Uint8Array(8), []))
  const entry = entryIn(box, 2)
  const seed = filled(43)
  const custodian = crypto.ed25519.publicKeyFromSeed(seed)
  const body = { envelope: entry.id, bytes: 1, untilMs: 1, kind: 'kept', custodian } as const
  const receipt = signInboxReceipt(crypto, seed, body)
  const witnesses = [receipt, receipt, receipt]
  assert.is(encodeShelf([{ ...entry, witnesses }]).length - encodeShelf([]).length, recordBytes(entry))
  const record = { untilMs: 1, quotaBytes: 1, displaced: 0, certificate: new Uint8Array(0), revoked: [] }
  const serial = new Uint8Array(16)
  const more = encodeBox({ ...record, revoked: [{ serial, untilMs: 1 }] }).length - encodeBox(record).length
  const before = box.recordBytes
  box.revoked.set('00'.repeat(16), 1)
  assert.is(box.recordBytes - before, more)
})

test.run()
