// The custodian's machine: takes in what is admitted, tells an owner what waits, and lets go of what was collected. It
// writes nothing: what has changed is asked for by `takeChanges`, and an answer that promises something is given out only
// when that is on disk. What costs least to refuse is refused first, and a signature is checked last.

import { equal, toHex } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { deviceIndex } from '../name/index.js'
import { admitted, cheaplyRefused, claimOf } from './admit.js'
import { Box, type Entry } from './box.js'
import { REVOKED_BYTES, recordBytes } from './entry.js'
import { decodeEnvelope } from './envelope.js'
import { type Changes, Ledger, type StoredValue } from './ledger.js'
import {
  CLOCK_MS,
  ENVELOPE_LIFE_MS,
  MAX_LISTED,
  MAX_REVOKED,
  MAX_WITNESSES,
  REGISTRATION_LIFE_MS,
  TICKET_LIFE_MS,
} from './limits.js'
import { type Admission, type InboxMessage, type Refusal, refusals } from './message.js'
import { dayOf } from './puzzle.js'
import { type InboxReceipt, signInboxReceipt, verifyInboxReceipt } from './receipt.js'
import { verifyTicket } from './ticket.js'

/** Who may have an inbox here. */
export interface InboxPolicy {
  /** Bytes that an inbox of this name may take of those that it wants; 0 refuses. `takenBytes`: what all others have. */
  grant(name: Uint8Array, device: Uint8Array, wantedBytes: number, takenBytes: number): number
}

export interface CustodianOptions {
  readonly crypto: Crypto
  readonly device: Uint8Array
  readonly deviceSeed: Uint8Array
  readonly policy: InboxPolicy
  /** 8 random bytes that no peer knows. */
  readonly seed: Uint8Array
}

/** An answer, and whether what it says has yet to be stored. */
export interface Reply {
  readonly message: InboxMessage
  readonly afterCommit: boolean
}

/** What is counted: what became of envelopes, and refusals by reason. */
export const custodianCounters = [
  ...(['delivered', 'collected', 'displaced', 'expired', 'registered'] as const),
  ...refusals,
] as const
export type CustodianCounter = (typeof custodianCounters)[number]

export class InboxCustodian {
  readonly counters = new Map<CustodianCounter, number>()
  readonly #options: CustodianOptions
  readonly #ledger: Ledger

  /** `stored`: the values under `custodianPrefix` as an earlier process left them. */
  constructor(options: CustodianOptions, stored: readonly StoredValue[] = []) {
    this.#options = options
    this.#ledger = new Ledger(options.seed, stored)
  }

  /** Inboxes that are kept here now. */
  get boxes(): readonly Box[] {
    return this.#ledger.boxes
  }

  /** Answers one message of a device; undefined for one that no custodian is sent, which ends the conversation. */
  handleMessage(nowMs: number, device: Uint8Array, message: InboxMessage): Reply | undefined {
    switch (message.type) {
      case 'hello': {
        const box = this.#ledger.box(message.inbox)
        if (box === undefined) return this.#refuse('NoInbox')
        return at({ type: 'welcome', day: dayOf(nowMs), bits: box.welcome() })
      }
      case 'deliver':
        return this.#deliver(nowMs, message.envelope, message.admission)
      case 'register':
        return this.#register(nowMs, device, message)
      case 'witness':
        return this.#witness(message.receipt)
      case 'list':
      case 'acknowledge':
      case 'revoke': {
        const box = this.#ledger.boxOfDevice(device)
        return box === undefined ? this.#refuse('NotOwner') : this.#serve(nowMs, box, device, message)
      }
      default:
        return undefined
    }
  }

  /** What is asked for by its owner: the receipts that came with it; undefined when it is not (or no more) for this device. */
  witnessesOf(device: Uint8Array, id: Uint8Array): readonly InboxReceipt[] | undefined {
    const entry = this.#ledger.entry(id)
    if (entry === undefined || entry.gone || entry.pending) return undefined
    return entry.devices.some((one) => equal(one.device, device)) ? entry.witnesses : undefined
  }

  /** The name whose inbox a device collects; undefined when it is of no name that has one here. */
  inboxOf(device: Uint8Array): Uint8Array | undefined {
    return this.#ledger.boxOfDevice(device)?.inbox
  }

  /** What has changed since the last time; undefined when nothing did. Then `handleCommitted` or `handleFailed`. */
  takeChanges(): Changes | undefined {
    return this.#ledger.takeChanges()
  }

  /** All that was taken is on disk. */
  handleCommitted(): void {
    this.#ledger.handleCommitted()
  }

  /** Nothing of it is: the envelopes are not here. */
  handleFailed(): void {
    this.#ledger.handleFailed()
  }

  /** Inboxes to which something has come since this was last asked. */
  takeArrived(): Uint8Array[] {
    return this.#ledger.takeArrived()
  }

  /** Lets go of what is over. To be called about once an hour. */
  handleTimeout(nowMs: number): void {
    for (const box of this.boxes) {
      if (nowMs >= box.untilMs + ENVELOPE_LIFE_MS + CLOCK_MS) {
        this.#ledger.removeBox(box)
        continue
      }
      for (const entry of [...box.over(nowMs)]) {
        if (!entry.gone) this.#count('expired')
        const { admission } = entry
        if (!entry.gone && admission.kind === 'ticket' && admission.untilMs + CLOCK_MS > nowMs)
          this.#ledger.retire(entry)
        else this.#ledger.remove(entry)
      }
      const before = box.revoked.size
      for (const [serial, untilMs] of box.revoked) if (nowMs >= untilMs + CLOCK_MS) box.revoked.delete(serial)
      if (box.revoked.size !== before) this.#ledger.putBox(box)
    }
  }

  #deliver(nowMs: number, bytes: Uint8Array, admission: Admission): Reply {
    const envelope = decodeEnvelope(bytes)
    if (typeof envelope === 'string') return this.#refuse('BadEnvelope')
    const box = this.#ledger.box(envelope.inbox)
    if (box === undefined || nowMs >= box.untilMs) return this.#refuse('NoInbox')
    const { crypto } = this.#options
    const id = crypto.hash(bytes)
    const known = this.#ledger.entry(id)
    if (known !== undefined) return this.#receipt(known)
    const { certificate } = box
    if (!envelope.recipients.some(({ device }) => deviceIndex(certificate, device) >= 0)) {
      return this.#refuse('BadEnvelope')
    }
    const refused = cheaplyRefused(nowMs, box, envelope, admission)
    if (refused !== undefined) return this.#refuse(refused)
    const entering = admitted(crypto, box, envelope, id, bytes.length, admission)
    if (typeof entering === 'string') return this.#refuse(entering, box.bitsFor(envelope.sizeClass, bytes.length))
    const strength = entering.kind === 'puzzle' ? entering.strength : undefined
    const leaving = box.roomFor(bytes.length, strength)
    if (leaving === undefined) return this.#refuse('Full', box.bitsFor(envelope.sizeClass, bytes.length))
    if (admission.kind === 'ticket' && !verifyTicket(crypto, admission.ticket)) {
      return this.#refuse('BadTicket')
    }
    const devices = envelope.recipients.map(({ device }) => ({ device: device.slice(), acknowledged: false }))
    const freed = leaving.reduce((sum, entry) => sum + recordBytes(entry), 0)
    if (!this.#ledger.makeRoom(box, recordBytes({ devices }) - freed, 1 - leaving.length)) return this.#refuse('Full')
    for (const entry of leaving) this.#displace(entry)
    const entry: Entry = {
      id,
      bytes: bytes.length,
      atMs: nowMs,
      gone: false,
      devices,
      admission: entering,
      witnesses: [],
      box,
      shelf: box.openShelf(),
      pending: true,
    }
    this.#ledger.add(entry, bytes)
    this.#count('delivered')
    return this.#receipt(entry)
  }

  #register(nowMs: number, device: Uint8Array, message: Extract<InboxMessage, { type: 'register' }>): Reply {
    const { crypto, policy } = this.#options
    const claim = claimOf(crypto, device, message.certificate, (name) => this.#ledger.box(name))
    if (claim === undefined) return this.#refuse('NotOwner')
    const { name, known } = claim
    const others = this.#promisedBytes() - (known?.quotaBytes ?? 0)
    const quotaBytes = policy.grant(name, device, message.quotaBytes, others)
    if (quotaBytes <= 0) return this.#refuse('Policy')
    if (known === undefined && this.#ledger.boxesFull) return this.#refuse('Full')
    const untilMs = Math.max(known?.untilMs ?? 0, Math.min(message.untilMs, nowMs + REGISTRATION_LIFE_MS))
    const box = known ?? new Box(name, { ...claim, untilMs, quotaBytes })
    box.certificate = claim.certificate
    box.certificateBytes = claim.certificateBytes
    box.untilMs = untilMs
    box.quotaBytes = quotaBytes
    this.#ledger.putBox(box)
    this.#ledger.setRegistered(device, box)
    this.#count('registered')
    return { message: { type: 'registered', untilMs, quotaBytes }, afterCommit: true }
  }

  #serve(
    nowMs: number,
    box: Box,
    device: Uint8Array,
    message: Extract<InboxMessage, { type: 'list' | 'acknowledge' | 'revoke' }>,
  ): Reply {
    switch (message.type) {
      case 'list': {
        const { envelopes, more } = box.list(
          device,
          Math.min(message.contacts, MAX_LISTED / 2),
          Math.min(message.strangers, MAX_LISTED / 2),
        )
        return at({ type: 'listed', more, displaced: box.displaced, envelopes })
      }
      case 'acknowledge':
        for (const id of message.ids) this.#acknowledge(box, device, id)
        return { message: { type: 'done' }, afterCommit: true }
      case 'revoke': {
        const more = message.serials.length * REVOKED_BYTES
        if (box.revoked.size + message.serials.length > MAX_REVOKED) return this.#refuse('Full')
        if (!this.#ledger.makeRoom(box, more, 0)) return this.#refuse('Full')
        const untilMs = Math.min(message.untilMs, nowMs + TICKET_LIFE_MS)
        for (const serial of message.serials) {
          const text = toHex(serial)
          if (!box.spent.has(text)) box.revoked.set(text, untilMs)
        }
        this.#ledger.putBox(box)
        return { message: { type: 'done' }, afterCommit: true }
      }
    }
  }

  #acknowledge(box: Box, device: Uint8Array, id: Uint8Array): void {
    const entry = this.#ledger.entry(id)
    const recipient = entry?.devices.find((one) => equal(one.device, device))
    if (entry === undefined || recipient === undefined || entry.box !== box || entry.gone) return
    recipient.acknowledged = true
    this.#ledger.touch(entry)
    if (!box.isCollected(entry)) return
    this.#ledger.retire(entry)
    this.#count('collected')
  }

  /** Another custodian's receipt is kept with the envelope: its owner can see whether that one has kept its word. */
  #witness(receipt: InboxReceipt): Reply {
    const entry = this.#ledger.entry(receipt.envelope)
    const isNew = !entry?.witnesses.some(({ custodian }) => equal(custodian, receipt.custodian))
    if (entry !== undefined && !entry.gone && isNew && entry.witnesses.length < MAX_WITNESSES) {
      if (!verifyInboxReceipt(this.#options.crypto, receipt)) return this.#refuse('BadEnvelope')
      entry.witnesses.push(copyOf(receipt))
      this.#ledger.touch(entry)
    }
    return at({ type: 'done' })
  }

  #receipt({ id, bytes, atMs, admission, pending }: Entry): Reply {
    const { crypto, device, deviceSeed } = this.#options
    const kind = admission.kind === 'ticket' ? 'kept' : 'displaceable'
    const untilMs = atMs + ENVELOPE_LIFE_MS
    const receipt = signInboxReceipt(crypto, deviceSeed, { envelope: id, bytes, untilMs, kind, custodian: device })
    return { message: { type: 'receipt', receipt }, afterCommit: pending }
  }

  /** Nothing of it is remembered: coming again, it has to pay what is asked then. */
  #displace(entry: Entry): void {
    entry.box.displaced++
    this.#ledger.putBox(entry.box)
    this.#count('displaced')
    this.#ledger.remove(entry)
  }

  #promisedBytes(): number {
    return this.boxes.reduce((sum, { quotaBytes }) => sum + quotaBytes, 0)
  }

  #refuse(reason: Refusal, bits = 0): Reply {
    this.#count(reason)
    return at({ type: 'refused', reason, bits, retryS: reason === 'Busy' || reason === 'Full' ? 600 : 0 })
  }

  #count(what: CustodianCounter): void {
    this.counters.set(what, (this.counters.get(what) ?? 0) + 1)
  }
}

function at(message: InboxMessage): Reply {
  return { message, afterCommit: false }
}

/** What came from the network is views of a message that goes. */
function copyOf(receipt: InboxReceipt): InboxReceipt {
  const { envelope, custodian, signature } = receipt
  return { ...receipt, envelope: envelope.slice(), custodian: custodian.slice(), signature: signature.slice() }
}
