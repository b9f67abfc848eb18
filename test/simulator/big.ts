// One big world: hundreds or thousands of nodes in a tree, several writers that append, readers that read the same and
// different logs at the same time, and meanwhile routers that are killed and start again, and links that are cut. It
// guarantees that every reader with a way that works is shown exactly what was appended, that a chunk crosses a link once
// for all who read at the same time, that no table and no queue is beyond its limit, and that a node takes little memory.

import { checkBounds, checkRest, type Most } from './big/bounds.js'
import { Copies } from './big/copies.js'
import { crash, cut } from './big/faults.js'
import { BigLog, type Reading } from './big/log.js'
import { memoryBytes } from './big/memory.js'
import type { BigOptions, BigOutcome } from './big/outcome.js'
import { Tree } from './big/tree.js'
import type { Computer } from './computer.js'
import { Violation } from './model.js'
import { Random } from './random.js'
import { World } from './world.js'

export type { BigOptions, BigOutcome } from './big/outcome.js'

/** Resolves when all has been checked. Rejects with a Violation. */
export async function runBigWorld(options: BigOptions): Promise<BigOutcome> {
  const random = new Random(`big cables ${options.seed}`)
  const world = await World.open({
    seed: options.seed,
    cable: (from, to) => {
      const own = random.split([from, to].sort().join())
      return { delayUs: own.skewed(500, 20_000), bytesPerSecond: own.skewed(12_500_000, 125_000_000), clearAtUs: 0 }
    },
  })
  return new BigWorld(options, world).run()
}

/** Reads that go on at the same time in the phase with faults and at the end, for each node. */
const BATCH_SHARE = 0.25

/** Reads in the phase with faults, and at the end; before, every node reads. */
const LATER_READS = 3_000

/** Bytes of an entry that is a file of its own. */
const LONG_BYTES = 40_000

class BigWorld {
  readonly #options: BigOptions
  readonly #world: World
  readonly #random: Random
  readonly #tree: Tree
  readonly #copies: Copies
  readonly #computers: readonly Computer[]
  readonly #logs: readonly BigLog[]
  readonly #most: Most = { interests: 0, routes: 0, neighbours: 0, queuedBytes: 0 }
  readonly #memoryBefore = memoryBytes()
  readonly #startedMs = performance.now()
  #reads = 0
  #readBytes = 0
  #refused = 0
  #faults = 0
  #behind = 0
  #lapMs = performance.now()

  constructor(options: BigOptions, world: World) {
    const { seed, nodes } = options
    this.#options = options
    this.#world = world
    this.#random = new Random(`big ${seed}`)
    this.#tree = new Tree(this.#random.split('tree'), nodes)
    this.#copies = new Copies(world)
    const computers: Computer[] = []
    for (const [index, above] of this.#tree.above.entries()) {
      const upstreams = above.map((router) => computers[router] as Computer)
      computers.push(world.computer(`n${index}`, { root: index === 0, upstreams }))
    }
    this.#computers = computers
    const writers = this.#random.some(this.#tree.leaves, Math.min(40, Math.max(4, nodes >> 6)))
    this.#logs = writers.map((index) => new BigLog(seed, computers[index] as Computer))
    world.trace.takeFingerprint()
  }

  async run(): Promise<BigOutcome> {
    await this.#start()
    await this.#write()
    const { copies, repeated } = await this.#readTogether()
    await this.#storm()
    await this.#converge()
    const { trace, time } = this.#world
    const sum = (of: (log: BigLog) => number): number => this.#logs.reduce((total, log) => total + of(log), 0)
    return {
      nodes: this.#computers.length,
      links: this.#tree.above.flat().length,
      logs: this.#logs.length,
      appendedBytes: sum(({ bytes }) => bytes),
      reads: this.#reads,
      readBytes: this.#readBytes,
      refused: this.#refused,
      behind: this.#behind,
      faults: this.#faults,
      steps: time.steps,
      frames: trace.frames,
      copies,
      repeated,
      most: this.#most,
      bytesPerNode: (memoryBytes() - this.#memoryBefore) / this.#computers.length,
      rssBytes: process.memoryUsage.rss(),
      simulatedS: time.nowUs / 1_000_000,
      realS: (performance.now() - this.#startedMs) / 1_000,
      fingerprint: trace.fingerprint,
    }
  }

  /** Every node runs and has all its links. */
  async #start(): Promise<void> {
    for (const computer of this.#computers) {
      computer.handleStart = (node) => this.#copies.watch(computer, node)
      await this.#world.during(1_000, () => computer.start())
    }
    this.#report('started')
    await this.#world.run(3_000)
    const missing = this.#computers.filter(({ node }) => node === undefined || node.carrier.upstreamsMissing)
    if (missing.length > 0)
      throw new Violation(`${missing.length} nodes have not linked up, such as ${missing[0]?.name}`)
    this.#report('linked')
  }

  async #write(): Promise<void> {
    const random = this.#random.split('write')
    const writing = this.#logs.map((log) => log.append([LONG_BYTES, ...drawSizes(random, 11)]))
    await this.#world.during(60_000, () => Promise.all(writing))
    await this.#world.run(2_000)
    this.#report('written')
  }

  /** Nothing fails: all nodes read at the same time, half of them the same log. */
  async #readTogether(): Promise<{ copies: number; repeated: number }> {
    const random = this.#random.split('together')
    this.#copies.begin()
    const reads = this.#computers.map((computer) => {
      const log = random.chance(0.5) ? (this.#logs[0] as BigLog) : random.pick(this.#logs)
      return this.#readAll(computer, log)
    })
    await this.#world.during(600_000, () => Promise.all(reads))
    const { sent } = this.#copies
    const repeated = this.#copies.end()
    if (repeated.length > 0) throw new Violation(`${repeated.length} chunks crossed again, such as ${repeated[0]}`)
    this.#checkBounds()
    this.#report(`read together, ${sent} chunks sent`)
    return { copies: sent, repeated: repeated.length }
  }

  /** Writing, reading, killing and cutting, each at its own time. */
  async #storm(): Promise<void> {
    const { nodes, untilS } = this.#options
    const { time } = this.#world
    const random = this.#random.split('storm')
    const running: Promise<void>[] = []
    let violation: unknown
    const at = (call: () => Promise<void>): void => {
      time.after(random.between(0, untilS * 1_000_000), () => {
        running.push(
          call().catch((error: unknown) => {
            violation ??= error
          }),
        )
      })
    }
    for (const log of this.#logs) {
      for (let batch = 0; batch < 4; batch++) {
        const sizes = drawSizes(random, random.between(1, 6))
        if (random.chance(0.2)) sizes.push(LONG_BYTES)
        at(() => log.append(sizes))
      }
    }
    for (let read = 0; read < Math.min(nodes, LATER_READS); read++) {
      const [reader, log] = [random.between(0, nodes - 1), random.chance(0.3) ? this.#logs[0] : random.pick(this.#logs)]
      at(() => this.#readOrExcuse(reader, log as BigLog))
    }
    for (const router of random.some(this.#tree.routers, Math.max(2, nodes / 200))) {
      const downS = random.between(1, 5)
      const isPower = random.chance(0.3)
      at(async () => {
        if (await crash(this.#world, this.#tree, router, downS, isPower)) this.#faults++
      })
    }
    for (let cuts = 0; cuts < Math.max(2, nodes / 100); cuts++) {
      const [node, cutS, isOneWay] = [random.between(1, nodes - 1), random.between(1, 10), random.chance(0.3)]
      at(async () => {
        cut(this.#world, this.#tree, node, cutS, isOneWay)
        this.#faults++
      })
    }
    for (let second = 0; second < untilS && violation === undefined; second++) {
      await this.#world.run(1_000)
      if (second % 10 === 0) this.#checkBounds()
    }
    const all = async (): Promise<void> => {
      for (let done = 0; done < running.length; done++) await running[done]
    }
    if (violation === undefined) await this.#world.during(600_000, all)
    if (violation !== undefined) throw violation
    this.#report(`storm over, ${this.#faults} faults`)
  }

  /** All works again: whoever reads is shown all that was acknowledged, and then nothing is left in any table. */
  async #converge(): Promise<void> {
    const random = this.#random.split('converge')
    await this.#world.run(30_000)
    const order = random.some(this.#computers, LATER_READS)
    const batch = Math.ceil(order.length * BATCH_SHARE)
    for (let from = 0; from < order.length; from += batch) {
      const reads = order.slice(from, from + batch).map((computer) => this.#readAll(computer, random.pick(this.#logs)))
      await this.#world.during(600_000, () => Promise.all(reads))
    }
    this.#checkBounds()
    await this.#world.run(30_000)
    for (const { name, node } of this.#computers) if (node !== undefined) checkRest(name, node)
    this.#report('converged')
  }

  /**
   * All that the log has acknowledged. When thousands ask at once, some are shown an older state, and are told so; they
   * ask again.
   */
  async #readAll(computer: Computer, log: BigLog): Promise<void> {
    const wanted = log.acknowledged
    let reading = await log.read(computer)
    this.#count(reading)
    for (let tries = 1; tries < 4 && isBehind(reading, wanted); tries++) {
      this.#behind++
      await this.#world.time.sleep(5_000_000)
      reading = await log.read(computer)
      this.#count(reading)
    }
    if (reading.kind !== 'read')
      throw new Violation(`${computer.name} cannot read ${log.writer.name}: ${codeOf(reading)}`)
    if (reading.entries < wanted) {
      const age = `${reading.ageS} s old, ${reading.stale ? 'stale' : 'not stale'}`
      throw new Violation(
        `${computer.name} was shown ${reading.entries} of ${wanted} entries of ${log.writer.name}, ${age}`,
      )
    }
  }

  /** It may fail when for some of the time there was no way that worked all the time. */
  async #readOrExcuse(index: number, log: BigLog): Promise<void> {
    const computer = this.#computers[index] as Computer
    if (computer.node === undefined) return
    const { time } = this.#world
    const startUs = time.nowUs
    const reading = await log.read(computer)
    this.#count(reading)
    const writer = this.#computers.indexOf(log.writer)
    if (reading.kind === 'refused' && this.#tree.joined(index, writer, startUs, time.nowUs)) {
      throw new Violation(`${computer.name} cannot read ${log.writer.name} though it can reach it: ${codeOf(reading)}`)
    }
  }

  #count(reading: Reading): void {
    if (reading.kind === 'read') {
      this.#reads++
      this.#readBytes += reading.bytes
    } else if (reading.kind === 'refused') this.#refused++
  }

  #checkBounds(): void {
    for (const { name, node } of this.#computers) if (node !== undefined) checkBounds(name, node, this.#most)
  }

  #report(what: string): void {
    const nowMs = performance.now()
    const { time, trace } = this.#world
    const took = ((nowMs - this.#lapMs) / 1_000).toFixed(1)
    this.#lapMs = nowMs
    const megabytes = Math.round(process.memoryUsage.rss() / 1e6)
    this.#options.report?.(
      `${what}: at ${(time.nowUs / 1e6).toFixed(1)} s, took ${took} s, ${time.steps} events, ${trace.frames} frames, ${this.#reads} reads, ${megabytes} MB`,
    )
  }
}

/** Of entries that stand in the log's own pages. */
function drawSizes(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.skewed(40, 2_000))
}

/** Whether less was shown than there is, and said to be old. */
function isBehind(reading: Reading, wanted: number): boolean {
  return reading.kind === 'read' && reading.entries < wanted && reading.stale
}

function codeOf(reading: Reading): string {
  return reading.kind === 'refused' ? reading.code : reading.kind
}
