// All programs of a run that exchange packets, and what their packets cross. Where a plan has none, no computer has a datapath.

import type { Computer, ComputerOptions } from './computer.js'
import { DatagramCables } from './datagram-cables.js'
import { PacketRun, type PlannedPackets } from './packet-run.js'
import type { Plan } from './plan.js'
import { Random } from './random.js'
import type { World } from './world.js'

export class PacketRuns {
  readonly runs: PacketRun[] = []
  readonly #world: World
  readonly #plan: Plan
  readonly #cables: DatagramCables | undefined
  /** Indexes of the computers that have an interface. */
  readonly #ends: ReadonlySet<number>

  constructor(world: World, plan: Plan) {
    const ends = plan.steps.flatMap(({ act }) => (act.kind === 'packets' ? [act.sender, act.receiver] : []))
    this.#world = world
    this.#plan = plan
    this.#ends = new Set(ends)
    const random = new Random(`datagrams ${plan.seed}`)
    this.#cables = ends.length === 0 ? undefined : new DatagramCables(world, random, plan.datagrams)
  }

  /** Packets that went to another computer and came back. */
  get returned(): number {
    return this.runs.reduce((sum, { returned }) => sum + returned, 0)
  }

  /** What the computer of this index needs for packets. */
  optionsOf(index: number): Pick<ComputerOptions, 'datagrams' | 'hasInterface'> {
    return { datagrams: this.#cables, hasInterface: this.#ends.has(index) }
  }

  /** Watches what computers are given and send. What is wrong with it is reported. */
  watch(computers: readonly Computer[], report: (error: unknown) => void): void {
    const watching = (call: () => void): void => {
      try {
        call()
      } catch (error) {
        report(error)
      }
    }
    for (const [index, computer] of computers.entries()) {
      const { nat } = this.#plan.computers[index] ?? {}
      if (nat !== undefined) this.#cables?.hide(computer.name, nat)
      computer.handlePacket = (bytes) => watching(() => this.#handlePacket(computer, bytes))
    }
    this.#cables?.watch((bytes) => watching(() => this.#handleDatagram(bytes)))
  }

  begin(planned: PlannedPackets, ends: readonly [Computer, Computer]): PacketRun {
    const run = new PacketRun(this.#world, this.runs.length, planned, ends)
    this.runs.push(run)
    return run
  }

  rebind(computer: Computer): void {
    this.#cables?.rebind(computer.name)
  }

  /** Nothing that is sent is lost, doubled or late any more. */
  heal(): void {
    this.#cables?.heal()
  }

  /** Ends all, and each node that had to do with it too, unless it shall be waited until they have forgotten each other. */
  async stop(restart: (computer: Computer) => Promise<void>, waits: boolean): Promise<void> {
    for (const run of this.runs) run.stop()
    if (waits) return
    for (const end of new Set(this.runs.flatMap(({ sender, receiver }) => [sender, receiver]))) await restart(end)
  }

  #handlePacket(computer: Computer, bytes: Uint8Array): void {
    for (const run of this.runs) run.handlePacket(computer, bytes)
  }

  #handleDatagram(bytes: Uint8Array): void {
    for (const run of this.runs) run.handleDatagram(bytes)
  }
}
