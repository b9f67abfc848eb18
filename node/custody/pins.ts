// Pins: streams of others that this node keeps for whoever asks. Each follows the newest heads of its logs, newest entries
// first, within its size; what is older goes when there is no room. A pin is on disk before it is said to be one, goes on
// after a restart, and needs no secret.

import { RunnelError } from '../../errors/index.js'
import { encodeUtf8, fromHex, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { HeldHead } from '../../stack/data/index.js'
import { DEFAULT_LABEL, formatLink, type Link, parseLink } from '../../stack/name/index.js'
import type { Hub } from '../hub.js'
import type { Time, Timer } from '../outside.js'
import { openTarget, ReadSession, type SessionContext, type TargetLog } from '../reader/index.js'
import type { Store } from '../store/index.js'
import { heldHeadOf } from './kept-head.js'
import type { KeptTree, KeptTrees } from './kept-trees.js'
import { keepIdleMs, maxPinnedLogs, maxPins, pinEveryMs } from './limits.js'
import { decodePin, encodePin, type PinnedLogRecord, type PinRecord } from './pin-record.js'
import { type PinnedStream, updateLog } from './pin-update.js'

export interface PinsContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly time: Time
  readonly session: SessionContext
  readonly trees: KeptTrees
  readonly hub: Pick<Hub, 'announce' | 'withdraw'>
  /** Whether this node writes the log, or it is its name: then it is announced anyway. */
  readonly isOwn: (kind: 'name' | 'head', key: Uint8Array) => boolean
}

/** A pin as it is shown. */
export interface PinState {
  readonly link: string
  readonly sizeBytes: number
  readonly bytes: number
  readonly chunks: number
  readonly sinceMs: number
  /** Of the newest entry's state; 0 before there is one. */
  readonly headTimeMs: number
  /** Whether all that there is of it is here. */
  readonly whole: boolean
  /** When somebody was last asked for something newer and answered. */
  readonly checkedMs: number | undefined
  /** Why it was not possible the last time. */
  readonly problem: string | undefined
}

interface Pin extends PinnedStream {
  checkedMs: number | undefined
  problem: string | undefined
  running: Promise<void> | undefined
}

const keyPrefix = 'pin/'

export class Pins {
  readonly #context: PinsContext
  readonly #pins = new Map<string, Pin>()
  readonly #ended = new AbortController()
  #timer: Timer | undefined

  constructor(context: PinsContext) {
    this.#context = context
    for (const { key, bytes } of context.store.values(keyPrefix)) {
      const record = decodePin(bytes)
      if (record !== undefined) this.#pins.set(key, openPin(record))
    }
    for (const { record } of this.#pins.values()) this.#announce(record)
    context.trees.addSource(() => this.#trees())
    if (this.#pins.size > 0) this.#schedule(0)
  }

  /** Whether a log is kept by a pin, and so stays announced. */
  has(log: Uint8Array): boolean {
    return this.#isPinned(toHex(log))
  }

  list(): PinState[] {
    return [...this.#pins.values()].map((pin) => this.#state(pin))
  }

  /**
   * Begins to keep a stream, or changes the size of one that is kept, and resolves when as much of it as fits is here.
   * When that fails after its heads were found it stays pinned, and is tried again. Throws what a reading call throws.
   */
  async pin(
    link: Link,
    sizeBytes: number,
    signal: AbortSignal,
    progress: (state: PinState) => void,
  ): Promise<PinState> {
    const key = this.#keyOf(link)
    const known = this.#pins.get(key)
    if (known === undefined && this.#pins.size >= maxPins)
      throw new RunnelError('TOO_MANY', `a node has at most ${maxPins} pins`)
    const found = await this.#find(link, signal)
    const record: PinRecord = {
      link: this.#linkOf(link),
      ...(link.target === 'name' ? { name: toHex(link.key) } : {}),
      sealed: link.secret !== undefined,
      sizeBytes,
      sinceMs: known?.record.sinceMs ?? this.#context.time.now().nowMs,
      logs: withLogs(known?.record.logs ?? [], found),
    }
    await known?.running
    const pin = known ?? openPin(record)
    pin.record = record
    await this.#context.store.setValue(key, encodePin(record))
    this.#pins.set(key, pin)
    this.#announce(record)
    this.#schedule(pinEveryMs)
    const done = this.#round(
      key,
      pin,
      () => Promise.resolve(found),
      (bytes) => progress({ ...this.#state(pin), bytes }),
    )
    await untilAborted(done, signal)
    return this.#state(pin)
  }

  /** Stops keeping a stream, and gives its space back. Throws NOT_FOUND. */
  async unpin(link: Link): Promise<{ link: string; freedBytes: number }> {
    const { store, trees, hub, isOwn } = this.#context
    const key = this.#keyOf(link)
    const pin = this.#pins.get(key)
    if (pin === undefined)
      throw new RunnelError('NOT_FOUND', `${this.#linkOf(link)} is not pinned here`, {
        hint: '`runnel streams` lists what is.',
      })
    pin.ended.abort()
    await pin.running
    const heads = [...this.#headsOf(pin)]
    this.#pins.delete(key)
    for (const { log } of pin.record.logs) {
      const bytes = fromHex(log)
      if (bytes !== undefined && !isOwn('head', bytes) && !this.#isPinned(log)) hub.withdraw('log', bytes)
    }
    const name = pin.record.name === undefined ? undefined : fromHex(pin.record.name)
    const named = [...this.#pins.values()].some(({ record }) => record.name === pin.record.name)
    if (name !== undefined && !named && !isOwn('name', name)) hub.withdraw('name', name)
    let freedBytes = 0
    for (const held of heads) freedBytes += (await trees.release(held)).bytes
    await store.setValue(key, new Uint8Array(0))
    return { link: pin.record.link, freedBytes }
  }

  /** Resolves when nothing is being fetched any more. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#ended.abort()
    for (const { ended } of this.#pins.values()) ended.abort()
    await Promise.all([...this.#pins.values()].map(({ running }) => running))
    await this.#context.trees.settle()
  }

  #schedule(delayMs: number): void {
    this.#timer ??= this.#context.time.after(delayMs, () => void this.#follow())
  }

  /** Asks for what is newer of every pin, one after the other, and again later. */
  async #follow(): Promise<void> {
    for (const [key, pin] of [...this.#pins]) {
      if (this.#ended.signal.aborted) return
      await this.#round(
        key,
        pin,
        () => this.#findAgain(pin),
        () => {},
      )
    }
    this.#timer = undefined
    if (this.#pins.size > 0 && !this.#ended.signal.aborted) this.#schedule(pinEveryMs)
  }

  /** One look at one pin. Throws nothing: why it failed is shown. */
  async #round(
    key: string,
    pin: Pin,
    find: () => Promise<readonly TargetLog[]>,
    progress: (bytes: number) => void,
  ): Promise<void> {
    while (pin.running !== undefined) await pin.running
    pin.running = this.#update(key, pin, find, progress)
      .then(
        () => {
          pin.problem = undefined
          pin.checkedMs = this.#context.time.now().nowMs
        },
        (error: unknown) => {
          pin.problem = error instanceof Error ? error.message : String(error)
        },
      )
      .finally(() => {
        pin.running = undefined
      })
    await pin.running
  }

  async #update(
    key: string,
    pin: Pin,
    find: () => Promise<readonly TargetLog[]>,
    progress: (bytes: number) => void,
  ): Promise<void> {
    const found = await find()
    pin.record = { ...pin.record, logs: withLogs(pin.record.logs, found) }
    this.#announce(pin.record)
    // The log that was written last has the first claim on the room.
    const newestFirst = found.toSorted((a, b) => b.held.head.timeMs - a.held.head.timeMs)
    for (const { held, forked, closed } of newestFirst) {
      // Of a forked log, what was kept before stays; a closed one has no head that could be shown.
      if (!forked && !closed) await updateLog(this.#context, key, pin, held, progress)
    }
  }

  /** The logs of a link as others have them now. */
  async #find(link: Link, signal: AbortSignal): Promise<readonly TargetLog[]> {
    const session = new ReadSession(this.#context.session, { idleTimeoutMs: keepIdleMs, maxAgeS: 0 }, signal)
    try {
      return (await openTarget(session, link)).logs
    } finally {
      session.close()
    }
  }

  async #findAgain({ record, ended }: Pin): Promise<readonly TargetLog[]> {
    const link = parseLink(this.#context.crypto, record.link)
    if (!record.sealed && typeof link !== 'string') return this.#find(link, ended.signal)
    const found: TargetLog[] = []
    for (const { log } of record.logs) {
      const key = fromHex(log)
      if (key !== undefined) {
        found.push(
          ...(await this.#find({ target: 'log', key, label: undefined, secret: undefined, path: [] }, ended.signal)),
        )
      }
    }
    return found
  }

  #announce(record: PinRecord): void {
    const { hub, isOwn } = this.#context
    const name = record.name === undefined ? undefined : fromHex(record.name)
    if (name !== undefined && !isOwn('name', name)) hub.announce('name', name)
    for (const { log } of record.logs) {
      const key = fromHex(log)
      if (key !== undefined && !isOwn('head', key)) hub.announce('log', key)
    }
  }

  #isPinned(log: string): boolean {
    return [...this.#pins.values()].some(({ record }) => record.logs.some((one) => one.log === log))
  }

  *#trees(): Generator<KeptTree, void, undefined> {
    for (const owner of this.#pins.values()) for (const held of this.#headsOf(owner)) yield { owner, held }
  }

  *#headsOf({ record }: Pin): Generator<HeldHead, void, undefined> {
    for (const { head, coming = '' } of record.logs) {
      for (const text of [head, coming]) {
        const held = text === '' ? undefined : heldHeadOf(this.#context.crypto, this.#context.store, text)
        if (held !== undefined) yield held
      }
    }
  }

  #state({ record, checkedMs, problem }: Pin): PinState {
    const { link, sizeBytes, sinceMs, logs } = record
    let [bytes, chunks, headTimeMs] = [0, 0, 0]
    for (const one of logs) {
      bytes += one.bytes
      chunks += one.chunks
      const held = one.head === '' ? undefined : heldHeadOf(this.#context.crypto, this.#context.store, one.head)
      headTimeMs = Math.max(headTimeMs, held?.head.timeMs ?? 0)
    }
    const whole = logs.every((one) => one.whole)
    return { link, sizeBytes, bytes, chunks, sinceMs, headTimeMs, whole, checkedMs, problem }
  }

  #linkOf(link: Link): string {
    const label = link.target === 'name' ? (link.label ?? DEFAULT_LABEL) : undefined
    return formatLink(this.#context.crypto, { ...link, label, secret: undefined, path: [] })
  }

  #keyOf(link: Link): string {
    return keyPrefix + toHex(this.#context.crypto.hash(encodeUtf8(this.#linkOf(link)))).slice(0, 32)
  }
}

function openPin(record: PinRecord): Pin {
  return { record, checkedMs: undefined, problem: undefined, running: undefined, ended: new AbortController() }
}

function withLogs(known: readonly PinnedLogRecord[], found: readonly TargetLog[]): PinnedLogRecord[] {
  const logs = [...known]
  for (const { log } of found) {
    if (logs.length >= maxPinnedLogs || logs.some((one) => one.log === toHex(log))) continue
    logs.push({ log: toHex(log), head: '', bytes: 0, chunks: 0, whole: false, roomBytes: 0 })
  }
  return logs
}

/** Waits for a round no longer than the caller does; it goes on by itself. */
async function untilAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  let handleAbort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    handleAbort = () => reject(new RunnelError('ABORTED', 'it stays pinned, and goes on', { cause: signal.reason }))
  })
  if (signal.aborted) handleAbort()
  signal.addEventListener('abort', handleAbort)
  try {
    await Promise.race([done, aborted])
  } finally {
    signal.removeEventListener('abort', handleAbort)
  }
}
