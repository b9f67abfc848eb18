// The letters of this node: each is on disk before its custodians are told that it was taken, is shown until it is
// acknowledged, and is remembered afterwards, so that it is never shown again, whoever brings it.
//
//   value letter/ and the envelope's id in hex:  state u8 (0 done, 1 waiting) | untilMs u64 | order u64 | sender 32 | letter id 16
//                                                | of a waiting one: LETTER

import { RunnelError } from '../../errors/index.js'
import { fromHex, Reader, toHex, Writer } from '../../stack/bytes/index.js'
import { decodeLetter, encodeLetter, type Letter, MAX_ENVELOPE_BYTES } from '../../stack/inbox/index.js'
import type { Time } from '../outside.js'
import type { OwnItem, Store } from '../store/index.js'
import { maxRememberedLetters, maxWaitingBytes, maxWaitingLetters, rememberMs } from './limits.js'

const keyPrefix = 'letter/'

/** A letter that waits to be acknowledged. */
export interface WaitingLetter {
  /** Of its envelope, in hex: what it is acknowledged by. */
  readonly id: string
  readonly order: number
  readonly letter: Letter
}

interface Remembered {
  readonly untilMs: number
  readonly order: number
  readonly sender: Uint8Array
  readonly letterId: Uint8Array
}

const nobody = new Uint8Array(32)
const noId = new Uint8Array(16)

export class Letters {
  readonly #store: Pick<Store, 'commit' | 'values'>
  readonly #time: Time
  readonly #remembered = new Map<string, Remembered>()
  readonly #bySender = new Map<string, string>()
  readonly #waiting = new Map<string, WaitingLetter>()
  readonly #listeners = new Set<() => void>()
  #waitingBytes = 0
  #order = 0
  /** What is being stored, by its envelope and by its letter; and how many envelopes that are. */
  readonly #taking = new Map<string, Promise<void>>()
  #coming = 0

  constructor(store: Pick<Store, 'commit' | 'values'>, time: Time) {
    this.#store = store
    this.#time = time
    const stored = store
      .values(keyPrefix)
      .flatMap(({ key, bytes }) => readStored(key.slice(keyPrefix.length), bytes) ?? [])
    // Whoever waits for letters goes on from the order of the last, and what is forgotten first stands first.
    stored.sort((a, b) => a.remembered.order - b.remembered.order)
    for (const { key, remembered, letter } of stored) this.#remember(key, remembered, letter)
    this.#order = stored.at(-1)?.remembered.order ?? 0
  }

  /** Whether more are taken while so many are on their way: what is not waits at the custodians. */
  hasRoom(coming = 0): boolean {
    const waitingBytes = this.#waitingBytes + coming * MAX_ENVELOPE_BYTES
    return this.#waiting.size + coming < maxWaitingLetters && waitingBytes < maxWaitingBytes
  }

  /** Whether a stranger's is taken: they fill no more than half, so that a contact's always fits. Others of them wait. */
  get hasRoomForStrangers(): boolean {
    return 2 * this.#waiting.size < maxWaitingLetters && 2 * this.#waitingBytes < maxWaitingBytes
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Whether this envelope was taken before. */
  has(id: Uint8Array): boolean {
    return this.#remembered.has(toHex(id))
  }

  /** Whether this letter of a sender was taken before, in whichever envelope. */
  hasLetter(sender: Uint8Array, letterId: Uint8Array): boolean {
    return this.#bySender.has(letterKey(sender, letterId))
  }

  /**
   * Remembers an envelope, and what is to be shown of it; on disk with `items`, asked for when it is new, when it resolves.
   * What is given meanwhile is flushed together with it, and stays in its order.
   */
  async take(
    id: Uint8Array,
    letter: Letter | undefined,
    shown: boolean,
    items: () => readonly OwnItem[],
  ): Promise<void> {
    const key = toHex(id)
    const names = letter === undefined ? [key] : [key, letterKey(letter.sender, letter.id)]
    // It may be on its way twice: from two custodians, or in two envelopes. Whether the other one was stored counts.
    const isComing = (): Promise<void> | undefined =>
      names.map((name) => this.#taking.get(name)).find((other) => other !== undefined)
    for (let other = isComing(); other !== undefined; other = isComing()) await other.catch(() => {})
    if (this.#remembered.has(key)) return
    const taken = this.#take(key, letter, shown, items)
    for (const name of names) this.#taking.set(name, taken)
    try {
      await taken
    } finally {
      for (const name of names) this.#taking.delete(name)
    }
  }

  async #take(key: string, letter: Letter | undefined, shown: boolean, items: () => readonly OwnItem[]): Promise<void> {
    const isTwice = letter !== undefined && this.hasLetter(letter.sender, letter.id)
    const remembered: Remembered = {
      untilMs: this.#time.now().nowMs + rememberMs,
      order: ++this.#order,
      sender: letter?.sender.slice() ?? nobody,
      letterId: letter?.id.slice() ?? noId,
    }
    const kept = shown && !isTwice ? letter : undefined
    this.#coming++
    try {
      await this.#store.commit([...this.#forgetting(), value(key, remembered, kept), ...items()])
    } finally {
      this.#coming--
    }
    this.#remember(key, remembered, kept)
    for (const listener of this.#listeners) listener()
  }

  /** The oldest that waits and came after `order`. */
  after(order: number): WaitingLetter | undefined {
    for (const waiting of this.#waiting.values()) if (waiting.order > order) return waiting
    return undefined
  }

  /** It is not shown any more, also after a restart. Harmless when it was before. Throws NOT_FOUND. */
  async acknowledge(id: string): Promise<void> {
    const remembered = this.#remembered.get(id)
    if (remembered === undefined) throw new RunnelError('NOT_FOUND', `there is no letter ${id.slice(0, 64)}`)
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    await this.#store.commit([value(id, remembered, undefined)])
    if (this.#waiting.delete(id)) this.#waitingBytes -= sizeOf(waiting.letter)
    for (const listener of this.#listeners) listener()
  }

  /** Calls back whenever something comes or goes, until the function that is given back is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Letters that need not be remembered any more, and room for those that come. */
  #forgetting(): OwnItem[] {
    const { nowMs } = this.#time.now()
    const gone: OwnItem[] = []
    for (const [key, { untilMs, sender, letterId }] of this.#remembered) {
      // They stand in the order of their coming: behind the first that is remembered still, all are.
      if (untilMs > nowMs && this.#remembered.size + this.#coming <= maxRememberedLetters) break
      if (this.#waiting.has(key)) continue
      this.#remembered.delete(key)
      this.#bySender.delete(letterKey(sender, letterId))
      gone.push({ type: 'value', key: keyPrefix + key, bytes: new Uint8Array(0) })
    }
    return gone
  }

  #remember(key: string, remembered: Remembered, letter: Letter | undefined): void {
    this.#remembered.set(key, remembered)
    const { sender, letterId, order } = remembered
    if (sender !== nobody) this.#bySender.set(letterKey(sender, letterId), key)
    if (letter === undefined) return
    this.#waiting.set(key, { id: key, order, letter })
    this.#waitingBytes += sizeOf(letter)
  }
}

function letterKey(sender: Uint8Array, letterId: Uint8Array): string {
  return toHex(sender) + toHex(letterId)
}

function readStored(
  key: string,
  bytes: Uint8Array,
): { readonly key: string; readonly remembered: Remembered; readonly letter: Letter | undefined } | undefined {
  const reader = new Reader(bytes.slice())
  const state = reader.u8()
  const untilMs = reader.u64()
  const order = reader.u64()
  const sender = reader.take(32)
  const letterId = reader.take(16)
  const rest = reader.rest()
  if (reader.end() !== undefined || fromHex(key)?.length !== 32) return undefined
  const letter = state === 1 ? decodeLetter(rest) : undefined
  const remembered = { untilMs, order, sender, letterId }
  return { key, remembered, letter: typeof letter === 'string' ? undefined : letter }
}

function value(key: string, { untilMs, order, sender, letterId }: Remembered, letter: Letter | undefined): OwnItem {
  const writer = new Writer(128)
    .u8(letter === undefined ? 0 : 1)
    .u64(untilMs)
    .u64(order)
    .put(sender)
    .put(letterId)
  if (letter !== undefined) writer.put(encodeLetter(letter))
  return { type: 'value', key: keyPrefix + key, bytes: writer.bytes() }
}

function sizeOf({ certificate, body, subject }: Letter): number {
  return certificate.length + body.length + subject.length + 256
}
