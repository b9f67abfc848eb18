// A stream that its writer wants kept by others: whatever an honest custodian has signed for it has, whole and on disk, until
// the date that it signed, whoever is killed meanwhile; and readers are given it when the writer is gone.

import { RunnelError } from '../../errors/index.js'
import { heldHeadOf } from '../../node/custody/kept-head.js'
import { Killed } from '../../node/store/testing/faults.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import { KeepWalk } from '../../stack/data/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Computer } from './computer.js'
import { Violation } from './model.js'
import type { StreamRun } from './stream-run.js'
import type { World } from './world.js'

/** How often it is looked what was promised. */
const lookUs = 200_000

/** Longer than any clock of a run jumps. */
const keepMs = 30 * 86_400_000

/** How long a read may be without any progress. */
const readIdleMs = 10_000

/** What a writer may be told that wants something kept: its own disk fails. */
const diskErrors: ReadonlySet<string> = new Set(['IO', 'DISK_FULL', 'READ_ONLY', 'LOG_CLOSED'])

/** The most that a custodian has signed for. */
export interface Promised {
  readonly custodian: Computer
  readonly length: number
  readonly untilMs: number
}

export class KeepRun {
  readonly stream: StreamRun
  readonly #world: World
  readonly #isHonest: (computer: Computer) => boolean
  readonly #promised = new Map<Computer, Promised>()
  /** How many entries each state of the log has that was seen. */
  readonly #lengths = new Map<string, number>()
  #key: Uint8Array | undefined
  #stopped = false

  constructor(world: World, stream: StreamRun, isHonest: (computer: Computer) => boolean) {
    this.#world = world
    this.stream = stream
    this.#isHonest = isHonest
  }

  get promised(): Promised[] {
    return [...this.#promised.values()]
  }

  /** Until `stop`. Throws what no writer may be told. */
  async run(): Promise<void> {
    const { writer } = this.stream
    while (!this.#stopped) {
      try {
        if (writer.node !== undefined) await this.#look()
      } catch (error) {
        const isOfDisk = error instanceof RunnelError && writer.diskFails && diskErrors.has(error.code)
        if (!(error instanceof Killed) && !isOfDisk) throw error
      }
      await this.#world.time.sleep(lookUs)
    }
  }

  /** It is wanted no more: nothing of it goes on, and custodians may let go of it. */
  async stop(): Promise<void> {
    this.#stopped = true
    const key = this.#key
    if (key !== undefined) await this.stream.writer.use((node) => node.custody.duties.end(key))
  }

  /** Throws a Violation where a custodian that runs has not what it has promised. */
  check(): void {
    for (const { custodian, length, untilMs } of this.#promised.values()) {
      const { node, name } = custodian
      if (node === undefined || custodian.wallMs(this.#world.time.nowUs) >= untilMs) continue
      const { store, chosen } = node.parts
      const records = node.custody.custodian.ledger.list().filter(({ log }) => equal(log, this.#key ?? log))
      const states = records.flatMap(({ headBytes }) => heldHeadOf(chosen.crypto, store, toHex(headBytes)) ?? [])
      const held = states.find(({ head }) => head.length >= length)
      if (held === undefined) {
        const has = states.map(({ head }) => head.length).join(', ') || 'nothing'
        throw new Violation(`${name} has promised ${length} entries of ${this.stream.name} and keeps ${has}`)
      }
      const walk = new KeepWalk(held, {
        seed: new Uint8Array(8),
        maxChunks: 100_000,
        maxBytes: Number.MAX_SAFE_INTEGER,
      })
      while (!walk.done) {
        for (const chunk of walk.wanted(16)) {
          const bytes = store.readKept(chunk)
          if (bytes === undefined || walk.handleChunk(chunk, bytes) !== undefined) {
            throw new Violation(
              `${name} has promised ${this.stream.name} and does not have ${toHex(chunk).slice(0, 8)}`,
            )
          }
        }
      }
    }
  }

  /** Undefined when a reader was shown so many entries of the log within `forMs`; else what it was shown. */
  async read(reader: Computer, length: number, forMs: number): Promise<string | undefined> {
    const { time } = this.#world
    const endUs = time.nowUs + forMs * 1_000
    for (;;) {
      let shown = 0
      let why = ''
      try {
        await reader.call('entries', { link: this.#link, maxAgeS: 0, idleTimeoutMs: readIdleMs }, () => void shown++)
      } catch (error) {
        if (!(error instanceof RunnelError)) throw error
        why = ` (${error.code})`
      }
      if (shown >= length) return undefined
      if (time.nowUs >= endUs) return `${shown}${why}`
      await time.sleep(lookUs)
    }
  }

  /** By the log's own key: a list of its name's streams from before it was made may be fresh still. */
  get #link(): string {
    const [, secret] = this.stream.link?.split('+') ?? []
    const log = encodeText(this.#world.crypto, TextKind.log, this.#key ?? new Uint8Array(32))
    return secret === undefined ? log : `${log}+${secret}`
  }

  async #look(): Promise<void> {
    const { writer, planned } = this.stream
    const node = writer.node
    const own = node?.streams.find(planned.label)
    if (node === undefined || own === undefined) return
    const { duties } = node.custody
    this.#key = own.key.slice()
    const state = duties.stateOf(own.key)
    if (state !== undefined) this.#lengths.set(toHex(state), own.log.held.head.length)
    if (duties.find(own.key) === undefined) await writer.use(() => duties.keep(own.key, keepMs))
    for (const { custodian: device, state: how, held, receipt } of duties.find(own.key)?.copies ?? []) {
      const length = held && this.#lengths.get(toHex(held))
      const custodian = this.#world.computers.find(({ name }) => name === this.#world.nameOf(device))
      if (how !== 'kept' || length === undefined || receipt === undefined || custodian === undefined) continue
      if (!this.#isHonest(custodian) || length < (this.#promised.get(custodian)?.length ?? 0)) continue
      this.#promised.set(custodian, { custodian, length, untilMs: receipt.untilMs })
    }
  }
}
