// The streams that this node writes: one log a label, listed in the device's card. A stream exists when its keys, its
// empty head and the card that lists it are on disk, which is one commit.

import { RunnelError } from '../../errors/index.js'
import { decodeUtf8, encodeUtf8, equal, fromHex, KeyMap, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { openHeldHead, openLogWriter, RightEdge, type TreeEdge } from '../../stack/data/index.js'
import {
  formatLink,
  type InboxRecord,
  isLabel,
  sealStreamRecord,
  signStreamRecord,
  type Visibility,
} from '../../stack/name/index.js'
import type { Identity } from '../identity/index.js'
import type { Time } from '../outside.js'
import type { Store } from '../store/index.js'
import { maxStreams, recommendedAgeS } from './limits.js'
import type { OwnCard } from './own-card.js'
import { OwnLog } from './own-log.js'

export interface OwnStream {
  readonly label: string
  readonly visibility: Visibility
  readonly secret: Uint8Array | undefined
  readonly key: Uint8Array
  readonly log: OwnLog
}

/** What is kept of a stream besides its log: JSON under `stream/<log key in hex>`. */
interface StreamRecordOnDisk {
  readonly label: string
  readonly visibility: Visibility
  readonly seed: string
  readonly secret?: string
  /** The device that writes it; of a copied home, another than this one. */
  readonly device: string
}

const keyPrefix = 'stream/'

/** Of a log that was unpublished: its label. What is still on disk of it is not shown to anybody. */
const withdrawnPrefix = 'unpublished/'

/** Whoever has seen its later entries would see a fork if it were continued from what is left. */
export const lostHint =
  'Write under another label: what is left of this one stays readable where it was read before. Then look at the disk.'

export interface OwnStreamsContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly identity: Identity
  readonly card: OwnCard
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  /** Told when a log exists, so that it is announced. */
  readonly handleLog: (log: Uint8Array) => void
  /** Told when it has been withdrawn. */
  readonly handleWithdrawn: (log: Uint8Array) => void
  /** Told how long each append took, µs. */
  readonly handleAppended: (tookUs: number) => void
  /** Told when a log has a new state on disk. */
  readonly handleCommit: (log: Uint8Array) => void
}

export class OwnStreams {
  readonly #context: OwnStreamsContext
  readonly #byLabel = new Map<string, OwnStream>()
  readonly #byLog: KeyMap<OwnStream>
  readonly #lost = new Map<string, string>()
  readonly #withdrawn: KeyMap<true>
  readonly #links = new WeakMap<OwnStream, string>()
  #creating: Promise<unknown> = Promise.resolve()

  constructor(context: OwnStreamsContext) {
    this.#context = context
    this.#byLog = new KeyMap(context.randomBytes(8))
    this.#withdrawn = new KeyMap(context.randomBytes(8))
    for (const { key } of context.store.values(withdrawnPrefix)) {
      const log = fromHex(key.slice(withdrawnPrefix.length))
      if (log?.length === 32) this.#withdrawn.set(log, true)
    }
    for (const { key, bytes } of context.store.values(keyPrefix)) this.#restore(key, bytes)
  }

  list(): OwnStream[] {
    return [...this.#byLabel.values()].sort((a, b) => (a.label < b.label ? -1 : 1))
  }

  find(label: string): OwnStream | undefined {
    return this.#byLabel.get(label)
  }

  /** Labels whose log cannot be written any more, and what damage took of it. */
  get lost(): ReadonlyMap<string, string> {
    return this.#lost
  }

  ofLog(log: Uint8Array): OwnStream | undefined {
    return this.#byLog.get(log)
  }

  /** Whether it was this node's, and was unpublished. */
  isWithdrawn(log: Uint8Array): boolean {
    return this.#withdrawn.has(log)
  }

  /**
   * Takes a stream off the card, and announces it no more, once that is on disk. What others hold of it stays readable
   * there by its link. Throws NOT_FOUND.
   */
  withdraw(label: string): Promise<OwnStream> {
    const next = this.#creating.then(async () => {
      const stream = this.#byLabel.get(label)
      if (stream === undefined) {
        throw new RunnelError('NOT_FOUND', `this node has no stream ${label}`, { hint: '`runnel streams` lists them.' })
      }
      const { card, store, time, handleWithdrawn } = this.#context
      const log = toHex(stream.key)
      await stream.log.settle()
      const { items, held } = card.withoutLog(stream.key, stream.secret, time.now().nowMs)
      await store.commit([
        { type: 'value', key: withdrawnPrefix + log, bytes: encodeUtf8(label) },
        { type: 'value', key: keyPrefix + log, bytes: new Uint8Array(0) },
        ...items,
      ])
      card.accept(held)
      stream.log.close(`${label} was unpublished`, 'Write to a label of another name, or make this one anew.')
      this.#byLabel.delete(label)
      this.#byLog.delete(stream.key)
      this.#withdrawn.set(stream.key, true)
      handleWithdrawn(stream.key)
      return stream
    })
    this.#creating = next.catch(() => {})
    return next
  }

  /** The link that others read it by, with the secret of an unlisted one. */
  link(stream: OwnStream): string {
    const known = this.#links.get(stream)
    if (known !== undefined) return known
    const { crypto, identity } = this.#context
    const { label, secret } = stream
    const link = formatLink(crypto, { target: 'name', key: identity.name, label, secret, path: [] })
    this.#links.set(stream, link)
    return link
  }

  /** The stream of a label, made when there is none. Throws BAD_ARGUMENT, LOG_CLOSED, EXISTS when it is there with another visibility. */
  open(label: string, visibility: Visibility | undefined): Promise<{ stream: OwnStream; created: boolean }> {
    const next = this.#creating.then(async () => {
      const found = this.#byLabel.get(label)
      const lost = this.#lost.get(label)
      if (lost !== undefined) throw new RunnelError('LOG_CLOSED', `${label} ${lost}`, { hint: lostHint })
      if (found === undefined) return { stream: await this.#create(label, visibility ?? 'public'), created: true }
      if (visibility !== undefined && visibility !== found.visibility) {
        throw new RunnelError('EXISTS', `${label} is ${found.visibility} already, and stays so`, {
          hint: 'Choose another label: what was public cannot be taken back, and what is unlisted keeps its secret.',
        })
      }
      return { stream: found, created: false }
    })
    this.#creating = next.catch(() => {})
    return next
  }

  /**
   * Signs the card with the time of now. One that was signed ahead, when the clock was wrong, may list streams ahead too:
   * these are then listed anew, behind this call; `handleFailure` is told when that cannot be written.
   */
  refreshCard(handleFailure: (error: unknown) => void): void {
    const { card, store, time } = this.#context
    const { nowMs } = time.now()
    const relist = async (): Promise<void> => {
      const secrets = this.list().flatMap(({ secret }) => secret ?? [])
      const { items, held } = card.withoutFuture(secrets, time.now().nowMs)
      await store.commit(items)
      card.accept(held)
    }
    if (card.isAhead(nowMs)) this.#creating = this.#creating.then(relist).catch(handleFailure)
    card.refresh(nowMs)
  }

  /** Lists these keys of the device's inbox in the card, in the place of those before; on disk when it resolves. */
  listInbox(records: readonly InboxRecord[]): Promise<void> {
    const { card, store, time } = this.#context
    const next = this.#creating.then(async () => {
      const { items, held } = card.withInbox(records, time.now().nowMs)
      await store.commit(items)
      card.accept(held)
    })
    this.#creating = next.catch(() => {})
    return next
  }

  async settle(): Promise<void> {
    await this.#creating
    for (const { log } of this.#byLabel.values()) await log.settle()
  }

  async #create(label: string, visibility: Visibility): Promise<OwnStream> {
    const { crypto, store, identity, card, time, randomBytes } = this.#context
    if (!isLabel(label)) {
      throw new RunnelError('BAD_ARGUMENT', `${label} is no label`, { hint: 'A label is 1 to 63 of a-z, 0-9 and "-".' })
    }
    if (this.#byLabel.size >= maxStreams) throw new RunnelError('TOO_MANY', `a name has at most ${maxStreams} streams`)
    const seed = randomBytes(32)
    const secret = visibility === 'unlisted' ? randomBytes(32) : undefined
    const nowMs = time.now().nowMs
    const membership = { name: identity.name, device: identity.device, visibility, label }
    const record = signStreamRecord(crypto, seed, membership, nowMs)
    const listed = card.withRecord(secret === undefined ? record : sealStreamRecord(crypto, secret, record), nowMs)
    const writer = openLogWriter(crypto, { seed, secret, maxAgeS: recommendedAgeS })
    const onDisk: StreamRecordOnDisk = {
      label,
      visibility,
      seed: toHex(seed),
      ...(secret === undefined ? {} : { secret: toHex(secret) }),
      device: toHex(identity.device),
    }
    const log = new OwnLog(store, writer, time, this.#context.handleAppended, () =>
      this.#context.handleCommit(writer.log),
    )
    await store.commit([
      { type: 'value', key: keyPrefix + toHex(writer.log), bytes: encodeUtf8(JSON.stringify(onDisk)) },
      { type: 'head', ageS: 0, seenMs: nowMs, headBytes: log.held.headBytes, page: undefined },
      ...listed.items,
    ])
    card.accept(listed.held)
    return this.#add({ label, visibility, secret, key: writer.log, log })
  }

  #add(stream: OwnStream): OwnStream {
    this.#byLabel.set(stream.label, stream)
    this.#byLog.set(stream.key, stream)
    this.#context.handleLog(stream.key)
    return stream
  }

  /** Logs of another device (this home was copied from it) are served as they are and never written. */
  #restore(key: string, bytes: Uint8Array): void {
    const { crypto, store, identity, time } = this.#context
    const record = decodeRecord(bytes)
    const seed = record && fromHex(record.seed)
    const device = record && fromHex(record.device)
    if (record === undefined || seed === undefined || device === undefined) {
      throw new RunnelError('DAMAGED', `what is kept of ${key} is damaged`)
    }
    const log = crypto.ed25519.publicKeyFromSeed(seed)
    if (!equal(device, identity.device)) {
      this.#context.handleLog(log)
      return
    }
    const head = store.ownHeads().find((own) => equal(own.log, log))
    const page = head?.page
    const held = page && openHeldHead(crypto, Number.MAX_SAFE_INTEGER, log, head.headBytes, page)
    const edge = held && typeof held !== 'string' && this.#edge(new RightEdge(held))
    if (held === undefined || typeof held === 'string' || typeof edge !== 'object') {
      // Neighbours may hold a later state of it than can be read here, so it is asked for like anybody's.
      this.#lost.set(record.label, 'has lost the end of its log to damage')
      this.#context.handleLog(log)
      return
    }
    const secret = record.secret === undefined ? undefined : fromHex(record.secret)
    const writer = openLogWriter(crypto, { seed, secret, maxAgeS: recommendedAgeS, held, edge })
    const { label, visibility } = record
    const own = new OwnLog(store, writer, time, this.#context.handleAppended, () => this.#context.handleCommit(log))
    if (head?.uncertain)
      own.close(`the end of ${label} may be lost to damage: what follows could contradict it`, lostHint)
    this.#add({ label, visibility, secret, key: log, log: own })
  }

  /** Undefined when a part of the log's tree is not here. */
  #edge(finder: RightEdge): TreeEdge | undefined {
    for (;;) {
      const result = finder.result()
      if (result !== undefined && typeof result !== 'string') return result
      const [name] = finder.wanted()
      const chunk = name && this.#context.store.readChunk(name)
      if (name === undefined || chunk === undefined || typeof result === 'string') return undefined
      finder.handleChunk(name, chunk.bytes)
    }
  }
}

function decodeRecord(bytes: Uint8Array): StreamRecordOnDisk | undefined {
  try {
    const record = JSON.parse(decodeUtf8(bytes) ?? '') as Partial<StreamRecordOnDisk>
    const { label, visibility, seed, device } = record
    const whole = label !== undefined && visibility !== undefined && seed !== undefined && device !== undefined
    return whole ? { ...record, label, visibility, seed, device } : undefined
  } catch {
    return undefined
  }
}
