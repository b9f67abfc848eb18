// Entries as they are written: what is there, merged, and then each as it comes, none twice and none left out, for as long as
// the caller wants. Only the newest state of each log is held; a slow caller reads on from where it is. What nobody can be
// asked for now is waited for.

import { RunnelError } from '../../errors/index.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import { DEFAULT_LABEL, encodeText, type Link, TextKind } from '../../stack/name/index.js'
import { FollowedLog, type FollowHub } from './followed-log.js'
import { type PlacedEntry, readEntries } from './log-walk.js'
import type { ReadSession } from './session.js'
import { type Listed, logsOf, type TargetLog } from './target.js'

/** How often a name is asked whether it has a log more for the label. */
export const listEveryMs = 60_000

/** The pause before something is tried again that nobody had, at first and at most. */
const firstPauseMs = 250
const longestPauseMs = 2_000

/** How long the first state of each log is waited for, before what is there is shown. */
const settleMs = 5_000

/** What says that nobody has it now, and somebody may later. */
const later: ReadonlySet<string> = new Set(['NO_HOLDER', 'NETWORK_DOWN', 'TIMEOUT', 'CLOCK', 'STALE', 'UNKNOWN_LABEL'])

export type FollowState = 'live' | 'waiting'

export interface FollowOptions {
  readonly hub: FollowHub
  /** The first sequence of all logs, or of each by its text; without it the first. */
  readonly from: number | Readonly<Record<string, number>> | undefined
  /** Instead of `from`: so many before the end, of what is there at the start. */
  readonly last: number | undefined
  /** Called when it changes whether somebody keeps it up to date. */
  readonly report: (state: FollowState) => void
}

/** Never ends by itself. Throws FORKED, WRONG_SECRET, SECRET_NEEDED, DAMAGED, TOO_MANY, and ABORTED when the caller gives up. */
export async function* followEntries(
  session: ReadSession,
  link: Link,
  options: FollowOptions,
): AsyncGenerator<PlacedEntry, void, undefined> {
  const follow = new Follow(session, link, options)
  try {
    yield* follow.entries()
  } finally {
    follow.close()
  }
}

class Follow {
  readonly #session: ReadSession
  readonly #link: Link
  readonly #options: FollowOptions
  readonly #logs: FollowedLog[] = []
  readonly #handleAbort = (): void => this.#wake()
  #listing: Promise<void> | undefined
  #listAtUs = Number.NEGATIVE_INFINITY
  #listed = false
  #missing = false
  #failure: unknown
  #started = false
  #state: FollowState | undefined
  #news = false
  #wake: () => void = () => {
    this.#news = true
  }

  constructor(session: ReadSession, link: Link, options: FollowOptions) {
    this.#session = session
    this.#link = link
    this.#options = options
    session.signal.addEventListener('abort', this.#handleAbort)
  }

  close(): void {
    this.#session.signal.removeEventListener('abort', this.#handleAbort)
    for (const log of this.#logs) log.close()
  }

  async *entries(): AsyncGenerator<PlacedEntry, void, undefined> {
    let pauseMs = firstPauseMs
    await this.#start()
    for (;;) {
      this.#check()
      this.#list()
      try {
        for await (const placed of this.#available()) {
          yield placed
          pauseMs = firstPauseMs
        }
      } catch (error) {
        if (!isLater(error)) throw error
        this.#report('waiting')
        await this.#session.rest(pauseMs)
        pauseMs = Math.min(2 * pauseMs, longestPauseMs)
        continue
      }
      this.#reportState()
      await this.#waitUntil(this.#listing === undefined ? this.#listAtUs : Number.POSITIVE_INFINITY)
    }
  }

  /** Until it is known what each log holds, so that it can be merged; but not for ever. */
  async #start(): Promise<void> {
    const endUs = this.#nowUs() + 1_000 * settleMs
    for (;;) {
      this.#check()
      this.#list()
      if (this.#listed && this.#logs.every(({ settled }) => settled)) break
      if (this.#missing || this.#nowUs() >= endUs) break
      await this.#waitUntil(endUs)
    }
    this.#started = true
    this.#reportState()
    const { last } = this.#options
    if (last === undefined) return
    const from = Math.max(0, Math.max(0, ...this.#logs.map(({ length }) => length)) - last)
    for (const log of this.#logs) log.next = from
  }

  /** What can be read now, merged. */
  async *#available(): AsyncGenerator<PlacedEntry, void, undefined> {
    const ready: TargetLog[] = []
    for (const followed of this.#logs) {
      const log = await followed.poll()
      if (log !== undefined) ready.push(log)
    }
    if (ready.length === 0) return
    const next = ({ log }: TargetLog): number => this.#find(log)?.next ?? 0
    for await (const run of readEntries(this.#session, { logs: ready }, next, Number.MAX_SAFE_INTEGER)) {
      for (const placed of run) {
        const followed = this.#find(placed.log)
        if (followed !== undefined) followed.next = placed.sequence + 1
        yield placed
      }
    }
  }

  #find(log: Uint8Array): FollowedLog | undefined {
    return this.#logs.find(({ listed }) => equal(listed.log, log))
  }

  /** Asks for the logs of the label when it is time, beside everything else. */
  #list(): void {
    if (this.#listing !== undefined || this.#nowUs() < this.#listAtUs) return
    const { target, key, label = DEFAULT_LABEL } = this.#link
    if (target === 'log') {
      this.#add([{ log: key, device: undefined }])
      this.#listAtUs = Number.POSITIVE_INFINITY
      return
    }
    this.#listing = logsOf(this.#session, this.#link, label)
      .then((listed) => {
        this.#missing = false
        this.#add(listed)
      })
      .catch((error: unknown) => {
        if (!isLater(error)) this.#failure = error
        else this.#missing = this.#logs.length === 0
      })
      .finally(() => {
        this.#listing = undefined
        this.#listAtUs = this.#nowUs() + 1_000 * (this.#missing ? longestPauseMs : listEveryMs)
        this.#wake()
      })
  }

  #add(listed: readonly Listed[]): void {
    this.#listed = true
    for (const one of listed) {
      const known = this.#find(one.log)
      if (known !== undefined && (one.closed === undefined || known.listed.closed !== undefined)) continue
      const log = new FollowedLog(this.#session, this.#options.hub, one, this.#link.secret, () => this.#wake())
      const { from } = this.#options
      log.next =
        known?.next ??
        (typeof from === 'number' ? from : (from?.[encodeText(this.#session.crypto, TextKind.log, one.log)] ?? 0))
      if (known === undefined) this.#logs.push(log)
      else {
        known.close()
        this.#logs[this.#logs.indexOf(known)] = log
      }
    }
  }

  #reportState(): void {
    const lost = !this.#listed || this.#missing || this.#logs.some(({ reached }) => reached === false)
    if (lost) this.#report('waiting')
    else if (this.#logs.every(({ reached }) => reached === true)) this.#report('live')
  }

  #report(state: FollowState): void {
    if (state === this.#state || !this.#started) return
    this.#state = state
    this.#options.report(state)
  }

  #check(): void {
    const { signal } = this.#session
    if (signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: signal.reason })
    if (this.#failure !== undefined) throw this.#failure
    const refused = this.#logs.find((log) => log.refused)
    if (refused !== undefined) {
      throw new RunnelError(
        'TOO_MANY',
        `this node follows too much already to follow log ${toHex(refused.listed.log)} too`,
      )
    }
  }

  #nowUs(): number {
    return this.#session.context.time.now().nowUs
  }

  /** Until there is news, or that time has come. */
  async #waitUntil(atUs: number): Promise<void> {
    if (!this.#news) {
      const delayMs = Math.max(0, Math.ceil((atUs - this.#nowUs()) / 1_000))
      let timer: { cancel(): void } | undefined
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          this.#news = true
          resolve()
        }
        if (Number.isFinite(delayMs)) timer = this.#session.context.time.after(delayMs, resolve)
        if (this.#session.signal.aborted) resolve()
      })
      timer?.cancel()
      this.#wake = () => {
        this.#news = true
      }
    }
    this.#news = false
  }
}

function isLater(error: unknown): boolean {
  return error instanceof RunnelError && later.has(error.code)
}
