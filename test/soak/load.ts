// What is done in a round: the publisher's node is given a changed tree and entries, the reader's is asked for them and for
// pieces of the library, programs come and go, and so does a whole node that was never there before. Every byte is compared.
// A call that meets a node that is just down is made again until it is answered.

import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type NodeClient } from '../../api/index.js'
import { isRunnelError } from '../../errors/index.js'
import type { Chance } from '../kills/chance.js'
import { promise } from '../kills/violation.js'
import { compareTrees } from '../lab/trees.js'
import type { Village } from '../lab/village.js'
import { Counts } from './counts.js'
import { entryBytes, Material, type Piece } from './material.js'
import type { Sizes } from './sizes.js'

/** What a caller may be told while a node is down. */
const excuses: ReadonlySet<string> = new Set(['NO_NODE', 'NO_HOLDER', 'TIMEOUT', 'NETWORK_DOWN', 'STALE', 'ABORTED'])

/** However busy the machine: a call that is not answered by then never is. */
const patienceMs = 120_000

const publisher = 'a'
const reader = 'b'
const visitor = 'c'

/** Two logs: one that all may read, and one whose readers need a secret. */
const logs = [
  { label: 'posts', visibility: 'public' },
  { label: 'notes', visibility: 'unlisted' },
] as const

export class Load {
  readonly counts = new Counts()
  readonly #village: Village
  readonly #sizes: Sizes
  readonly #chance: Chance
  readonly #material: Material
  readonly #links: Record<string, string> = {}
  /** By label: at which sequence which number was acknowledged, and from where on it has not been read. */
  readonly #placed: Record<string, Map<number, number>> = {}
  readonly #read: Record<string, number> = {}
  #nextNumber = 0
  #over = false

  constructor(village: Village, sizes: Sizes, chance: Chance) {
    this.#village = village
    this.#sizes = sizes
    this.#chance = chance
    this.#material = new Material(village.path('sources'), sizes, chance.split())
  }

  /** Publishes the library and makes the logs. */
  async start(): Promise<void> {
    const client = this.#village.client(publisher)
    this.#material.writeLibrary()
    const { link, newBytes } = await client.publish(this.#material.library, { label: 'library' })
    this.counts.published(newBytes)
    this.#links.library = link
    rmSync(this.#material.library, { recursive: true })
    for (const { label, visibility } of logs) {
      this.#links[label] = (await client.createStream({ label, visibility })).link
      this.#placed[label] = new Map()
      this.#read[label] = 0
    }
  }

  /** What is written in a round. */
  async write(round: number): Promise<void> {
    this.#material.changeTree(round)
    const appended = logs.map(async ({ label }) => {
      // In one call, and then some that are each flushed for themselves.
      for (const count of [this.#sizes.entries, 1, 1, 1]) await this.#append(label, count)
    })
    const published = this.#insist(publisher, async (client) => {
      const { link, newBytes } = await client.publish(this.#material.tree, { label: 'tree' })
      this.counts.published(newBytes)
      this.#links.tree = link
    })
    await Promise.all([published, ...appended])
  }

  /** What is read in a round, and who comes and goes meanwhile. */
  async read(round: number): Promise<void> {
    const { libraryReads, smallReads } = this.#sizes
    await Promise.all([
      this.#readTree(round),
      this.#readPieces(() => this.#material.largePiece(), libraryReads),
      this.#readPieces(() => this.#material.smallPiece(), smallReads),
      ...logs.map(({ label }) => this.#follow(label)),
      this.#breakOff(),
      this.#visitPrograms(),
      this.#visit(round),
    ])
    this.counts.rounds += 1
  }

  /** Nothing is called again from now on. */
  end(): void {
    this.#over = true
  }

  async #append(label: string, count: number): Promise<void> {
    const first = this.#nextNumber
    this.#nextNumber += count
    const entries = Array.from({ length: count }, (_, index) => entryBytes(label, first + index))
    await this.#insist(publisher, async (client) => {
      // A call without an answer may have been done: it counts for the disk as often as it is made.
      this.counts.appended(entries)
      const answer = await client.caller.call('append', { label, entries })
      entries.forEach((_, index) => {
        this.#placed[label]?.set(answer.first + index, first + index)
      })
    })
  }

  /** Reads what came, again and again while more is appended: each new head is remembered in kept/. */
  async #follow(label: string): Promise<void> {
    for (let more = this.#sizes.follows; more > 0; more -= 1) {
      await this.#append(label, 1)
      await this.#tail(label)
    }
  }

  /** The tree as it is now: half of the time into what the reader has of it, else from nothing. */
  async #readTree(round: number): Promise<void> {
    const output = this.#village.path('copy')
    if (this.#chance.happens(0.5)) rmSync(output, { recursive: true, force: true })
    await this.#insist(reader, (client) => this.#get(client, output, round))
  }

  async #get(client: NodeClient, output: string, round: number): Promise<void> {
    const link = this.#links.tree ?? ''
    const got = await client.get({ link, output, maxAgeS: 0, refuseStale: true })
    const { bytes, differences } = compareTrees(this.#material.tree, output, 3)
    // A get leaves files that are no longer published where they are.
    const wrong = differences.filter(
      ({ path, what }) => !(path.startsWith('of-round/') && what === 'only on the right'),
    )
    promise(wrong.length === 0, `the tree of round ${round}: ${JSON.stringify(wrong)}`)
    this.counts.gets += 1
    this.counts.readBytes += got.bytes - got.reusedBytes
    this.counts.comparedBytes += bytes
  }

  /** Some at a time, as a program that shows pictures. */
  async #readPieces(choose: () => Piece, count: number): Promise<void> {
    const pieces = Array.from({ length: count }, choose)
    const lane = async (): Promise<void> => {
      for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) await this.#readPiece(piece)
    }
    await Promise.all(Array.from({ length: 4 }, lane))
  }

  async #readPiece({ path, from, to, bytes }: Piece): Promise<void> {
    await this.#insist(reader, async (client) => {
      const link = `${this.#links.library}/${path}`
      const read: Uint8Array[] = []
      for await (const part of client.caller.items('read', { link, from, to, maxAgeS: 60 })) read.push(part)
      promise(bytes.equals(Buffer.concat(read)), `${path} from ${from} to ${to} has other bytes`)
      this.counts.pieces += 1
      this.counts.readBytes += bytes.length
      this.counts.comparedBytes += bytes.length
    })
  }

  /** The entries that came since the last time. */
  async #tail(label: string): Promise<void> {
    await this.#insist(reader, async (client) => {
      const placed = this.#placed[label] ?? new Map<number, number>()
      const stream = await client.openStream(this.#links[label] ?? '', { maxAgeS: 0, refuseStale: true })
      let sequence = this.#read[label] ?? 0
      for await (const entry of stream.entries({ from: sequence, to: stream.length })) {
        const bytes = Buffer.from(entry.long ? await stream.readEntry(entry.sequence).bytes() : entry.bytes)
        const number = Number(bytes.toString('latin1', 0, 12).split('\n')[0])
        promise(bytes.equals(entryBytes(label, number)), `entry ${entry.sequence} of ${label} has other bytes`)
        const acknowledged = placed.get(entry.sequence) ?? number
        promise(acknowledged === number, `${label} ${entry.sequence} is ${number}, and not ${acknowledged}`)
        placed.delete(entry.sequence)
        this.counts.readBytes += bytes.length
        this.counts.comparedBytes += bytes.length
        sequence += 1
      }
      promise(sequence === stream.length, `${sequence} entries of ${stream.length} came`)
      const missing = [...placed.keys()].filter((place) => place < sequence)
      promise(missing.length === 0, `${missing.length} acknowledged entries of ${label} did not come`)
      this.#read[label] = sequence
      this.counts.tails += 1
    })
  }

  /** Reads that end in the midst of it: by an abort, and by a program that is gone. */
  async #breakOff(): Promise<void> {
    for (const [index, afterMs] of [this.#chance.between(1, 30), this.#chance.between(1, 30)].entries()) {
      const { path, from, to } = this.#material.largePiece()
      await this.#excused(async () => {
        const program = await connect({ home: this.#village.home(reader) })
        const abort = new AbortController()
        const params = { link: `${this.#links.library}/${path}`, from, to, maxAgeS: 60 }
        const call = program.caller.items('read', params, { signal: abort.signal })
        const drained = this.#excused(async () => {
          for await (const _ of call) void 0
        })
        await sleep(afterMs)
        if (index === 0) abort.abort()
        await program.close()
        await drained
      })
      this.counts.broken += 1
    }
  }

  /** Programs that connect to each of the nodes, ask something and go. */
  async #visitPrograms(): Promise<void> {
    for (const name of [publisher, reader, 'router']) {
      for (let index = 0; index < this.#sizes.programs; index += 1) {
        await this.#excused(async () => {
          await using program = await connect({ home: this.#village.home(name) })
          await program.id()
        })
        this.counts.programs += 1
      }
    }
  }

  /** A node that was never there: it reads, mostly from the router's cache, and is gone again, one way or the other. */
  async #visit(round: number): Promise<void> {
    const output = this.#village.path('copy-c')
    await this.#village.up(visitor, ['--cache', this.#sizes.readerCache])
    await this.#insist(visitor, (client) => this.#get(client, output, round))
    await (round % 2 === 0 ? this.#village.stop(visitor) : this.#village.crash(visitor))
    for (const path of [output, this.#village.home(visitor)]) rmSync(path, { recursive: true, force: true })
    this.counts.visitors += 1
  }

  /** Calls until it is answered, whoever is down meanwhile. */
  async #insist(name: string, call: (client: NodeClient) => Promise<void>): Promise<void> {
    const endMs = performance.now() + patienceMs
    for (;;) {
      const client = this.#village.running(name)?.client
      if (client !== undefined && (await this.#excused(() => call(client)))) return
      promise(!this.#over, 'the soak is over')
      promise(performance.now() < endMs, `${name} has not answered for ${patienceMs} ms`)
      await sleep(50)
    }
  }

  /** Whether it was done; false when a node was down. */
  async #excused(call: () => Promise<void>): Promise<boolean> {
    try {
      await call()
      return true
    } catch (error) {
      if (!isRunnelError(error) || !excuses.has(error.code)) throw error
      this.counts.excused += 1
      return false
    }
  }
}
