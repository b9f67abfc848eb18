// The interface of a node, for as long as the node runs: opened when it starts, opened again when somebody has deleted it,
// and its absence is told and keeps nothing else from running. Who decides about packets uses it through `use`.

import { type RunnelError, toRunnelError } from '../../errors/index.js'
import type { DatapathEvent } from '../../stack/packet/index.js'
import type { Datapath, InterfaceOptions, OpenDatapath } from '../datapath.js'
import type { LogEvent } from '../log-event.js'
import type { Time, Timer } from '../outside.js'
import { firstRetryMs, lastRetryMs } from './limits.js'

/** Who decides about packets. It is told of every datapath that there is now, whose tables are empty when it is opened. */
export interface TunnelUser {
  handleOpen(datapath: Datapath): void
  handleEvents(events: readonly DatapathEvent[]): void
  /** The datapath is gone, with all that it was told; another one may come. */
  handleGone(): void
}

export interface TunnelParts {
  readonly open: OpenDatapath
  /** Left out: datagrams are only sent on by their labels. */
  readonly interface: InterfaceOptions | undefined
  readonly time: Time
  readonly log: (event: LogEvent) => void
}

/** What is shown of it: `down` is wished for and not there. */
export interface TunnelStatus {
  readonly state: 'off' | 'up' | 'down'
  readonly datapath: Datapath | undefined
  /** Why it is not as it should be. */
  readonly problem: RunnelError | undefined
}

export class Tunnel {
  readonly #parts: TunnelParts
  readonly #users: TunnelUser[] = []
  #port = 0
  #datapath: Datapath | undefined
  #problem: RunnelError | undefined
  #retry: Timer | undefined
  #retryMs = firstRetryMs
  #openedMs = 0
  /** By datapaths that are gone. */
  readonly #counted = new Map<string, number>()
  #closed = false

  constructor(parts: TunnelParts) {
    this.#parts = parts
  }

  get status(): TunnelStatus {
    const up = this.#datapath?.interface !== undefined
    const state = this.#parts.interface === undefined ? 'off' : up ? 'up' : 'down'
    return { state, datapath: this.#datapath, problem: this.#problem }
  }

  /** How much was done, and dropped by reason, by every datapath there was. */
  get counters(): ReadonlyMap<string, number> {
    return this.#datapath === undefined ? this.#counted : added(this.#counted, this.#datapath.counters())
  }

  /** From now on; it is told at once of the datapath that there is. */
  use(user: TunnelUser): void {
    this.#users.push(user)
    if (this.#datapath !== undefined) user.handleOpen(this.#datapath)
  }

  /** No more. */
  drop(user: TunnelUser): void {
    const at = this.#users.indexOf(user)
    if (at >= 0) this.#users.splice(at, 1)
  }

  /** Opens what can be had, with this UDP port where it is free. When it returns, the address of the interface can be bound. */
  open(port: number): void {
    this.#port = port
    this.#open()
  }

  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    this.#end()
  }

  /** With the interface, else without it, else not at all. */
  #open(): void {
    const { interface: wished, log, time } = this.#parts
    const before = this.#problem?.message
    this.#problem = undefined
    const datapath = this.#try(wished) ?? (wished === undefined ? undefined : this.#try(undefined))
    this.#openedMs = time.now().nowUs / 1000
    if (datapath?.interface !== undefined) {
      const { name, offloads, lacking } = datapath.interface
      log({ level: 'info', event: 'the interface is up', interface: name, offloads })
      this.#problem = lacking
    }
    const { problem } = this.status
    if (problem !== undefined && problem.message !== before) {
      const event = datapath?.interface === undefined ? 'no interface' : 'the interface lacks something'
      log({ level: 'warn', event, code: 'RUNNEL-W-TUN', reason: problem.message, hint: problem.hint })
    }
    if (datapath === undefined) return
    this.#datapath = datapath
    for (const user of this.#users) user.handleOpen(datapath)
  }

  #try(wished: InterfaceOptions | undefined): Datapath | undefined {
    let opened: Datapath | undefined
    const handleEvents = (events: readonly DatapathEvent[]): void => {
      // What one that was closed still had to say concerns nobody.
      if (opened !== undefined && opened === this.#datapath) this.#handleEvents(events)
    }
    try {
      opened = this.#parts.open({ interface: wished, port: this.#port, handleEvents })
      return opened
    } catch (error) {
      this.#problem ??= toRunnelError(error)
      return undefined
    }
  }

  #handleEvents(events: readonly DatapathEvent[]): void {
    const told = events.filter(({ type }) => type !== 'gone')
    if (told.length > 0) for (const user of this.#users) user.handleEvents(told)
    if (told.length < events.length && !this.#closed) this.#handleGone()
  }

  /** Deleted by somebody, as a rule. Who deletes it again and again is not fought. */
  #handleGone(): void {
    const { log, time } = this.#parts
    const aliveMs = time.now().nowUs / 1000 - this.#openedMs
    if (aliveMs > lastRetryMs) this.#retryMs = firstRetryMs
    const name = this.#datapath?.interface?.name ?? 'without a name'
    this.#end()
    log({ level: 'warn', event: 'the interface is gone', interface: name, nextTryMs: this.#retryMs })
    this.#retryLater()
  }

  #retryLater(): void {
    const delayMs = this.#retryMs
    this.#retryMs = Math.min(2 * delayMs, lastRetryMs)
    this.#retry = this.#parts.time.after(delayMs, () => {
      this.#retry = undefined
      this.#end()
      this.#open()
      // It was there before, so it can be there again.
      if (this.status.state === 'down') this.#retryLater()
    })
  }

  #end(): void {
    const datapath = this.#datapath
    if (datapath === undefined) return
    this.#datapath = undefined
    for (const [what, count] of added(this.#counted, datapath.counters())) this.#counted.set(what, count)
    datapath.close()
    for (const user of this.#users) user.handleGone()
  }
}

function added(some: ReadonlyMap<string, number>, more: ReadonlyMap<string, number>): Map<string, number> {
  const sums = new Map(some)
  for (const [what, count] of more) sums.set(what, (sums.get(what) ?? 0) + count)
  return sums
}
