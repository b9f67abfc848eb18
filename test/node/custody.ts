// Custodians on stores of their own and a client, joined by links in memory that carry what a session would.

import { join } from 'node:path'
import { Custodian, type CustodianLink, Duties, KeptTrees } from '../../node/custody/index.js'
import type { SessionContext } from '../../node/reader/index.js'
import { type Store, systemTime, type Time } from '../../node/store/index.js'
import { toHex } from '../../stack/bytes/index.js'
import {
  type Client,
  type CustodyMessage,
  type CustodyPolicy,
  decodeCustody,
  encodeCustody,
} from '../../stack/custody/index.js'
import type { ForkProof } from '../../stack/data/index.js'
import type { SampleLog } from '../samples/log.js'
import { filled } from '../samples/name.js'
import { KeepingHub, sessionOn } from './keeping.js'
import { crypto, openHomeStore, randomBytes } from './temporary.js'

export const plenty: CustodyPolicy = {
  totalBytes: 2 ** 30,
  clientBytes: 2 ** 30,
  maxDays: 90,
  from: undefined,
  denied: new Map(),
}

export const dayMs = 86_400_000

/** The clock of this machine, moved; its timers go on as they do. */
export class MovedTime implements Time {
  movedMs = 0

  now(): { nowUs: number; nowMs: number } {
    const { nowUs, nowMs } = systemTime.now()
    return { nowUs, nowMs: nowMs + this.movedMs }
  }

  after(delayMs: number, call: () => void): { cancel(): void } {
    return systemTime.after(delayMs, call)
  }

  turn(): Promise<void> {
    return systemTime.turn()
  }
}

export function messageFrom(message: CustodyMessage): CustodyMessage {
  const read = decodeCustody(encodeCustody(message))
  if (typeof read === 'string') throw new Error(`a message that is refused: ${read}`)
  return read
}

/** One custodian with its store. */
export class OneCustodian {
  readonly device: Uint8Array
  readonly hub: KeepingHub
  readonly time = new MovedTime()
  readonly forks: ForkProof[] = []
  store: Store
  custodian: Custodian
  trees: KeptTrees
  /** Whether nobody reaches it. */
  isGone = false
  /** Changes what it answers. */
  lie: (answer: CustodyMessage) => CustodyMessage = (answer) => answer
  readonly #seed: Uint8Array
  readonly #home: string
  readonly #policy: CustodyPolicy

  private constructor(home: string, seed: Uint8Array, hub: KeepingHub, store: Store, policy: CustodyPolicy) {
    this.#home = home
    this.#seed = seed
    this.#policy = policy
    this.device = crypto.ed25519.publicKeyFromSeed(seed)
    this.hub = hub
    this.store = store
    ;[this.trees, this.custodian] = this.#make()
  }

  static async open(
    directory: string,
    number: number,
    logs: readonly SampleLog[],
    policy: Partial<CustodyPolicy> = {},
  ): Promise<OneCustodian> {
    const home = join(directory, `custodian-${number}`)
    const store = await openHomeStore(home)
    return new OneCustodian(home, filled(number), new KeepingHub(...logs), store, { ...plenty, ...policy })
  }

  async reopen(): Promise<void> {
    await this.close()
    this.store = await openHomeStore(this.#home)
    ;[this.trees, this.custodian] = this.#make()
  }

  async close(): Promise<void> {
    await this.custodian.close()
    await this.store.close()
  }

  /** Asks it one thing. What comes before the answer goes to `progress`. */
  async ask(
    client: Client,
    message: CustodyMessage,
    progress: (one: CustodyMessage) => void = () => {},
  ): Promise<CustodyMessage> {
    let answer: CustodyMessage | undefined
    const reply = (one: CustodyMessage): void => {
      if (one.type === 'progress') progress(messageFrom(one))
      else answer = messageFrom(this.lie(one))
    }
    await this.custodian.handle(client, messageFrom(message), reply, new AbortController().signal)
    if (answer === undefined) throw new Error('no answer')
    return answer
  }

  link(client: Client): CustodianLink {
    return { ask: (question, progress) => this.ask(client, question, progress), close: () => {} }
  }

  #make(): [KeptTrees, Custodian] {
    const { store, hub, time, device, forks } = this
    const session: SessionContext = { ...sessionOn(hub, time), handleFork: (fork) => void forks.push(fork) }
    const trees = new KeptTrees({ store, session, randomBytes, idleMs: 300 })
    const common = { crypto, store, time, session, trees, hub, device, deviceSeed: this.#seed }
    const policy = this.#policy
    return [trees, new Custodian({ ...common, isOwn: () => false, isPinned: () => false, policy })]
  }
}

export const client: Client = { device: filled(30), name: filled(31) }

/** A client whose logs these are, with its own store; `custodians` in the order in which it asks. */
export class OneClient {
  readonly time = new MovedTime()
  readonly custodians: OneCustodian[]
  store: Store
  duties: Duties
  dials = 0
  readonly #home: string
  readonly #logs: readonly SampleLog[]

  private constructor(home: string, store: Store, logs: readonly SampleLog[], custodians: OneCustodian[]) {
    this.#home = home
    this.#logs = logs
    this.store = store
    this.custodians = custodians
    this.duties = this.#make()
  }

  static async open(directory: string, logs: readonly SampleLog[], custodians: OneCustodian[]): Promise<OneClient> {
    const home = join(directory, 'client')
    const store = await openHomeStore(home)
    return new OneClient(home, store, logs, custodians)
  }

  async reopen(): Promise<void> {
    await this.close()
    this.store = await openHomeStore(this.#home)
    this.duties = this.#make()
  }

  async close(): Promise<void> {
    await this.duties.close()
    await this.store.close()
  }

  /** Has all chunks of its logs in its own store, for audits. */
  async fill(): Promise<void> {
    for (const { chunks } of this.#logs) {
      for (const bytes of chunks.values()) {
        await this.store.commit([{ type: 'chunk', name: crypto.hash(bytes), bytes }])
      }
    }
  }

  #make(): Duties {
    const { store, time } = this
    return new Duties({
      crypto,
      store,
      time,
      randomBytes,
      name: filled(31),
      custodians: () => this.custodians.map(({ device }) => device),
      held: (log) => this.#logs.find((one) => toHex(one.log) === toHex(log))?.held,
      dial: (device) => {
        this.dials += 1
        const found = this.custodians.find((one) => toHex(one.device) === toHex(device))
        if (found === undefined || found.isGone) return Promise.reject(new Error('nobody is there'))
        return Promise.resolve(found.link(client))
      },
    })
  }
}
