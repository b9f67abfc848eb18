// A run: publisher, router and reader under load, killed with -9 one after the other or together, at instants that a seed
// chooses; some are killed again while they open. After each kill everything that was acknowledged is there, a reader was
// given nothing else, and nobody was shown less than before.

import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeClient, Stream } from '../../api/index.js'
import { isRunnelError } from '../../errors/index.js'
import type { RunningNode } from '../lab/running-node.js'
import { Village } from '../lab/village.js'
import { Chance } from './chance.js'
import { Journal } from './journal.js'
import { type Counts, Load } from './load.js'
import { LogOracle, numberOf } from './log-oracle.js'
import { SiteOracle } from './site-oracle.js'
import { promise } from './violation.js'

const hosts = ['a', 'b', 'c'] as const
const uplinkMegabits = 60

/** Who is killed together; single kills are the most. */
const victims: readonly (readonly string[])[] = [
  ['a'],
  ['a'],
  ['a'],
  ['router'],
  ['router'],
  ['router'],
  ['b'],
  ['b'],
  ['b'],
  ['a', 'router'],
  ['router', 'b'],
  ['a', 'router', 'b'],
]

/** A node opens within this. Where others had the processors meanwhile, only what it took of them itself counts. */
const openingLimitMs = 2_000

/** So long what a writer said before it was killed may be on its way, through nodes that are behind with their work. */
const onTheWayMs = 1_000

/** Each round the newest entries are read, and so many of those before; in each of these many rounds all of them. */
const lastEntries = 300
const wholeEvery = 10

export interface CampaignOptions {
  readonly seed: number
  readonly kills: number
  readonly say?: (line: string) => void
}

export interface CampaignResult {
  readonly kills: Readonly<Record<string, number>>
  readonly whileOpening: number
  readonly entries: number
  readonly versions: number
  readonly openings: readonly number[]
  readonly counts: Counts
}

/** Runs it. Throws with the seed, who was killed last, and the last lines of everybody when a promise was broken. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const village = await Village.open(hosts)
  const journal = new Journal(village.path('journal'))
  const campaign = new Campaign(village, journal, options)
  try {
    return await campaign.run()
  } catch (error) {
    throw new Error(campaign.report(error), { cause: error })
  } finally {
    await campaign.end()
    journal.close()
    await village.close()
  }
}

class Campaign {
  readonly #village: Village
  readonly #journal: Journal
  readonly #options: CampaignOptions
  readonly #chance: Chance
  readonly #log: LogOracle
  readonly #site: SiteOracle
  readonly #load: Load
  readonly #kills: Record<string, number> = { a: 0, router: 0, b: 0 }
  readonly #openings: number[] = []
  #whileOpening = 0
  #round = 0

  constructor(village: Village, journal: Journal, options: CampaignOptions) {
    this.#village = village
    this.#journal = journal
    this.#options = options
    this.#chance = new Chance(options.seed)
    this.#log = new LogOracle(journal)
    this.#site = new SiteOracle(village.path('site'), this.#chance.split(), journal)
    this.#load = new Load(village, this.#chance.split(), journal, this.#log, this.#site)
  }

  async run(): Promise<CampaignResult> {
    await Promise.all([this.#village.up('a'), this.#village.up('b')])
    this.#village.host('a').shape(uplinkMegabits)
    await this.#load.start()
    while (this.#killed < this.#options.kills) {
      this.#round += 1
      await sleep(this.#chance.between(20, 1_000))
      this.#load.check()
      await this.#strike(this.#chance.pick(victims))
      await this.#load.pause()
      await this.#verify(this.#round % wholeEvery === 0 || this.#killed >= this.#options.kills)
      this.#load.resume()
      if (this.#round % 20 === 0) this.#options.say?.(`${this.#killed} kills, ${this.#log.length} entries`)
    }
    await this.#load.end()
    await this.#readCold()
    const { counts } = this.#load
    return {
      kills: this.#kills,
      whileOpening: this.#whileOpening,
      entries: this.#log.length,
      versions: this.#site.settled + 1,
      openings: this.#openings,
      counts,
    }
  }

  /** Ends the load, whatever state it is in. */
  async end(): Promise<void> {
    await this.#load.end().catch(() => {})
  }

  report(error: unknown): string {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const details = isRunnelError(error) ? ` ${JSON.stringify(error.details)}` : ''
    const nodes = this.#village.everyNode.slice(-9).map((node) => {
      return `--- ${node.host.name}, process ${node.pid}:\n${node.output.split('\n').slice(-12).join('\n')}`
    })
    return [
      `seed ${this.#options.seed}, round ${this.#round}, after ${this.#killed} kills: ${what}${details}`,
      `--- what was done last:\n${this.#journal.tail}`,
      ...nodes,
    ].join('\n')
  }

  get #killed(): number {
    return Object.values(this.#kills).reduce((sum, count) => sum + count, 0)
  }

  /** Kills these, looks at what the reader is shown meanwhile, and starts them again in any order. */
  async #strike(names: readonly string[]): Promise<void> {
    const chance = this.#chance
    const gone = names.map((name) => {
      this.#kills[name] = (this.#kills[name] ?? 0) + 1
      return this.#village.crash(name)
    })
    this.#journal.note('killed', { names: [...names] })
    await Promise.all(gone)
    await sleep(chance.between(0, 200))
    // The publisher comes back last where it is to be seen what is shown without it.
    const alone = names.includes('a') && chance.happens(0.4)
    const order = alone ? [...names.filter((name) => name !== 'a'), 'a'] : chance.shuffle(names)
    for (const name of order) {
      if (alone && name === 'a' && this.#village.running('router') !== undefined) await this.#readWithout()
      if (chance.happens(0.2)) await this.#killWhileOpening(name)
      const node = await this.#village.reopen(name)
      this.#journal.note('again', { name, ...node.opening })
      this.#checkOpening(name, node.opening)
    }
    await this.#village.linked()
  }

  async #killWhileOpening(name: string): Promise<void> {
    const afterMs = this.#chance.between(20, 700)
    this.#kills[name] = (this.#kills[name] ?? 0) + 1
    this.#whileOpening += 1
    this.#journal.note('killed while opening', { name, afterMs })
    await this.#village.stumble(name, afterMs)
  }

  #checkOpening(name: string, { wallMs, crowdedMs, cpuMs }: RunningNode['opening']): void {
    this.#openings.push(wallMs)
    const crowded = crowdedMs > wallMs / 10
    const told = `${name} opened in ${wallMs} ms: ${cpuMs} of work, ${crowdedMs} crowded out`
    promise(cpuMs < openingLimitMs && (crowded || wallMs < openingLimitMs), told)
  }

  /** While the publisher is gone the reader is shown no less than before, or is told that nobody has it. */
  async #readWithout(): Promise<void> {
    // What comes only now is as new as can be had: nobody knows how long it was on its way.
    await sleep(onTheWayMs)
    try {
      const stream = await this.#village
        .client('b')
        .openStream(this.#load.links.posts, { maxAgeS: 0, idleTimeoutMs: 4_000 })
      this.#journal.note('shown without the publisher', { length: stream.length, stale: stream.head.stale })
      this.#log.showHead(stream.length)
      promise(stream.head.stale, 'what could not be confirmed was not called stale')
    } catch (error) {
      if (!isRunnelError(error) || !['NO_HOLDER', 'TIMEOUT', 'NETWORK_DOWN'].includes(error.code)) throw error
      this.#journal.note('nothing shown without the publisher', { code: error.code })
    }
  }

  /** Everybody is up and nothing is asked: what is there now? */
  async #verify(whole: boolean): Promise<void> {
    const [writer, reader] = [this.#village.client('a'), this.#village.client('b')]
    const { posts, site } = this.#load.links
    const from = whole ? 0 : Math.max(0, this.#log.settledLength - lastEntries)
    const own = await numbersOf(writer, posts, from)
    this.#log.settle(from, own.numbers)
    const read = await numbersOf(reader, posts, from)
    promise(read.length === own.length, `the reader has ${read.length} entries of ${own.length}`)
    promise(String(read.numbers) === String(own.numbers), 'the reader has other entries than the writer')
    this.#log.showHead(read.length)
    const { bytes } = await writer.openStream(site, { maxAgeS: 0 }).then((stream) => siteOf(stream))
    this.#site.settle(bytes)
    const got = await reader.get({ link: site, output: this.#load.output, maxAgeS: 0 })
    this.#site.showWhole(this.#load.output, got.bytes, this.#site.settled)
    promise(got.verified && !got.stale, 'with everybody up, a get was stale')
    await this.#checkForks(writer, reader)
  }

  async #checkForks(writer: NodeClient, reader: NodeClient): Promise<void> {
    const streams = await writer.streams()
    promise(streams.length === 2 && streams.every(({ forked }) => !forked), 'the writer knows of a fork')
    for (const link of [this.#load.links.posts, this.#load.links.site]) {
      const { logs } = await reader.caller.call('open', { link })
      promise(logs.length === 1 && logs.every(({ forked }) => !forked), 'the reader knows of a fork')
    }
    const { warnings, counters } = await writer.status()
    const serious = warnings.filter(({ code }) => code !== 'RUNNEL-W-UPSTREAM')
    promise(serious.length === 0, `the writer warns of ${serious.map(({ text }) => text).join('; ')}`)
    promise(counters.damagedChunks === 0, `the writer found ${counters.damagedChunks} damaged places`)
  }

  /** A reader that has never seen any of it, while the publisher is gone: the router has what was read through it. */
  async #readCold(): Promise<void> {
    await this.#village.up('c')
    const client = this.#village.client('c')
    const read = await numbersOf(client, this.#load.links.posts, 0)
    promise(read.length === this.#log.length, `a new reader has ${read.length} entries of ${this.#log.length}`)
    this.#log.settle(0, read.numbers)
    const output = this.#village.path('copy-c')
    const got = await client.get({ link: this.#load.links.site, output, maxAgeS: 0 })
    this.#site.showWhole(output, got.bytes, this.#site.settled)
    const { counters } = await this.#village.client('router').status()
    promise(counters.blamed === 0, `the router blamed its neighbours ${counters.blamed} times`)
  }
}

/** The entries of a log from `from` on, by their numbers, each with its bytes compared. */
async function numbersOf(
  client: NodeClient,
  link: string,
  from: number,
): Promise<{ length: number; numbers: number[] }> {
  const stream = await client.openStream(link, { maxAgeS: 0 })
  const numbers: number[] = []
  for await (const entry of stream.entries({ from, to: stream.length })) {
    promise(entry.sequence === from + numbers.length, `entry ${entry.sequence} came after ${numbers.length} of ${from}`)
    numbers.push(numberOf(entry.long ? await stream.readEntry(entry.sequence).bytes() : entry.bytes))
  }
  promise(from + numbers.length === stream.length, `${from + numbers.length} entries came of ${stream.length}`)
  return { length: stream.length, numbers }
}

/** What the newest entry of a site says of itself. */
async function siteOf(stream: Stream): Promise<{ bytes: number }> {
  const { site } = await stream.entry(stream.length - 1)
  promise(site !== undefined, 'the newest entry of the folder is none of a folder')
  return site
}
