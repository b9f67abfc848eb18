// Whom this node may write to: what strangers send never takes the place of what contacts gave.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { SampleInbox } from '../../test/samples/inbox.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import type { OwnItem } from '../store/index.js'
import { Contacts } from './contacts.js'
import { maxHeldNames, maxHeldTickets } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const test = suite('node/inbox/contacts')

/** Contacts on a store that is a map. */
function opened(): { contacts: Contacts; disk: Map<string, Uint8Array>; store: (items: readonly OwnItem[]) => void } {
  const disk = new Map<string, Uint8Array>()
  const store = (items: readonly OwnItem[]): void => {
    for (const item of items) {
      if (item.type !== 'value') throw new Error(`a ${item.type}`)
      if (item.bytes.length === 0) disk.delete(item.key)
      else disk.set(item.key, item.bytes)
    }
  }
  const contacts = new Contacts({
    crypto,
    store: { commit: async (items) => store(items), values: () => [] },
    identity: { name: sample.owner.name, deviceSeed: filled(4) },
    randomBytes: (length) => new Uint8Array(length),
  })
  return { contacts, disk, store }
}

function nameOf(number: number): Uint8Array {
  const name = new Uint8Array(32)
  new DataView(name.buffer).setUint32(0, number)
  return name
}

test('tickets of more names than are held push out those of strangers, the oldest first, and no contact’s', async () => {
  const { contacts, disk, store } = opened()
  const ticket = sample.ticket(1)
  const send = (number: number): void => {
    const inbox = nameOf(number)
    store(contacts.receive(inbox, [{ ...ticket, inbox }]))
  }
  await contacts.grant(nameOf(0), sampleTimeMs)
  for (let number = 0; number < maxHeldNames; number++) send(number)
  assert.is(contacts.held, maxHeldNames)
  send(1)
  for (let number = 0; number < 10; number++) send(maxHeldNames + number)
  assert.is([...disk.keys()].filter((key) => key.startsWith('ticket/')).length, maxHeldNames)
  assert.ok(await contacts.takeTicket(nameOf(0), sampleTimeMs), 'a contact keeps its place')
  assert.ok(await contacts.takeTicket(nameOf(1), sampleTimeMs), 'and whoever has sent some since')
  assert.is(await contacts.takeTicket(nameOf(2), sampleTimeMs), undefined)
  assert.ok(await contacts.takeTicket(nameOf(maxHeldNames + 9), sampleTimeMs))
})

test('of one name the newest tickets are held, and only those for its own inbox', () => {
  const { contacts } = opened()
  const inbox = nameOf(7)
  const tickets = Array.from({ length: maxHeldTickets + 3 }, (_, serial) => ({ ...sample.ticket(serial), inbox }))
  contacts.receive(inbox, tickets)
  assert.is(contacts.held, maxHeldTickets)
  assert.equal(contacts.receive(nameOf(8), tickets), [])
})

test.run()
