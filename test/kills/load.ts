// The load of a run: two programs append batches and one publishes a folder that changes, on the publisher's node; one reads
// the log and one gets the folder, on the reader's. Whatever they are told goes to the oracles at once. They meet nodes that
// are not there, and go on when they are.

import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeClient } from '../../api/index.js'
import { isRunnelError, type RunnelError } from '../../errors/index.js'
import type { Village } from '../lab/village.js'
import type { Chance } from './chance.js'
import type { Journal } from './journal.js'
import type { LogOracle } from './log-oracle.js'
import type { SiteOracle } from './site-oracle.js'
import { promise, Violation } from './violation.js'

/** What a caller may be told while a node is down. */
const excuses: ReadonlySet<string> = new Set(['NO_NODE', 'NO_HOLDER', 'TIMEOUT', 'NETWORK_DOWN'])

const publisher = 'a'
const reader = 'b'

export interface Counts {
  appends: number
  publishes: number
  tails: number
  gets: number
  /** Calls that ended with an excuse. */
  excused: number
  /** Gets that went on from what an earlier one left, and what they found of it. */
  resumed: number
  reusedBytes: number
}

/** How far a get came before its node was killed. */
interface Cut {
  readonly version: number | undefined
  readonly bytes: number
}

export class Load {
  readonly counts: Counts = { appends: 0, publishes: 0, tails: 0, gets: 0, excused: 0, resumed: 0, reusedBytes: 0 }
  readonly #village: Village
  readonly #journal: Journal
  readonly #chance: Chance
  readonly #log: LogOracle
  readonly #site: SiteOracle
  readonly #ended = new AbortController()
  readonly #loops: Promise<void>[] = []
  #links: { readonly posts: string; readonly site: string } | undefined
  #held: Promise<void> | undefined
  #release: () => void = () => {}
  #busy = 0
  #failure: unknown
  #cut: Cut | undefined
  #tailed = 0

  constructor(village: Village, chance: Chance, journal: Journal, log: LogOracle, site: SiteOracle) {
    this.#village = village
    this.#chance = chance
    this.#journal = journal
    this.#log = log
    this.#site = site
  }

  get links(): { readonly posts: string; readonly site: string } {
    if (this.#links === undefined) throw new Error('nothing is published yet')
    return this.#links
  }

  get output(): string {
    return this.#village.path('copy')
  }

  /** Makes both streams, and begins. */
  async start(): Promise<void> {
    const client = this.#village.client(publisher)
    const version = this.#site.begin()
    const { link } = await client.publish(this.#site.source)
    this.#site.acknowledge(version)
    const posts = await client.createStream({ label: 'posts' })
    this.#links = { posts: posts.link, site: link }
    this.#loops.push(
      this.#loop(publisher, (on) => this.#append(on)),
      this.#loop(publisher, (on) => this.#append(on)),
      this.#loop(publisher, (on) => this.#publish(on)),
      this.#loop(reader, (on) => this.#tail(on)),
      this.#loop(reader, (on) => this.#get(on)),
    )
  }

  /** Resolves when no call is open any more, and none begins before `resume`. Throws what a program has found. */
  async pause(): Promise<void> {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve
    })
    while (this.#busy > 0 && this.#failure === undefined) await sleep(10)
    this.check()
  }

  resume(): void {
    this.#held = undefined
    this.#release()
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async end(): Promise<void> {
    this.#ended.abort()
    this.resume()
    await Promise.all(this.#loops)
  }

  async #loop(host: string, step: (client: NodeClient) => Promise<void>): Promise<void> {
    const chance = this.#chance.split()
    while (!this.#ended.signal.aborted) {
      await this.#held
      const client = this.#village.running(host)?.client
      if (this.#ended.signal.aborted) return
      if (client === undefined) {
        await sleep(20)
        continue
      }
      this.#busy += 1
      try {
        await step(client)
      } catch (error) {
        if (this.#ended.signal.aborted) return
        if (isRunnelError(error) && excuses.has(error.code)) this.#excuse(error)
        else this.#failure ??= error
      } finally {
        this.#busy -= 1
      }
      await sleep(chance.between(0, 30))
    }
  }

  #excuse(error: RunnelError): void {
    this.counts.excused += 1
    this.#journal.note('excused', { code: error.code, message: error.message })
  }

  async #append(client: NodeClient): Promise<void> {
    const { first, entries } = this.#log.begin(this.#chance.between(1, 6))
    const answer = await client.caller.call('append', { label: 'posts', entries })
    this.#log.acknowledge(first, answer.first)
    promise(answer.length >= answer.first + entries.length, `an append was answered with a length of ${answer.length}`)
    this.counts.appends += 1
  }

  async #publish(client: NodeClient): Promise<void> {
    const version = this.#site.begin()
    await client.publish(this.#site.source)
    this.#site.acknowledge(version)
    this.counts.publishes += 1
    await sleep(this.#chance.between(0, 200))
  }

  async #tail(client: NodeClient): Promise<void> {
    const stream = await client.openStream(this.links.posts, { maxAgeS: 0 })
    this.#log.showHead(stream.length)
    let sequence = Math.min(this.#tailed, stream.length)
    for await (const entry of stream.entries({ from: sequence, to: stream.length })) {
      promise(entry.sequence === sequence, `entry ${entry.sequence} was shown where ${sequence} comes next`)
      const bytes = entry.long ? await stream.readEntry(entry.sequence).bytes() : entry.bytes
      this.#log.showEntry(sequence, bytes)
      sequence += 1
    }
    promise(sequence === stream.length, `${sequence} entries of ${stream.length} were shown`)
    this.#tailed = sequence
    this.counts.tails += 1
  }

  async #get(client: NodeClient): Promise<void> {
    // Now and then from nothing, so that there is always something to be cut off.
    if (this.#cut === undefined && this.#chance.happens(0.3)) rmSync(this.output, { recursive: true, force: true })
    const since = this.#site.settled
    let done: Cut = { version: undefined, bytes: 0 }
    const onProgress = (progress: { bytes: number; totalBytes: number }): void => {
      done = { version: this.#site.ofSize(progress.totalBytes), bytes: progress.bytes }
    }
    try {
      const got = await client.get({ link: this.links.site, output: this.output, maxAgeS: 0 }, { onProgress })
      this.#site.showWhole(this.output, got.bytes, got.stale ? 0 : since)
      this.#resumed(got)
      this.counts.gets += 1
    } catch (error) {
      if (error instanceof Violation) throw error
      this.#site.showPart(this.output)
      const further = done.version !== this.#cut?.version || done.bytes > (this.#cut?.bytes ?? 0)
      if (done.bytes > 0 && further) this.#cut = done
      throw error
    }
  }

  /** What was on disk of the same version when a get was cut off is not fetched again. */
  #resumed(got: { bytes: number; reusedBytes: number; sources: readonly { hop: number; bytes: number }[] }): void {
    const cut = this.#cut
    this.#cut = undefined
    if (cut?.version === undefined || cut.bytes === 0) return
    this.counts.resumed += 1
    this.counts.reusedBytes += got.reusedBytes
    if (this.#site.ofSize(got.bytes) !== cut.version) return
    const fetched = got.sources.filter(({ hop }) => hop > 0).reduce((sum, { bytes }) => sum + bytes, 0)
    const limit = got.bytes - cut.bytes + headroomBytes
    promise(fetched <= limit, `${cut.bytes} of ${got.bytes} bytes were written, and ${fetched} were fetched again`)
  }
}

/** What the walk of a folder costs besides its files: its directories and nodes. */
const headroomBytes = 100_000
