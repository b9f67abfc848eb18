// One stream in a run: its writer writes, readers read, and the model says whether what they are shown can be.

import type { Freshness } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { Killed } from '../../node/store/testing/faults.js'
import type { Computer } from './computer.js'
import { LogModel, Violation } from './model.js'
import { payloadOf } from './payload.js'
import type { PlannedStream } from './plan.js'
import { publishFiles } from './publish.js'
import { SiteModel } from './site-model.js'
import type { World } from './world.js'

/** What a reader may be told when what it asks for cannot be had now. */
// A card that is older than the stream does not list it, under the secret as little as under the label.
const refusals: ReadonlySet<string> = new Set([
  'NO_HOLDER',
  'TIMEOUT',
  'NETWORK_DOWN',
  'STALE',
  'UNKNOWN_LABEL',
  'WRONG_SECRET',
  // Somebody's clock is a day behind.
  'CLOCK',
])

/** What a node may say when its disk fails. */
const diskErrors: ReadonlySet<string> = new Set(['IO', 'DISK_FULL', 'LOG_CLOSED', 'READ_ONLY'])

/** How much later than asked a call is answered that nobody keeps waiting, ms. */
const slackMs = 2_000

interface Confirmed {
  readonly wallMs: number
  /** Entries of a log, or the number of the newest version of a site. */
  readonly state: number
}

interface Shown {
  readonly starts: number
  readonly state: number
}

export class StreamRun {
  readonly name: string
  readonly planned: PlannedStream
  readonly writer: Computer
  /** Known once something was written. */
  link: string | undefined
  writes = 0
  reads = 0
  /** Reads that could not be had, and said so. */
  refused = 0
  /** Reads that go on. */
  open = 0
  readonly #world: World
  readonly #seed: string
  readonly #exactClocks: boolean
  readonly #log: LogModel
  readonly #site: SiteModel
  /** What was acknowledged when, by the writer's clock, which never goes back here. */
  readonly #confirmed: Confirmed[] = []
  #floorMs = 0
  readonly #shown = new Map<string, Shown>()
  #writing: Promise<void> = Promise.resolve()
  #operations = 0

  constructor(world: World, seed: string, planned: PlannedStream, writer: Computer, exactClocks: boolean) {
    this.#world = world
    this.#seed = seed
    this.#exactClocks = exactClocks
    this.planned = planned
    this.writer = writer
    this.name = `${writer.name}.${planned.label}`
    this.#log = new LogModel(this.name)
    this.#site = new SiteModel(this.name)
  }

  /** Before the writer's clock jumps: heads that it has signed until now may be of its latest time so far. */
  handleClockJump(): void {
    this.#floorMs = Math.max(this.#floorMs, this.writer.wallMs(this.#world.time.nowUs) + 1)
  }

  /** One write at a time, in the order of the plan. What its node refuses for want of a disk, or dies in, may be there or not. */
  write(sizes: readonly number[]): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(sizes))
    return this.#writing
  }

  async read(reader: Computer): Promise<void> {
    if (this.link === undefined || reader.node === undefined) return
    await this.#attempt(reader, 10_000)
  }

  /** Undefined when the reader was shown all that was acknowledged, as fresh as it is; else what it was shown. */
  async readAll(reader: Computer): Promise<string | undefined> {
    const wanted = this.#confirmed.at(-1)?.state ?? 0
    const shown = await this.#attempt(reader, 10_000)
    if (typeof shown === 'string') return shown
    if (shown.head.stale) return `stale, ${shown.head.ageS} s old`
    return shown.state < wanted ? `${shown.state} of ${wanted}` : undefined
  }

  /** A reader that follows was shown an entry. */
  handleShown(reader: Computer, sequence: number, bytes: Uint8Array): void {
    this.#log.show(reader.name, sequence, bytes)
  }

  /** Entries that were acknowledged. */
  get acknowledged(): number {
    return this.#log.acknowledgedLength
  }

  async #write(sizes: readonly number[]): Promise<void> {
    const { writer, planned } = this
    if (writer.node === undefined) return
    const operation = this.#operations++
    const contents = sizes.map((size, index) => {
      const identity = `${this.name}/${operation}/${index}`
      return { identity, bytes: payloadOf(this.#seed, identity, size) }
    })
    try {
      const state = planned.kind === 'log' ? await this.#append(contents) : await this.#publish(operation, contents)
      this.writes++
      const nowMs = writer.wallMs(this.#world.time.nowUs)
      this.#floorMs = Math.max(this.#floorMs, nowMs)
      this.#confirmed.push({ wallMs: this.#floorMs, state })
    } catch (error) {
      if (error instanceof Killed) return
      if (writer.diskFails && error instanceof RunnelError && diskErrors.has(error.code)) return
      throw error
    }
  }

  async #append(contents: readonly { identity: string; bytes: Uint8Array }[]): Promise<number> {
    const { label, visibility } = this.planned
    for (const { identity, bytes } of contents) this.#log.give(identity, bytes)
    const entries = contents.map(({ bytes }) => bytes)
    const { link, first } = await this.writer.call('append', { label, visibility, entries })
    this.link = link
    this.#log.acknowledge(
      first,
      contents.map(({ identity }) => identity),
    )
    return this.#log.acknowledgedLength
  }

  async #publish(version: number, contents: readonly { identity: string; bytes: Uint8Array }[]): Promise<number> {
    const { label, visibility } = this.planned
    const files = new Map(contents.map(({ bytes }, index) => [`file${index}`, bytes]))
    this.#site.give(version, files)
    const { link } = await this.writer.use((node) => publishFiles(node, label, visibility, files))
    this.link = link
    return version
  }

  /** What was shown, or the code of the refusal. */
  async #attempt(reader: Computer, idleTimeoutMs: number): Promise<{ state: number; head: Freshness } | string> {
    const startUs = this.#world.time.nowUs
    const before = this.#shown.get(reader.name)
    this.open++
    try {
      const shown =
        this.planned.kind === 'log'
          ? await this.#readLog(reader, idleTimeoutMs)
          : await this.#readSite(reader, idleTimeoutMs)
      this.reads++
      this.#checkFreshness(reader, shown, startUs)
      this.#checkOrder(reader, shown.state, before)
      return shown
    } catch (error) {
      if (!(error instanceof RunnelError)) throw error
      const mayFail = refusals.has(error.code) || (reader.diskFails && diskErrors.has(error.code))
      if (!mayFail) throw error
      this.refused++
      return error.code
    } finally {
      this.open--
    }
  }

  async #readLog(reader: Computer, idleTimeoutMs: number): Promise<{ state: number; head: Freshness }> {
    const link = this.link ?? ''
    const long: number[] = []
    let next = 0
    const { head } = await reader.call('entries', { link, idleTimeoutMs }, (entry) => {
      if (entry.sequence !== next++) throw new Violation(`${reader.name} was shown ${entry.sequence} after ${next - 2}`)
      if (entry.long) long.push(entry.sequence)
      else this.#log.show(reader.name, entry.sequence, entry.bytes)
    })
    // One of them says enough: each costs a file.
    const [sequence] = long.slice(-1)
    if (sequence !== undefined) {
      const pieces: Uint8Array[] = []
      await reader.call('readEntry', { link, sequence, idleTimeoutMs }, (piece) => void pieces.push(piece.slice()))
      this.#log.show(reader.name, sequence, Buffer.concat(pieces))
    }
    return { state: next, head }
  }

  async #readSite(reader: Computer, idleTimeoutMs: number): Promise<{ state: number; head: Freshness }> {
    const link = this.link ?? ''
    const names: string[] = []
    const { head } = await reader.call('list', { link, idleTimeoutMs }, ({ name }) => void names.push(name))
    // The site may be another one by the time of the next call; each has a first file.
    const [name] = names
    if (name === undefined) throw new Violation(`${reader.name} was shown ${this.name} without a file`)
    const pieces: Uint8Array[] = []
    await reader.call('read', { link: `${link}/${name}`, idleTimeoutMs }, (piece) => void pieces.push(piece.slice()))
    return { state: this.#site.show(reader.name, name, Buffer.concat(pieces)), head }
  }

  #checkFreshness(reader: Computer, { state, head }: { state: number; head: Freshness }, startUs: number): void {
    // What a head's writer had acknowledged before it signed it is part of it.
    const before = this.#confirmed.filter((confirmed) => confirmed.wallMs < head.timeMs).at(-1)
    if (before !== undefined && state < before.state) {
      throw new Violation(`${reader.name} was shown ${this.name} at ${state}; its head knew ${before.state}`)
    }
    const agedMs = reader.wallMs(startUs) - head.timeMs
    if (this.#exactClocks && agedMs > head.ageS * 1_000 + slackMs) {
      throw new Violation(`${reader.name} was told ${head.ageS} s of a head of ${this.name} that is ${agedMs} ms old`)
    }
  }

  /** Nobody goes back from what they were shown before they asked again; calls that run at the same time may end in any order. */
  #checkOrder(reader: Computer, state: number, before: Shown | undefined): void {
    const known = before?.starts === reader.starts ? before.state : 0
    if (state < known)
      throw new Violation(`${reader.name} was shown ${this.name} at ${state} after it was shown ${known}`)
    this.#shown.set(reader.name, { starts: reader.starts, state: Math.max(state, known) })
  }
}
