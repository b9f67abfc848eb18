// One run of a plan: the phase of safety, in which work and faults go on and whatever anybody is shown must agree with the
// model; then the phase of liveness, in which faults end and everybody must soon be shown all that was acknowledged.

import { RunnelError } from '../../errors/index.js'
import type { ComposedNode } from '../../node/composed.js'
import { Killed } from '../../node/store/testing/faults.js'
import { type Attack, attack } from './attackers/index.js'
import { Awaited } from './awaited.js'
import type { Computer } from './computer.js'
import { ConverseRun, type PlannedConversation } from './converse-run.js'
import { depart } from './departing.js'
import { applyFault } from './faults.js'
import { FollowRun } from './follow-run.js'
import { KeepRun } from './keep-run.js'
import { speakLater } from './later-version.js'
import { Violation } from './model.js'
import type { Outcome } from './outcome.js'
import type { PlannedPackets } from './packet-run.js'
import { PacketRuns } from './packet-runs.js'
import type { Plan, Step } from './plan.js'
import { Random } from './random.js'
import { Reach } from './reach.js'
import { StreamRun } from './stream-run.js'
import { Traffic } from './traffic.js'
import { World } from './world.js'

/** Everybody must have everything this long after the last fault (RELIABILITY: heads converge within 30 s of healing). */
const convergeMs = 30_000

/** Who gives old heads for new ones is believed by who asks nobody else: freshness is not promised then (DESIGN §11). */
const old: ReadonlySet<string> = new Set(['stale'])

/** A node that was told to start or to end has done so after this time, whatever its neighbours do. */
const betweenMs = 10_000

/** Interests a second of a flood: enough to fill tables in the time of a run, and few enough to be simulated. */
const floodRate = 20

/** The longest that a follower is remembered who says nothing. */
const liveMs = 65_000

/** Longer than a node's question for its own name goes on. */
const ownNameMs = 3_000

/** The longest that a conversation or a channel is kept of which nobody hears any more. */
const keptMs = 130_000

/** The longest that a device is remembered which no packets went to or came from: its flows first, then itself. */
const packetsMs = 500_000

/** So many of those runs wait for that; in the others the nodes end that have sent packets, and start again. */
const waitingShare = 0.2

/** After the last question nothing may be left waiting. */
const restMs = 20_000

export class Simulation {
  readonly plan: Plan
  readonly world: World
  readonly computers: readonly Computer[]
  readonly streams: readonly StreamRun[]
  readonly traffic: Traffic
  readonly #reach: Reach
  readonly #followers: FollowRun[] = []
  readonly #conversing: ConverseRun[] = []
  readonly #keeping: KeepRun[] = []
  readonly packets: PacketRuns
  /** Logs that were read while their writers were gone. */
  #departures = 0
  readonly #attacks = new Map<Computer, Attack>()
  faults = 0
  #violation: unknown
  #healed = false
  /** Attacks are over as well. */
  #resting = false
  #convergedMs = 0

  private constructor(plan: Plan, world: World) {
    this.plan = plan
    this.world = world
    const computers: Computer[] = []
    this.packets = new PacketRuns(world, plan)
    for (const [index, { name, root, skewMs, driftPpm, custodyBytes = 0, ...planned }] of plan.computers.entries()) {
      const upstreams = planned.upstreams.flatMap((above) => computers[above] ?? [])
      const options = { root, upstreams, skewMs, driftPpm, custodyBytes, ...this.packets.optionsOf(index) }
      computers.push(world.computer(name, options))
    }
    this.computers = computers
    this.packets.watch(computers, (error) => {
      this.#violation ??= error
    })
    const exactClocks =
      plan.computers.every(({ skewMs, driftPpm }) => skewMs === 0 && driftPpm === 0) &&
      !plan.steps.some(({ act }) => act.kind === 'clock')
    this.streams = plan.streams.map((planned) => {
      const writer = computers[planned.writer]
      if (writer === undefined) throw new RangeError('a stream of nobody')
      return new StreamRun(world, plan.seed, planned, writer, exactClocks)
    })
    this.traffic = new Traffic(world)
    this.#reach = new Reach(plan.computers)
  }

  static async open(plan: Plan): Promise<Simulation> {
    const random = new Random(`cables ${plan.seed}`)
    const world = await World.open({
      seed: plan.seed,
      cable: (from, to) => {
        const own = random.split([from, to].sort().join())
        return {
          delayUs: own.skewed(50, plan.delayUs),
          bytesPerSecond: own.skewed(plan.bytesPerSecond, 125_000_000),
          clearAtUs: 0,
        }
      },
    })
    return new Simulation(plan, world)
  }

  /** Throws a Violation, or whatever should not have been thrown. */
  async run(): Promise<Outcome> {
    const { world, plan } = this
    for (const computer of this.computers) {
      computer.handleStart = (node) => this.#handleStart(computer, node)
      await world.during(10_000, () => computer.start())
    }
    await this.#linkRoots()
    await world.run(1_000)
    const beginUs = world.time.nowUs
    for (const step of plan.steps) world.time.at(beginUs + step.atMs * 1_000, () => this.#take(step))
    await this.#pass(plan.safetyMs)
    await this.#heal()
    await this.#converge()
    await this.#depart()
    await this.#rest()
    return {
      seed: plan.seed,
      nodes: this.computers.length,
      steps: world.time.steps,
      reads: this.#sum((stream) => stream.reads),
      refused: this.#sum((stream) => stream.refused),
      writes: this.#sum((stream) => stream.writes),
      followers: this.#followers.length,
      followed: this.#followers.reduce((sum, { shown }) => sum + shown, 0),
      conversations: this.#conversing.reduce((sum, { completed }) => sum + completed, 0),
      heardBytes: this.#conversing.reduce((sum, { heardBytes }) => sum + heardBytes, 0),
      packets: this.packets.returned,
      promises: this.#keeping.reduce((sum, { promised }) => sum + promised.length, 0),
      departures: this.#departures,
      faults: this.faults,
      attackers: this.plan.computers.filter(({ attack }) => attack !== undefined).length,
      frames: world.trace.frames,
      convergedMs: this.#convergedMs,
      simulatedMs: world.time.nowUs / 1_000,
    }
  }

  #handleStart(computer: Computer, node: ComposedNode): void {
    const { world, plan } = this
    const planned = plan.computers[this.computers.indexOf(computer)]
    const kind = planned?.attack
    for (const run of this.#conversing) if (run.listener === computer) run.serve(node)
    if (planned?.later === true) speakLater(node, new Random(`later ${plan.seed} ${computer.name} ${computer.starts}`))
    if (kind === undefined) this.traffic.watch(computer, node)
    // `attack` acts on a node that is ready, which it is once this has returned.
    else {
      const random = new Random(`attack ${plan.seed} ${computer.name} ${computer.starts}`)
      world.time.after(0, () => {
        if (computer.node === node && !this.#resting)
          this.#attacks.set(computer, attack(computer, kind, random, { world, rate: floodRate }))
      })
    }
  }

  /** Roots dial each other, which each can only once all have a key. */
  async #linkRoots(): Promise<void> {
    const roots = this.computers.filter(({ options }) => options.root)
    if (roots.length < 2) return
    for (const root of roots) {
      root.kill()
      root.upstreams = roots.filter((other) => other !== root)
    }
    for (const root of roots) await this.world.during(10_000, () => root.start())
  }

  /** Faults are over. */
  get isHealed(): boolean {
    return this.#healed
  }

  /** Does something in the background; what it throws ends the run. */
  background(call: () => Promise<void>): void {
    call().catch((error: unknown) => {
      if (!(error instanceof Killed)) this.#violation ??= error
    })
  }

  /** The node of a computer is to run again after a while, unless somebody else has started it. */
  restart(computer: Computer, afterMs: number): void {
    this.world.time.after(afterMs * 1_000, () => this.background(() => this.#start(computer)))
  }

  async #start(computer: Computer): Promise<void> {
    if (computer.running) return
    const hadFailure = computer.diskFails
    try {
      await computer.start()
    } catch (error) {
      if (error instanceof Killed) return
      // A disk that fails may keep a node from starting; it must say so, and start when the disk is well again.
      if (!hadFailure || !(error instanceof RunnelError)) throw error
      this.restart(computer, 1_000)
    }
  }

  #take({ act }: Step): void {
    if (this.#healed) return
    this.world.trace.event(JSON.stringify(act))
    if (act.kind === 'append' || act.kind === 'publish') {
      const stream = this.streams[act.stream]
      if (stream !== undefined) this.background(() => stream.write(act.sizes))
    } else if (act.kind === 'read') {
      const [stream, reader] = [this.streams[act.stream], this.computers[act.reader]]
      if (stream === undefined || reader === undefined || !this.#isHonest(reader)) return
      this.background(() => stream.read(reader))
    } else if (act.kind === 'follow') {
      const [stream, reader] = [this.streams[act.stream], this.computers[act.reader]]
      if (stream === undefined || reader === undefined || this.plan.computers[act.reader]?.attack !== undefined) return
      const follower = new FollowRun(this.world, stream, reader)
      this.#followers.push(follower)
      this.background(() => follower.run())
    } else if (act.kind === 'converse') {
      this.#converse(act)
    } else if (act.kind === 'packets') {
      this.#exchange(act)
    } else if (act.kind === 'keep') {
      const run = new KeepRun(this.world, this.streams[act.stream] as StreamRun, (one) => this.#isHonest(one))
      this.#keeping.push(run)
      this.background(() => run.run())
    } else {
      this.faults++
      applyFault(this, act)
    }
  }

  #converse(planned: PlannedConversation): void {
    const [dialler, listener] = [this.computers[planned.dialler], this.computers[planned.listener]]
    if (dialler === undefined || listener === undefined || dialler === listener) return
    if (!this.#isHonest(dialler) || !this.#isHonest(listener)) return
    const report = (error: unknown): void => {
      this.#violation ??= error
    }
    const run = new ConverseRun(this.world, this.#conversing.length, planned, [dialler, listener], report)
    this.#conversing.push(run)
    if (listener.node !== undefined) run.serve(listener.node)
    this.background(() => run.run())
  }

  #exchange(planned: PlannedPackets): void {
    const [sender, receiver] = [this.computers[planned.sender], this.computers[planned.receiver]]
    if (sender === undefined || receiver === undefined || sender === receiver) return
    if (!this.#isHonest(sender) || !this.#isHonest(receiver)) return
    const run = this.packets.begin(planned, [sender, receiver])
    this.background(() => run.run())
  }

  /** All faults end: cables carry, disks and clocks are well, every node runs. */
  async #heal(): Promise<void> {
    const { world } = this
    this.#healed = true
    world.trace.event('healed')
    this.packets.heal()
    for (const [, cable] of world.network.cables()) cable.clearAtUs = world.time.nowUs
    for (const [index, computer] of this.computers.entries()) {
      computer.mendDisk()
      computer.skewMs = this.plan.computers[index]?.skewMs ?? 0
      // Who is just ending by an orderly stop, or starting, comes to that end first.
      const isBetween = (): boolean => computer.running && computer.node === undefined
      await world.time.run(world.time.nowUs + betweenMs * 1_000, () => !isBetween())
      if (isBetween())
        throw new Violation(`${computer.name} neither runs nor has ended ${betweenMs} ms after the faults`)
      // Logs that a failed flush has closed take more only after a new start.
      if (computer.running && computer.diskFails) {
        computer.kill()
        await world.during(10_000, () => this.#start(computer))
      } else if (!computer.running) await world.during(10_000, () => this.#start(computer))
    }
    this.#check()
  }

  /** Each node must be able to read what was acknowledged; each stream is read by some, and each node reads some. */
  async #converge(): Promise<void> {
    const { world, plan } = this
    const random = new Random(`converge ${plan.seed}`)
    const written = this.streams.filter(({ link }) => link !== undefined)
    const beginUs = world.time.nowUs
    const awaited = new Awaited(world, (call) => this.background(call))
    for (const [index, reader] of this.computers.entries()) {
      for (const stream of random.some(written, 2)) {
        if (this.#mustReach(index, stream)) {
          awaited.add(`${reader.name} of ${stream.name}`, () => readAll(stream, reader))
        }
      }
    }
    for (const follower of this.#followers) {
      const { reader, stream, name } = follower
      if (stream.link === undefined || !this.#mustReach(this.computers.indexOf(reader), stream)) continue
      const isShown = (): boolean => follower.shown >= stream.acknowledged
      awaited.add(name, () => (isShown() ? undefined : `${follower.shown} of ${stream.acknowledged}`))
    }
    for (const run of this.#conversing) {
      const before = run.completed
      if (!this.#mustMeet(run.dialler, run.listener)) continue
      awaited.add(run.name, () => (run.completed > before ? undefined : 'not to its end'))
    }
    for (const run of this.packets.runs) {
      const before = run.returned
      if (!this.#mustMeet(run.sender, run.receiver)) continue
      awaited.add(run.name, () => (run.returned > before ? undefined : 'none came back'))
    }
    // Routers whose clock was wrong have dropped what devices said of themselves, and hear it again within 100 s.
    const withinMs = plan.steps.some(({ act }) => act.kind === 'clock') ? convergeMs + 110_000 : convergeMs
    await world.time.run(beginUs + withinMs * 1_000, () => awaited.missing.size === 0 || this.#violation !== undefined)
    this.#check()
    this.#convergedMs = (world.time.nowUs - beginUs) / 1_000
    const missing = [...awaited.missing].map(([pair, why]) => `${pair}: ${why}`)
    if (missing.length > 0) {
      throw new Violation(`${withinMs} ms after the last fault not all have everything: ${missing.join('; ')}`)
    }
  }

  /** Custodians have what they have signed for, and others are given it when its writer is gone. */
  async #depart(): Promise<void> {
    this.#departures = await depart({
      world: this.world,
      keeping: this.#keeping,
      random: new Random(`depart ${this.plan.seed}`),
      readersOf: (custodian, writer) => {
        const keeper = this.computers.indexOf(custodian)
        const reach = new Reach(this.plan.computers, this.computers.indexOf(writer))
        return this.computers.filter((_, index) => reach.honest(index, keeper) && !reach.meets(index, keeper, old))
      },
      start: (computer) => this.#start(computer),
    })
    this.#check()
  }

  #isHonest(computer: Computer): boolean {
    return this.plan.computers[this.computers.indexOf(computer)]?.attack === undefined
  }

  /** Nothing is left waiting anywhere, and every node ends well. */
  async #rest(): Promise<void> {
    this.#resting = true
    for (const one of this.#attacks.values()) one.stop()
    for (const follower of this.#followers) follower.stop()
    for (const run of this.#conversing) run.stop()
    for (const run of this.#keeping) await this.world.during(betweenMs, () => run.stop())
    // Those that were asked before the faults ended, and that attackers held up.
    const isReading = (): boolean => this.#sum(({ open }) => open) > 0 || this.#followers.some(({ open }) => open)
    await this.#pass(convergeMs, () => !isReading())
    if (isReading()) throw new Violation(`reads go on ${convergeMs} ms after the last attack`)
    const isConversing = (): boolean => this.computers.some(({ node }) => node !== undefined && talksOf(node) > 0)
    const waitsForPackets = new Random(`rest ${this.plan.seed}`).chance(waitingShare)
    await this.packets.stop((end) => this.#restart(end), waitsForPackets)
    await this.#pass(waitsForPackets ? keptMs + packetsMs : keptMs, () => !isConversing())
    await this.#pass(restMs)
    // Somebody's word that it follows no more may be lost with an attacker; then it ends with its lifetime.
    const isFollowed = (): boolean => this.computers.some(({ node }) => (node?.hub.machine.status().liveRows ?? 0) > 0)
    await this.#pass(liveMs, () => !isFollowed())
    // A node asks for its own name now and then; what is left of others' questions would not go.
    const waits = (): boolean => {
      return this.computers.some(({ node }) => {
        const { interests = 0, queuedBytes = 0 } = node?.hub.machine.status() ?? {}
        return interests + queuedBytes > 0
      })
    }
    await this.#pass(ownNameMs, () => !waits())
    for (const computer of this.computers) {
      const status = computer.node?.hub.machine.status()
      if (status === undefined) throw new Violation(`${computer.name} has ended by itself`)
      if (status.liveRows > 0 || status.liveAsks > 0) {
        throw new Violation(
          `${computer.name} forgot ${status.liveRows} live rows and ${status.liveAsks} live questions`,
        )
      }
      const conversations = computer.node?.sessions.count ?? 0
      if (conversations > 0 || status.channels.open > 0) {
        throw new Violation(
          `${computer.name} forgot ${conversations} conversations and ${status.channels.open} channels`,
        )
      }
      if (status.interests > 0 || status.queuedBytes > 0) {
        throw new Violation(`${computer.name} forgot ${status.interests} Interests and ${status.queuedBytes} bytes`)
      }
    }
    for (const computer of this.computers) await this.world.during(10_000, () => computer.stop())
    this.#check()
  }

  async #restart(computer: Computer): Promise<void> {
    await this.world.during(betweenMs, () => computer.stop())
    await this.world.during(betweenMs, () => this.#start(computer))
  }

  /** Whether two computers can be promised to find each other, whatever the attackers do. */
  #mustMeet(one: Computer, other: Computer): boolean {
    return this.#reach.honest(this.computers.indexOf(one), this.computers.indexOf(other))
  }

  /** Whether a reader can be promised all of a stream, as fresh as it is, whatever the attackers do. */
  #mustReach(reader: number, { planned }: StreamRun): boolean {
    if (this.plan.computers[reader]?.attack !== undefined) return false
    return this.#reach.honest(reader, planned.writer) && !this.#reach.meets(reader, planned.writer, old)
  }

  async #pass(forMs: number, until: () => boolean = () => false): Promise<void> {
    const { time } = this.world
    await time.run(
      time.nowUs + forMs * 1_000,
      () => this.#violation !== undefined || this.traffic.violation !== undefined || until(),
    )
    this.#check()
  }

  #check(): void {
    if (this.traffic.violation !== undefined) throw this.traffic.violation
    if (this.#violation !== undefined) throw this.#violation
  }

  #sum(of: (stream: StreamRun) => number): number {
    return this.streams.reduce((sum, stream) => sum + of(stream), 0)
  }
}

/** As StreamRun.readAll, when nobody is killed any more. */
async function readAll(stream: StreamRun, reader: Computer): Promise<string | undefined> {
  try {
    return await stream.readAll(reader)
  } catch (error) {
    if (error instanceof Killed) throw new Violation(`${reader.name} has ended by itself`)
    throw error
  }
}

/** Conversations, channels, and devices with which there may be one again. */
function talksOf(node: ComposedNode): number {
  return node.sessions.count + node.hub.machine.status().channels.open + node.tunnel.peers().length
}
