// An owner with an inbox, a sender and a custodian, from fixed seeds: what tests of inboxes, of whatever carries them, and
// the vectors of the protocol have in common.

import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Admission,
  dayOf,
  InboxCustodian,
  type InboxMessage,
  type LetterBody,
  PuzzleSearch,
  type Reply,
  type StoredValue,
  sealEnvelope,
  signTicket,
  type Ticket,
} from '../../stack/inbox/index.js'
import { encodeCertificate } from '../../stack/name/index.js'
import { filled, SampleName, sampleTimeMs } from './name.js'

export const inboxSeeds = {
  /** Of the owner's inbox keys, one a device. */
  keys: [filled(41), filled(42)] as const,
  custodian: filled(43),
  senderRungs: [filled(44), filled(45)] as const,
  sender: filled(46),
}

/** An owner of two devices, as `SampleName`, and somebody who writes to it. */
export class SampleInbox {
  readonly crypto: Crypto
  readonly owner: SampleName
  readonly sender: SampleName
  readonly senderDevice: Uint8Array
  readonly custodian: Uint8Array
  readonly certificate: Uint8Array
  #count = 0

  constructor(crypto: Crypto) {
    this.crypto = crypto
    this.owner = new SampleName(crypto)
    this.sender = new SampleName(crypto, inboxSeeds.senderRungs)
    this.senderDevice = crypto.ed25519.publicKeyFromSeed(inboxSeeds.sender)
    this.custodian = crypto.ed25519.publicKeyFromSeed(inboxSeeds.custodian)
    this.certificate = encodeCertificate(
      this.owner.certificate({ devices: [this.owner.device, this.owner.secondDevice] }),
    )
  }

  /** The sender's certificate; `devices` are those that it lists. */
  senderCertificate(devices = [this.senderDevice]) {
    return this.sender.certificate({ devices }, inboxSeeds.senderRungs[0])
  }

  letter(change: Partial<LetterBody> = {}): LetterBody {
    return {
      sender: this.sender.name,
      certificate: encodeCertificate(this.senderCertificate()),
      device: this.senderDevice,
      timeMs: sampleTimeMs,
      id: new Uint8Array(16).fill(7),
      kind: 'message',
      subject: 'greeting',
      body: new TextEncoder().encode('hello'),
      attachments: [],
      tickets: [],
      ...change,
    }
  }

  /** An envelope for the first `devices` of the owner; each is another one. */
  envelope(body: LetterBody = this.letter(), devices = 1, inbox = this.owner.name): Uint8Array {
    this.#count += 1
    const to = [this.owner.device, this.owner.secondDevice].slice(0, devices).map((device, index) => ({
      device,
      key: this.crypto.x25519.publicFromPrivate(inboxSeeds.keys[index] ?? filled(0)),
    }))
    const random = new Uint8Array(32 * (devices + 1)).map(
      (_, at) => (at * 31 + this.#count * 7 + (this.#count >> 8)) & 255,
    )
    const envelope = sealEnvelope(this.crypto, { inbox, to, body, deviceSeed: inboxSeeds.sender, random })
    if (typeof envelope === 'string') throw new Error(`a sample that is ${envelope}`)
    return envelope
  }

  ticket(serial: number, change: Partial<Pick<Ticket, 'inbox' | 'untilMs'>> = {}, seed = filled(4)): Ticket {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setUint32(0, serial)
    const untilMs = sampleTimeMs + 30 * 86_400_000
    return signTicket(this.crypto, seed, { inbox: this.owner.name, serial: bytes, untilMs, ...change })
  }

  /** A solved puzzle for an envelope of class 0 unless told. */
  puzzle(envelope: Uint8Array, bits = 16, nowMs = sampleTimeMs, sizeClass = 0): Admission {
    const day = dayOf(nowMs)
    const puzzle = { inbox: this.owner.name, day, sizeClass, envelope: this.crypto.hash(envelope) }
    const search = new PuzzleSearch(this.crypto, puzzle, bits, 1)
    for (;;) {
      const nonce = search.step(10_000)
      if (nonce !== undefined) return { kind: 'puzzle', day, nonce }
    }
  }
}

/** A custodian on a disk that is two maps. */
export class SampleCustodian {
  readonly disk = new Map<string, Uint8Array>()
  readonly envelopes = new Map<string, Uint8Array>()
  nowMs = sampleTimeMs
  machine: InboxCustodian
  readonly #sample: SampleInbox
  readonly #grantBytes: number

  constructor(sample: SampleInbox, grantBytes = 1 << 20) {
    this.#sample = sample
    this.#grantBytes = grantBytes
    this.machine = this.#open([])
  }

  /** Everything in memory is lost. */
  restart(): void {
    this.machine = this.#open([...this.disk].map(([key, bytes]) => ({ key, bytes })))
  }

  register(quotaBytes = this.#grantBytes, device = this.#sample.owner.device): InboxMessage {
    const untilMs = this.nowMs + 60 * 86_400_000
    return this.ask(device, { type: 'register', untilMs, quotaBytes, certificate: this.#sample.certificate })
  }

  deliver(envelope: Uint8Array, admission: Admission): InboxMessage {
    return this.ask(this.#sample.senderDevice, { type: 'deliver', envelope, admission })
  }

  /** The answer, after what it says is on disk. */
  ask(device: Uint8Array, message: InboxMessage): InboxMessage {
    const reply = this.handle(device, message)
    this.commit()
    return reply.message
  }

  handle(device: Uint8Array, message: InboxMessage): Reply {
    const reply = this.machine.handleMessage(this.nowMs, device, message)
    if (reply === undefined) throw new Error(`${message.type} is no question`)
    return reply
  }

  commit(): void {
    const changes = this.machine.takeChanges()
    if (changes === undefined) return
    for (const { key, bytes } of changes.values) {
      if (bytes.length === 0) this.disk.delete(key)
      else this.disk.set(key, bytes.slice())
    }
    for (const { id, bytes } of changes.envelopes) this.envelopes.set(String(id), bytes)
    for (const id of changes.gone) this.envelopes.delete(String(id))
    this.machine.handleCommitted()
  }

  #open(stored: readonly StoredValue[]): InboxCustodian {
    return new InboxCustodian(
      {
        crypto: this.#sample.crypto,
        device: this.#sample.custodian,
        deviceSeed: inboxSeeds.custodian,
        policy: { grant: (_, __, wanted) => Math.min(wanted, this.#grantBytes) },
        seed: new Uint8Array(8),
      },
      stored,
    )
  }
}
