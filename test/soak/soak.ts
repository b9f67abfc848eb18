// A soak: publisher, router and reader live for many rounds, the router behind a cache that is always full. In the first
// half one of them is ended every few rounds, by a signal or by kill -9, in the midst of a round; in the second half they are
// left alone, so that what grows slowly has the time to show. What they hold is looked at when nothing is asked of them.

import { setTimeout as sleep } from 'node:timers/promises'
import { Chance } from '../kills/chance.js'
import type { RunningNode } from '../lab/running-node.js'
import { Village } from '../lab/village.js'
import { checkLives } from './checks.js'
import type { Counts } from './counts.js'
import type { Finding } from './finding.js'
import { Life } from './life.js'
import { aheadBytes, quietMs, settledBytes } from './limits.js'
import { Load } from './load.js'
import { type Look, lookAt, probed } from './look.js'
import type { Sizes } from './sizes.js'

/** Who lives from the beginning to the end: publisher, router and reader. `c` is the guest that comes and goes. */
const names = ['a', 'router', 'b'] as const
const endings = ['stopped', 'killed'] as const

const sampleEveryMs = 1_000

export interface SoakOptions {
  readonly seed: number
  readonly sizes: Sizes
  /** How much of it is done by now, from 0 to 1, after so many rounds. */
  readonly progress: (rounds: number) => number
  readonly say?: (line: string) => void
}

export interface SoakResult {
  readonly findings: readonly Finding[]
  readonly counts: Counts
  readonly lives: readonly Life[]
}

/** Runs it. Throws when a byte was wrong or a call was never answered; what grew is in the findings. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { sizes } = options
  const village = await Village.open(['a', 'b', 'c'], ['--cache', sizes.routerCache], ({ scratch }) => ({
    environment: probed(`${scratch}/inside-router`),
  }))
  try {
    return await new Soak(village, options).run()
  } catch (error) {
    const last = village.everyNode
      .slice(-6)
      .map(({ host, pid, output }) => `--- ${host.name}, ${pid}:\n${output.slice(-2_000)}`)
    throw new Error([`seed ${options.seed}: ${error instanceof Error ? error.stack : error}`, ...last].join('\n'), {
      cause: error,
    })
  } finally {
    await village.close()
  }
}

class Soak {
  readonly #village: Village
  readonly #options: SoakOptions
  readonly #chance: Chance
  readonly #load: Load
  readonly #lives: Life[] = []
  /** Once somebody was not quiet in time: nobody is waited for again. */
  #restless = false
  /** Who is ended next, and how, each combination once before any comes again. */
  readonly #strikes: (readonly [string, string])[] = []

  constructor(village: Village, options: SoakOptions) {
    this.#village = village
    this.#options = options
    this.#chance = new Chance(options.seed)
    this.#load = new Load(village, options.sizes, this.#chance.split())
  }

  async run(): Promise<SoakResult> {
    const { sizes, progress, say } = this.#options
    await this.#begin('a', ['--cache', sizes.readerCache])
    await this.#begin('b', ['--cache', sizes.readerCache])
    this.#born('router', this.#village.router)
    await this.#load.start()
    const timer = setInterval(() => this.#sample(), sampleEveryMs)
    try {
      for (let round = 0; progress(round) < 1; round += 1) {
        await this.#load.write(round)
        const strikes = progress(round) < 0.5 && round % sizes.strikeEvery === sizes.strikeEvery - 1
        await Promise.all([this.#load.read(round), strikes ? this.#strike() : undefined])
        if ((round + 1) % sizes.lookEvery === 0) await this.#look(round)
        if (round % 10 === 9) say?.(this.#line(round + 1))
      }
    } finally {
      clearInterval(timer)
      this.#load.end()
    }
    const findings = [...checkLives(this.#lives), ...this.#checkWork()]
    return { findings, counts: this.#load.counts, lives: this.#lives }
  }

  async #begin(name: string, args: readonly string[]): Promise<void> {
    this.#born(name, await this.#village.up(name, args, { environment: probed(this.#answers(name)) }))
  }

  #born(name: string, node: RunningNode): void {
    this.#lives.push(new Life(name, node))
  }

  #answers(name: string): string {
    return this.#village.path(`inside-${name}`)
  }

  /** Ends somebody at any moment of the first second of reading, and starts it again. */
  async #strike(): Promise<void> {
    const all = names.flatMap((name) => endings.map((how) => [name, how] as const))
    if (this.#strikes.length === 0) this.#strikes.push(...this.#chance.shuffle(all))
    const [name, how] = this.#strikes.pop() ?? ['router', 'killed']
    await sleep(this.#chance.between(50, 1_000))
    await (how === 'killed' ? this.#village.crash(name) : this.#village.stop(name))
    this.#load.counts.end(name, how)
    await sleep(this.#chance.between(0, 300))
    this.#born(name, await this.#village.again(name))
  }

  #alive(): Life[] {
    return this.#lives.filter(({ node }) => !node.ended)
  }

  #sample(): void {
    for (const life of this.#alive()) life.sample()
  }

  /** Waits until all that was asked is over, and looks at everybody. */
  async #look(round: number): Promise<void> {
    await this.#village.linked()
    for (const life of this.#alive()) {
      const ownLimitBytes = life.name === 'a' ? this.#load.counts.ownBytes : aheadBytes
      const look = (): Promise<Look> => lookAt(life.node, this.#answers(life.name), { round, ownLimitBytes })
      const endMs = performance.now() + quietMs
      let [before, last] = [await look(), await look()]
      while (!this.#restless && !isQuiet(last, before, life.looks[0])) {
        // What is still there in the end is a finding, and not an error.
        if (performance.now() > endMs) this.#restless = true
        await sleep(100)
        before = last
        last = await look()
      }
      life.looks.push(last)
    }
  }

  /** That it did what it is there for. */
  #checkWork(): Finding[] {
    const routers = this.#lives.filter(({ name }) => name === 'router')
    const sum = (of: (look: Look) => number): number =>
      routers.reduce((total, { looks }) => total + Math.max(0, ...looks.map(of)), 0)
    const done = (what: string, who: string, found: number, least: number): Finding => ({
      what,
      who,
      found: String(found),
      limit: `≥ ${least}`,
      kept: found >= least,
    })
    const { rounds, ended } = this.#load.counts
    const kinds = names.flatMap((name) => endings.map((how) => `${name} ${how}`))
    return [
      done(
        'chunks that made room for others',
        'router',
        sum(({ cacheEvictions }) => cacheEvictions),
        rounds,
      ),
      done(
        'chunks from the cache',
        'router',
        sum(({ cacheHits }) => cacheHits),
        rounds,
      ),
      done(
        'ways in which one was ended',
        'all',
        kinds.filter((kind) => ended[kind] !== undefined).length,
        kinds.length,
      ),
    ]
  }

  #line(rounds: number): string {
    const told = this.#alive().map(({ name, looks, resident }) => {
      const [look, now] = [looks.at(-1), resident.at(-1)]
      if (look === undefined || now === undefined) return `${name} is young`
      const { heapBytes, externalBytes } = look.inside
      const mb = [now.value, heapBytes, externalBytes].map((bytes) => (bytes / 1e6).toFixed(0)).join('/')
      return `${name} ${mb} MB, own ${(look.disk.own.bytes / 1e6).toFixed(0)} of ${(look.ownLimitBytes / 1e6).toFixed(0)}, cache ${(look.disk.cache.bytes / 1e6).toFixed(0)}`
    })
    return `${rounds} rounds, ${this.#lives.length - 3} ended: ${told.join('; ')}`
  }
}

/** Nothing waits, nothing is open that was not there at first, and what waited for the cache's disk is written. */
function isQuiet(look: Look, before: Look, first: Look | undefined): boolean {
  const { waiting, descriptors, inside } = look
  if (waiting.questions > 0 || waiting.bytes > 0 || descriptors.deleted.length > 0) return false
  if (before.inside.externalBytes - inside.externalBytes > settledBytes) return false
  if (first === undefined) return true
  return descriptors.sockets <= first.descriptors.sockets && descriptors.others <= first.descriptors.others
}
