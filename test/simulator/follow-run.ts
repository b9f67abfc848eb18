// One reader that follows a log for the whole run, and again from where it was whenever its own node has ended: it must be
// shown every entry once, in order, whatever happens.

import { RunnelError } from '../../errors/index.js'
import { Killed } from '../../node/store/testing/faults.js'
import type { Computer } from './computer.js'
import { Violation } from './model.js'
import type { StreamRun } from './stream-run.js'
import type { World } from './world.js'

/** How often it is looked whether a node or a stream is there. */
const lookUs = 200_000

/**
 * What a follower may be told: its node ends, or its disk fails. Nothing else that others do ends it but an old list that somebody
 * gives for the newest: in it the secret opens nothing.
 */
const endings: ReadonlySet<string> = new Set(['ABORTED', 'WRONG_SECRET'])
const diskErrors: ReadonlySet<string> = new Set(['IO', 'DISK_FULL', 'READ_ONLY'])

export class FollowRun {
  readonly stream: StreamRun
  readonly reader: Computer
  /** Entries that it was shown. */
  shown = 0
  readonly #world: World
  readonly #end = new AbortController()
  #open = false

  constructor(world: World, stream: StreamRun, reader: Computer) {
    this.#world = world
    this.stream = stream
    this.reader = reader
  }

  get name(): string {
    return `${this.reader.name} follows ${this.stream.name}`
  }

  /** Whether a call of it goes on. */
  get open(): boolean {
    return this.#open
  }

  /** Until `stop`. Throws a Violation, or what no follower may be told. */
  async run(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      const { link } = this.stream
      if (link !== undefined && this.reader.node !== undefined) await this.#follow(link, signal)
      if (!signal.aborted) await this.#world.time.sleep(lookUs)
    }
  }

  stop(): void {
    this.#end.abort(new RunnelError('ABORTED'))
  }

  async #follow(link: string, signal: AbortSignal): Promise<void> {
    const { reader, stream } = this
    this.#open = true
    try {
      await reader.call(
        'entries',
        { link, live: true, from: this.shown },
        ({ sequence, long, bytes }) => {
          if (sequence !== this.shown) {
            throw new Violation(`${this.name}: was shown ${sequence} where ${this.shown} comes next`)
          }
          this.shown += 1
          if (!long) stream.handleShown(reader, sequence, bytes)
        },
        signal,
      )
    } catch (error) {
      if (error instanceof Killed) return
      if (!(error instanceof RunnelError)) throw error
      if (!endings.has(error.code) && !(reader.diskFails && diskErrors.has(error.code))) throw error
    } finally {
      this.#open = false
    }
  }
}
