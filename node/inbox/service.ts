// The custodian at a node: what its machine decides is written to kept/, many changes in one flush, and an answer that
// promises something is sent after that. So a receipt means that the envelope survives a kill at any instant.

import { toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  custodianPrefix,
  decodeInboxMessage,
  encodeInboxMessage,
  InboxCustodian,
  type InboxMessage,
  type InboxPolicy,
} from '../../stack/inbox/index.js'
import type { Identity } from '../identity/index.js'
import type { LogEvent } from '../log-event.js'
import type { Time, Timer } from '../outside.js'
import type { KeptItem, Store } from '../store/index.js'
import { maxHeldAnswers, sweepMs } from './limits.js'
import type { Talk } from './talk.js'

export interface ServiceContext {
  readonly crypto: Crypto
  readonly store: Pick<Store, 'keep' | 'keptValues' | 'readChunk'>
  readonly time: Time
  readonly identity: Pick<Identity, 'device' | 'deviceSeed'>
  readonly policy: InboxPolicy
  readonly randomBytes: (count: number) => Uint8Array
  readonly log: (event: LogEvent) => void
  /**
   * An inbox is kept for this name: its certificate and cards are to be had here, whoever is up. `device`: the one that has
   * just registered.
   */
  readonly handleKept: (name: Uint8Array, device?: Uint8Array) => void
}

interface HeldAnswer {
  readonly talk: Talk
  readonly request: number
  readonly message: InboxMessage
}

export class InboxService {
  readonly machine: InboxCustodian
  readonly #context: ServiceContext
  readonly #held: HeldAnswer[] = []
  readonly #watching = new Map<string, Set<Talk>>()
  readonly #talks = new Set<Talk>()
  /** The last answer to each conversation that was sent when it was on disk: resolves when there is room for more. */
  readonly #sending = new WeakMap<Talk, Promise<void>>()
  /** Those that are being told that something has arrived. */
  readonly #telling = new WeakSet<Talk>()
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #closed = false

  constructor(context: ServiceContext) {
    this.#context = context
    const { crypto, store, identity, policy, randomBytes } = context
    this.machine = new InboxCustodian(
      { crypto, device: identity.device, deviceSeed: identity.deviceSeed, policy, seed: randomBytes(8) },
      store.keptValues(custodianPrefix),
    )
    this.#sweep()
    for (const { inbox } of this.machine.boxes) context.handleKept(inbox)
  }

  /** Answers one conversation to its end. Rejects never. */
  async serve(talk: Talk): Promise<void> {
    this.#talks.add(talk)
    try {
      for (;;) {
        // Who does not read answers is not read either: else they would pile up here.
        await this.#sending.get(talk)
        const bytes = await talk.receive()
        if (bytes === undefined || this.#closed) break
        const decoded = decodeInboxMessage(bytes)
        if (typeof decoded === 'string' || !(await this.#answer(talk, decoded.request, decoded.message))) break
      }
    } catch {
      // The conversation has ended; what it asked for is done all the same.
    } finally {
      this.#talks.delete(talk)
      for (const watching of this.#watching.values()) watching.delete(talk)
      talk.close()
    }
  }

  /** Resolves when everything that was taken is on disk or given up. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    for (const talk of this.#talks) talk.close()
    await this.#running
  }

  /** False for what no custodian is sent. */
  async #answer(talk: Talk, request: number, message: InboxMessage): Promise<boolean> {
    if (message.type === 'fetch') {
      await talk.send(encodeInboxMessage(request, this.#fetched(talk.device, message.id)))
      return true
    }
    const { nowMs } = this.#context.time.now()
    const reply = this.machine.handleMessage(nowMs, talk.device, message)
    if (reply === undefined) return false
    if (message.type === 'list') this.#watch(talk)
    if (reply.message.type === 'registered') this.#handleRegistered(talk.device)
    this.#commitSoon()
    if (!reply.afterCommit) {
      await talk.send(encodeInboxMessage(request, reply.message))
      return true
    }
    this.#held.push({ talk, request, message: reply.message })
    if (this.#held.length >= maxHeldAnswers) await this.#running
    return true
  }

  #fetched(device: Uint8Array, id: Uint8Array): InboxMessage {
    const witnesses = this.machine.witnessesOf(device, id)
    const chunk = witnesses === undefined ? undefined : this.#context.store.readChunk(id)
    return { type: 'fetched', envelope: chunk?.bytes ?? new Uint8Array(0), witnesses: witnesses ?? [] }
  }

  #handleRegistered(device: Uint8Array): void {
    const inbox = this.machine.inboxOf(device)
    if (inbox !== undefined) this.#context.handleKept(inbox, device)
  }

  #watch(talk: Talk): void {
    const inbox = this.machine.inboxOf(talk.device)
    if (inbox === undefined) return
    const key = toHex(inbox)
    const watching = this.#watching.get(key)
    if (watching === undefined) this.#watching.set(key, new Set([talk]))
    else watching.add(talk)
  }

  #commitSoon(): void {
    this.#running ??= this.#commit().finally(() => {
      this.#running = undefined
    })
  }

  async #commit(): Promise<void> {
    const { store, time, log } = this.#context
    for (;;) {
      // What has come in the same turn goes into one record.
      await time.turn()
      const held = this.#held.splice(0)
      const changes = this.machine.takeChanges()
      if (changes === undefined && held.length === 0) return
      const items: KeptItem[] = []
      for (const { id, bytes } of changes?.envelopes ?? []) items.push({ type: 'chunk', name: id, bytes })
      for (const { key, bytes } of changes?.values ?? []) items.push({ type: 'value', key, bytes })
      for (const name of changes?.gone ?? []) items.push({ type: 'forget', name })
      let failed = false
      try {
        await store.keep(items)
        this.machine.handleCommitted()
      } catch (error) {
        failed = true
        this.machine.handleFailed()
        // What was answered meanwhile may be about the very envelopes that are not here after all.
        held.push(...this.#held.splice(0))
        log({ level: 'error', event: 'an inbox could not be written', reason: String(error) })
      }
      for (const { talk, request, message } of held) {
        const said: InboxMessage = failed ? { type: 'refused', reason: 'Failed', bits: 0, retryS: 60 } : message
        this.#sending.set(
          talk,
          talk.send(encodeInboxMessage(request, said)).catch(() => {}),
        )
      }
      this.#tellArrived()
      if (failed) return
    }
  }

  #tellArrived(): void {
    const arrived = encodeInboxMessage(0, { type: 'arrived' })
    for (const inbox of this.machine.takeArrived()) {
      for (const talk of this.#watching.get(toHex(inbox)) ?? []) this.#tell(talk, arrived)
    }
  }

  /** Says it once, however much arrives before it has left. */
  #tell(talk: Talk, arrived: Uint8Array): void {
    if (this.#telling.has(talk)) return
    this.#telling.add(talk)
    void talk
      .send(arrived)
      .catch(() => {})
      .finally(() => this.#telling.delete(talk))
  }

  #sweep(): void {
    const { time } = this.#context
    this.#timer = time.after(sweepMs, () => {
      this.machine.handleTimeout(time.now().nowMs)
      this.#commitSoon()
      this.#sweep()
    })
  }
}
