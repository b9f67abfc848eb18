// Contacts: whom this node has given tickets, which of them were spent, who is blocked; and the tickets that it was given
// itself. All of it is on disk before anything of it leaves.
//
//   value contact/ and the name in hex:  state u8 (0 allowed, 1 blocked) | n u8 × { serial 16 | untilMs u64 }: given, not spent
//   value ticket/ and the name in hex:   n u8 × TICKET

import { RunnelError } from '../../errors/index.js'
import { equal, fromHex, Reader, toHex, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  decodeTicket,
  encodeTicket,
  MAX_TICKETS,
  SERIAL_BYTES,
  signTicket,
  TICKET_LIFE_MS,
  type Ticket,
} from '../../stack/inbox/index.js'
import type { Identity } from '../identity/index.js'
import type { OwnItem, Store } from '../store/index.js'
import { maxContacts, maxGivenTickets, maxHeldNames, maxHeldTickets } from './limits.js'

const contactPrefix = 'contact/'
const ticketPrefix = 'ticket/'
const ticketBytes = 152

interface Given {
  readonly serial: Uint8Array
  readonly untilMs: number
}

interface Contact {
  blocked: boolean
  given: Given[]
}

export interface ContactsContext {
  readonly crypto: Crypto
  readonly store: Pick<Store, 'commit' | 'values'>
  readonly identity: Pick<Identity, 'name' | 'deviceSeed'>
  readonly randomBytes: (count: number) => Uint8Array
}

export class Contacts {
  readonly #context: ContactsContext
  readonly #contacts = new Map<string, Contact>()
  /** Whose a ticket is that was given and not spent, by its serial. */
  readonly #givenTo = new Map<string, string>()
  readonly #held = new Map<string, Ticket[]>()

  constructor(context: ContactsContext) {
    this.#context = context
    for (const { key, bytes } of context.store.values(contactPrefix)) {
      const contact = readContact(bytes)
      if (contact !== undefined) this.#set(key.slice(contactPrefix.length), contact)
    }
    for (const { key, bytes } of context.store.values(ticketPrefix)) {
      this.#held.set(key.slice(ticketPrefix.length), readTickets(bytes))
    }
  }

  /** Tickets that are held to write to others. */
  get held(): number {
    let count = 0
    for (const tickets of this.#held.values()) count += tickets.length
    return count
  }

  isBlocked(name: Uint8Array): boolean {
    return this.#contacts.get(toHex(name))?.blocked === true
  }

  /** New tickets for a contact, on disk; whoever was blocked is not any more. Throws TOO_MANY. */
  async grant(name: Uint8Array, nowMs: number): Promise<Ticket[]> {
    const { crypto, identity, randomBytes } = this.#context
    const key = toHex(name)
    if (!this.#contacts.has(key) && this.#contacts.size >= maxContacts) {
      throw new RunnelError('TOO_MANY', `a node has at most ${maxContacts} contacts`)
    }
    const untilMs = nowMs + TICKET_LIFE_MS
    const tickets = Array.from({ length: MAX_TICKETS }, () =>
      signTicket(crypto, identity.deviceSeed, { inbox: identity.name, serial: randomBytes(SERIAL_BYTES), untilMs }),
    )
    const known = this.#contacts.get(key)?.given.filter((one) => one.untilMs > nowMs) ?? []
    const given = [...known, ...tickets.map(({ serial }) => ({ serial, untilMs }))].slice(-maxGivenTickets)
    await this.#context.store.commit([this.#put(key, { blocked: false, given })])
    return tickets
  }

  /** Nothing of this name is shown any more. The serials that its tickets had, to be revoked. Throws TOO_MANY. */
  async block(name: Uint8Array): Promise<Uint8Array[]> {
    const key = toHex(name)
    if (!this.#contacts.has(key) && this.#contacts.size >= maxContacts) {
      throw new RunnelError('TOO_MANY', `a node has at most ${maxContacts} contacts`)
    }
    const serials = this.#contacts.get(key)?.given.map(({ serial }) => serial) ?? []
    await this.#context.store.commit([this.#put(key, { blocked: true, given: [] })])
    return serials
  }

  /** A ticket was used: whose it was, and what is to be stored of that; undefined when it was of nobody here. */
  spend(serial: Uint8Array): { readonly contact: Uint8Array; readonly items: OwnItem[] } | undefined {
    const key = this.#givenTo.get(toHex(serial))
    const contact = key === undefined ? undefined : this.#contacts.get(key)
    const name = key === undefined ? undefined : fromHex(key)
    if (key === undefined || contact === undefined || name === undefined) return undefined
    const given = contact.given.filter((one) => !equal(one.serial, serial))
    return { contact: name, items: [this.#put(key, { ...contact, given })] }
  }

  /** Whether half of the tickets that a contact was given last are gone. */
  isShort(name: Uint8Array): boolean {
    const contact = this.#contacts.get(toHex(name))
    return contact !== undefined && !contact.blocked && contact.given.length <= MAX_TICKETS / 2
  }

  /**
   * What is to be stored so that the tickets of a letter are held: those for its sender's inbox. Anybody may send some, so
   * when there are too many names those of one that was not allowed here go, the one that sent none for the longest.
   */
  receive(sender: Uint8Array, tickets: readonly Ticket[]): OwnItem[] {
    const key = toHex(sender)
    const fitting = tickets.filter(({ inbox }) => equal(inbox, sender))
    if (fitting.length === 0) return []
    const copies = fitting.flatMap((ticket) => {
      const copy = decodeTicket(encodeTicket(ticket))
      return typeof copy === 'string' ? [] : copy
    })
    const held = [...(this.#held.get(key) ?? []), ...copies].slice(-maxHeldTickets)
    // Behind all others: it is the one that sent some last.
    this.#held.delete(key)
    const gone = this.#held.size >= maxHeldNames ? this.#leastWanted() : undefined
    if (gone !== undefined) this.#held.delete(gone)
    this.#held.set(key, held)
    return [...(gone === undefined ? [] : [heldValue(gone, [])]), heldValue(key, held)]
  }

  /** Whose tickets go: used up ones first, then those of whoever is no contact, then the oldest. */
  #leastWanted(): string | undefined {
    let stranger: string | undefined
    for (const [key, tickets] of this.#held) {
      if (tickets.length === 0) return key
      if (stranger === undefined && !this.#contacts.has(key)) stranger = key
    }
    return stranger ?? this.#held.keys().next().value
  }

  /** A ticket for an inbox, which is held no more; undefined without one. */
  async takeTicket(name: Uint8Array, nowMs: number): Promise<Ticket | undefined> {
    const key = toHex(name)
    const held = (this.#held.get(key) ?? []).filter(({ untilMs }) => untilMs > nowMs)
    const ticket = held.shift()
    if (ticket === undefined) return undefined
    this.#held.set(key, held)
    await this.#context.store.commit([heldValue(key, held)])
    return ticket
  }

  /** In memory at once, so that what is decided meanwhile goes on from it; gives what is to be stored. */
  #put(key: string, contact: Contact): OwnItem {
    const writer = new Writer(64).u8(Number(contact.blocked)).u8(contact.given.length)
    for (const { serial, untilMs } of contact.given) writer.put(serial).u64(untilMs)
    this.#set(key, contact)
    return { type: 'value', key: contactPrefix + key, bytes: writer.bytes() }
  }

  #set(key: string, contact: Contact): void {
    for (const { serial } of this.#contacts.get(key)?.given ?? []) this.#givenTo.delete(toHex(serial))
    for (const { serial } of contact.given) this.#givenTo.set(toHex(serial), key)
    this.#contacts.set(key, contact)
  }
}

function heldValue(key: string, tickets: readonly Ticket[]): OwnItem {
  const writer = new Writer(tickets.length * ticketBytes)
  for (const ticket of tickets) writer.put(encodeTicket(ticket))
  return { type: 'value', key: ticketPrefix + key, bytes: writer.bytes() }
}

function readTickets(bytes: Uint8Array): Ticket[] {
  const reader = new Reader(bytes.slice())
  const tickets: Ticket[] = []
  while (reader.remaining >= ticketBytes) {
    const ticket = decodeTicket(reader.take(ticketBytes))
    if (typeof ticket !== 'string') tickets.push(ticket)
  }
  return tickets
}

function readContact(bytes: Uint8Array): Contact | undefined {
  const reader = new Reader(bytes.slice())
  const blocked = reader.u8() === 1
  const count = reader.u8()
  const given: Given[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    given.push({ serial: reader.take(SERIAL_BYTES), untilMs: reader.u64() })
  }
  return reader.end() === undefined ? { blocked, given } : undefined
}
