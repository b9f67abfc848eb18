// A life of a home: work, ends and starts of every kind. An end is orderly or a kill in the middle of a call; at some starts
// the home turns out to have been copied to another machine. Everything follows from the seed.

import { isRunnelError } from '../../errors/index.js'
import { type Failure, Killed } from '../../node/store/testing/faults.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { randomFrom } from '../../node/store/testing/samples.js'
import { differences, sameFacts } from './facts.js'
import { Ledger } from './ledger.js'
import { observe } from './observe.js'
import { type HomeShape, type OpenedHome, openHome, virtualTime } from './opened-home.js'
import { Work } from './work.js'

export interface ScenarioOptions {
  readonly seed: number
  readonly operations: number
  /** Whether processes are killed now and then; without it every end is orderly. */
  readonly kills: boolean
  /** The machine of the home is replaced by another one, now and then. */
  readonly copies: boolean
  /** A call that fails, counted from the first start. */
  readonly failure?: Failure | undefined
}

/** Changes of the disk between which a home may rightly say that it was copied. */
interface CopyWindow {
  readonly from: number
  to: number
}

const segmentSizes = [8_192, 16_384, 65_536] as const

export class Scenario {
  readonly options: ScenarioOptions
  readonly shape: HomeShape
  readonly ledger = new Ledger()
  readonly work: Work
  files = new MemoryFiles()
  /** What was wrong while it ran. */
  readonly wrong: string[] = []
  readonly copyWindows: CopyWindow[] = []
  /** How many changes there were when a process began. */
  readonly starts: number[] = []
  kills = 0
  compacted = 0
  /** Reads that had failed when the home was opened. */
  #failedReads = 0
  /** Stands for the time of the whole life. */
  readonly #time = virtualTime()
  readonly #random: () => number
  readonly #machines: { from: number; name: string }[] = [{ from: 0, name: 'machine 0' }]

  constructor(options: ScenarioOptions) {
    this.options = options
    const { seed } = options
    this.#random = randomFrom(seed)
    const segmentBytes = segmentSizes[seed % segmentSizes.length] as number
    this.shape = { segmentBytes, random: randomFrom(seed + 1_000_000) }
    this.work = new Work(randomFrom(seed + 2_000_000), seed % 8 === 0)
    this.files.machine = 'machine 0'
    this.files.failAt(options.failure)
  }

  /** Which machine the home was on. */
  machineAt(changes: number): string {
    return this.#machines.findLast(({ from }) => from <= changes)?.name ?? 'machine 0'
  }

  /** Runs all of it. At the end the home is closed. */
  async run(): Promise<void> {
    const { operations, kills, copies } = this.options
    let home = await this.#open()
    for (let step = 0; step < operations; step++) {
      const choice = this.#random()
      const dies = kills && choice < 0.04
      if (home === undefined) home = await this.#open()
      if (home === undefined) continue
      if (dies) this.#kill(25)
      else if (choice < 0.07) home = await this.#restart(home, copies && this.#random() < 0.2)
      if (home === undefined) continue
      const opened: OpenedHome = home
      const lives = await this.#untilDeath(() => this.work.step(opened, () => this.files.changes.length))
      if (lives && dies) this.files.faults.dieAt(0)
      if (this.files.faults.isDead) home = await this.#replace()
    }
    if (home !== undefined) await this.#close(home)
  }

  /** Opens what is there and goes on from what it finds. Undefined when the disk does not let it. */
  async #open(): Promise<OpenedHome | undefined> {
    this.starts.push(this.files.changes.length)
    const { files } = this
    const failedReads = files.faults.failedReads
    let found: string[] = []
    const home = await this.work.attempt(() =>
      openHome(files, this.shape, this.#time, (store) => {
        if (files.faults.isDead) return
        found = this.ledger.settle(observe(store, this.ledger.known), files.changes.length)
        this.ledger.watch(store, files)
      }),
    )
    const opened = home !== undefined && !files.faults.isDead
    if (opened) {
      this.#failedReads = failedReads
      const copying = this.copyWindows.at(-1)
      if (copying?.to === Number.POSITIVE_INFINITY) copying.to = files.changes.length
      this.work.reload(home.store)
      found.push(...this.work.entries.settle(home.store, files.changes.length))
    }
    const isRead = files.faults.failedReads === failedReads
    if (isRead) this.wrong.push(...found.map((problem) => `start ${this.starts.length}: ${problem}`))
    return home
  }

  async #close(home: OpenedHome): Promise<void> {
    const { failedReads } = this.files.faults
    const found = observe(home.store, this.ledger.known)
    this.wrong.push(...found.wrong)
    // What was read in vain may be taken for damage until the next start.
    if (failedReads === this.#failedReads && this.files.faults.failedReads === failedReads) {
      for (const place of ['own', 'kept'] as const) {
        if (sameFacts(this.ledger[place].facts, found[place])) continue
        this.wrong.push(`end ${this.starts.length}: ${place}: ${differences(this.ledger[place].facts, found[place])}`)
      }
    }
    this.compacted += home.store.stats().own.compacted + home.store.stats().kept.compacted
    await this.work.attempt(async () => {
      await home.streams.settle()
      await home.store.close()
    })
    if (!this.files.faults.isDead && this.files.openFiles > 0)
      this.wrong.push(`${this.files.openFiles} files left open`)
  }

  async #restart(home: OpenedHome, isCopied: boolean): Promise<OpenedHome | undefined> {
    await this.#close(home)
    if (isCopied) {
      const from = this.files.changes.length
      this.files.machine = `machine ${this.#machines.length}`
      this.#machines.push({ from, name: this.files.machine })
      this.copyWindows.push({ from, to: Number.POSITIVE_INFINITY })
    }
    return this.#open()
  }

  /** In one of the next calls; often in one of those few that make, rename or delete something. */
  #kill(calls: number): void {
    const { faults } = this.files
    if (this.#random() < 0.5) faults.dieAt(1 + Math.floor(this.#random() * calls))
    else faults.dieAt(1 + Math.floor(this.#random() * 4), ['create', 'name', 'sync'])
  }

  /** The next process, on the disk as the killed one left it. It may be killed while it starts, too. */
  async #replace(): Promise<OpenedHome | undefined> {
    for (;;) {
      this.kills++
      this.files = this.files.successor()
      if (this.#random() < 0.3) this.#kill(60)
      let home: OpenedHome | undefined
      await this.#untilDeath(async () => {
        home = await this.#open()
      })
      if (this.files.faults.isDead) continue
      this.files.faults.dieAt(Number.POSITIVE_INFINITY)
      return home
    }
  }

  /** Whether the process lived to the end of it. */
  async #untilDeath(action: () => Promise<void>): Promise<boolean> {
    const { faults } = this.files
    const done = action().then(
      () => true,
      (thrown) => {
        if (faults.isDead && (thrown instanceof Killed || isRunnelError(thrown))) return false
        throw thrown
      },
    )
    return (await Promise.race([done, faults.death.then(() => false)])) && !faults.isDead
  }
}
