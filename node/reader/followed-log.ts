// One log that is followed: the newest state that is known of it and the last one that was checked, and nothing between
// them. What stands in a state is read from there by range, when somebody takes it.

import { RunnelError } from '../../errors/index.js'
import type { Hub, LogFollower } from '../hub.js'
import type { FoundHead, ReadSession } from './session.js'
import { type Listed, openClosed, openHead, type TargetLog } from './target.js'

/** How often what was shown is remembered while it grows, in microseconds: each time is a write. */
const rememberUs = 1_000_000

export type FollowHub = Pick<Hub, 'follow' | 'cancel'>

export class FollowedLog {
  readonly listed: Listed
  /** The sequence that is shown next. */
  next = 0
  /** Whether somebody keeps it up to date; undefined while that is being found out. */
  reached: boolean | undefined
  refused = false
  readonly #session: ReadSession
  readonly #hub: FollowHub
  readonly #secret: Uint8Array | undefined
  readonly #requestId: number | undefined
  #newest: FoundHead | undefined
  #checked: { readonly found: FoundHead | undefined; readonly log: TargetLog } | undefined
  #rememberedUs = Number.NEGATIVE_INFINITY

  /** `wake` is called when there is something new to look at. */
  constructor(session: ReadSession, hub: FollowHub, listed: Listed, secret: Uint8Array | undefined, wake: () => void) {
    this.#session = session
    this.#hub = hub
    this.listed = listed
    this.#secret = secret
    const follower: LogFollower = {
      handleHead: ({ held, fork }, source) => {
        this.#newest = { held, fork, source }
        wake()
      },
      handleReached: (reached) => {
        this.reached = reached
        wake()
      },
      handleRefused: () => {
        this.refused = true
        wake()
      },
    }
    if (listed.closed === undefined) this.#requestId = hub.follow(listed.log, follower)
    else this.reached = true
  }

  /** Whether it is known what there is to read, or that nobody says so now. */
  get settled(): boolean {
    return this.#newest !== undefined || this.reached !== undefined || this.refused
  }

  /** Entries that are known to be there. */
  get length(): number {
    return this.#newest?.held.head.length ?? this.#checked?.log.readable ?? 0
  }

  /** What is to be read now, checked against what was read before; undefined: nothing. Throws FORKED behind the last one before a fork. */
  async poll(): Promise<TargetLog | undefined> {
    const log = await this.#check()
    if (log === undefined || (!log.forked && log.readable <= this.next)) return undefined
    if (log.forked && log.readable <= this.next) {
      throw new RunnelError(
        'FORKED',
        `the writer has signed two states of this log that differ from entry ${log.readable} on`,
      )
    }
    return log
  }

  /** Ends it, and remembers what was shown last. */
  close(): void {
    if (this.#requestId !== undefined) this.#hub.cancel(this.#requestId)
    this.#remember(true)
  }

  async #check(): Promise<TargetLog | undefined> {
    const newest = this.#newest
    const { closed } = this.listed
    if (closed !== undefined) {
      this.#checked ??= { found: undefined, log: await openClosed(this.#session, this.listed, closed, this.#secret) }
      return this.#checked.log
    }
    if (newest === undefined || newest === this.#checked?.found) return this.#checked?.log
    const log = await openHead(this.#session, this.listed, newest, this.#secret, this.#checked?.log.held)
    this.#checked = { found: newest, log }
    this.#remember(false)
    return log
  }

  #remember(always: boolean): void {
    const { found, log } = this.#checked ?? {}
    const { nowUs } = this.#session.context.time.now()
    if (found === undefined || log?.forked !== false || (!always && nowUs - this.#rememberedUs < rememberUs)) return
    this.#rememberedUs = nowUs
    this.#session.context.remember({ head: found.held, ageS: found.source.ageS })
  }
}
