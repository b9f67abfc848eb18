// What a run does, drawn from its seed before it begins: which computers there are and how they are linked, what is
// written and read, and which faults happen when. Rates are drawn too, so that some runs have none of a fault and some
// little else (swarm testing, Groce 2012). A plan is a list of steps, so a failing one can be made shorter.

import type { PowerLoss } from '../../node/store/testing/power-cut.js'
import { powerLosses } from '../../node/store/testing/power-cut.js'
import { type AttackKind, attackKinds } from './attackers/index.js'
import type { PlannedConversation } from './converse-run.js'
import type { DatagramFaults, NatKind } from './datagram-cables.js'
import type { PlannedPackets } from './packet-run.js'
import { Random } from './random.js'

export interface PlannedComputer {
  readonly name: string
  readonly root: boolean
  /** Indexes of the computers that it dials, all smaller than its own. */
  readonly upstreams: readonly number[]
  readonly skewMs: number
  readonly driftPpm: number
  /** The one respect in which its node is not honest. */
  readonly attack?: AttackKind
  /** Its node speaks a version that is yet to come. */
  readonly later?: boolean
  /** What it keeps for others; nothing where it is missing. */
  readonly custodyBytes?: number
  /** What its datagrams pass. */
  readonly nat?: NatKind
}

export interface PlannedStream {
  /** Index of the computer whose node writes it. */
  readonly writer: number
  readonly label: string
  readonly visibility: 'public' | 'unlisted'
  readonly kind: 'log' | 'site'
}

export type Act =
  /** Entries of these sizes, in bytes, are appended to a log. */
  | { readonly kind: 'append'; readonly stream: number; readonly sizes: readonly number[] }
  /** A folder of files of these sizes takes the place of the last one. */
  | { readonly kind: 'publish'; readonly stream: number; readonly sizes: readonly number[] }
  | { readonly kind: 'read'; readonly reader: number; readonly stream: number }
  /** Follows a log from its beginning, until the run ends. */
  | { readonly kind: 'follow'; readonly reader: number; readonly stream: number }
  /** From now on the writer wants it kept by others, until the run ends. */
  | { readonly kind: 'keep'; readonly stream: number }
  /** Speaks to a program at another computer, until the run ends. */
  | ({ readonly kind: 'converse' } & PlannedConversation)
  /** Sends packets to a program at another computer, which sends them back, until the run ends. */
  | ({ readonly kind: 'packets' } & PlannedPackets)
  | { readonly kind: 'kill'; readonly computer: number; readonly downMs: number }
  | { readonly kind: 'power'; readonly computer: number; readonly downMs: number; readonly loss: PowerLoss }
  | { readonly kind: 'stop'; readonly computer: number; readonly downMs: number }
  | { readonly kind: 'reset'; readonly one: number; readonly other: number }
  /** Nothing arrives in one direction for a while. */
  | { readonly kind: 'clog'; readonly from: number; readonly to: number; readonly forMs: number }
  /** Nothing arrives between two groups, or from the first to the second only. */
  | { readonly kind: 'partition'; readonly group: readonly number[]; readonly oneWay: boolean; readonly forMs: number }
  /** Each cable of a computer is clogged and cleared one after the other, in an order of chance (FoundationDB's swizzle). */
  | { readonly kind: 'swizzle'; readonly computer: number; readonly forMs: number; readonly seed: number }
  /** A NAT forgets what it knew. */
  | { readonly kind: 'rebind'; readonly computer: number }
  /** The wall clock jumps. */
  | { readonly kind: 'clock'; readonly computer: number; readonly skewMs: number }
  /** The n-th call of the disk from now on fails, and with `forever` all after it. */
  | {
      readonly kind: 'disk'
      readonly computer: number
      readonly call: number
      readonly code: 'EIO' | 'ENOSPC'
      readonly forever: boolean
    }
  /** So many bits of the cache flip at rest. */
  | { readonly kind: 'rot'; readonly computer: number; readonly bits: number; readonly seed: number }

export interface Step {
  readonly atMs: number
  readonly act: Act
}

export interface Plan {
  readonly seed: string
  readonly computers: readonly PlannedComputer[]
  readonly streams: readonly PlannedStream[]
  /** The longest delay of a cable and its slowest rate in this run. */
  readonly delayUs: number
  readonly bytesPerSecond: number
  /** What becomes of datagrams. */
  readonly datagrams: DatagramFaults
  readonly steps: readonly Step[]
  /** How long writing, reading and faults go on, ms. */
  readonly safetyMs: number
}

export interface PlanOptions {
  readonly seed: string
  /** Drawn between 8 and 64 where it is missing. */
  readonly nodes?: number | undefined
  /** Virtual seconds of the phase with faults; drawn between 10 and 40 where it is missing. */
  readonly untilS?: number | undefined
}

/** No two clocks may lie further apart for good than heads may be ahead (docs/protocol.md §13); for a while, a day. */
const skewMs = 290_000
const jumpMs = 86_400_000

/** Kinds that need nothing but a node; a thief needs somebody to steal from, and is tried where he is awaited. */
const scenarioAttacks = attackKinds.filter((kind) => kind !== 'thief')

export function drawPlan({ seed, nodes, untilS }: PlanOptions): Plan {
  const random = new Random(`plan ${seed}`)
  const count = nodes ?? random.skewed(8, 64)
  const honest = drawComputers(random.split('computers'), count)
  const streams = drawStreams(random.split('streams'), count)
  const attacked = drawAttackers(random.split('attackers'), honest, streams)
  const kept = drawCustodians(random.split('custodians'), drawVersions(random.split('versions'), attacked))
  const packets = random.split('packets')
  const computers = drawNats(packets.split('nats'), kept)
  const safetyMs = 1000 * (untilS ?? random.between(10, 40))
  const steps = [
    ...drawWork(random.split('work'), count, streams, safetyMs),
    ...drawFollowers(random.split('followers'), count, streams, safetyMs),
    ...drawConversations(random.split('conversations'), count, safetyMs),
    ...drawPackets(packets, computers, safetyMs),
    ...drawKeeping(random.split('keeping'), computers, streams, safetyMs),
    ...drawFaults(random.split('faults'), computers, safetyMs),
  ]
  steps.sort((a, b) => a.atMs - b.atMs)
  return {
    seed,
    computers,
    streams,
    delayUs: random.skewed(100, 100_000),
    bytesPerSecond: random.skewed(125_000, 125_000_000),
    datagrams: {
      lostPercent: packets.pick([0, 1, 5, 30]),
      doubledPercent: packets.pick([0, 0, 5]),
      jitterUs: packets.pick([0, 1_000, 50_000]),
    },
    steps,
    safetyMs,
  }
}

/** Roots, routers below them, and the others below those; some dial two or three. */
function drawComputers(random: Random, count: number): PlannedComputer[] {
  const roots = random.pick([1, 1, 2, 3])
  const routers = Math.max(1, Math.round(count * random.pick([0.1, 0.2, 0.4])))
  const several = random.pick([0, 0.3, 0.8])
  const skewed = random.pick([0, 0, 0.2])
  const drifts = random.pick([0, 0, 500])
  return Array.from({ length: count }, (_, index) => {
    const above = index < roots ? 0 : Math.min(index, roots + routers)
    const from = index < roots + routers ? 0 : roots
    const candidates = Array.from({ length: above - from }, (_, at) => from + at)
    const upstreams = random.some(candidates, random.chance(several) ? random.between(2, 3) : 1)
    return {
      name: `${index < roots ? 'root' : index < roots + routers ? 'router' : 'n'}${index}`,
      root: index < roots,
      // Roots dial each other, whatever stands here.
      upstreams: index < roots ? [] : upstreams,
      skewMs: random.chance(skewed) ? random.between(-skewMs, skewMs) : 0,
      driftPpm: drifts === 0 ? 0 : random.between(-drifts, drifts),
    }
  })
}

/** Most runs have some; who writes is honest, because whatever else is read is checked against what was written. */
function drawAttackers(
  random: Random,
  computers: readonly PlannedComputer[],
  streams: readonly PlannedStream[],
): PlannedComputer[] {
  const share = random.pick([0, 0.1, 0.2, 0.3])
  const kinds = random.chance(0.4) ? ['lie' as const] : random.some(scenarioAttacks, random.between(1, 4))
  const writers = new Set(streams.map(({ writer }) => writer))
  // Who is above others is asked by them; of the rest hardly anybody asks anything.
  const isAsked = new Set(computers.flatMap(({ upstreams }) => upstreams))
  const placed = random.chance(0.7)
  return computers.map((computer, index) => {
    const draws = !writers.has(index) && (!placed || (isAsked.has(index) && !computer.root))
    return draws && random.chance(placed ? 2 * share : share) ? { ...computer, attack: random.pick(kinds) } : computer
  })
}

/** Half of the runs have some nodes of a later version. */
function drawVersions(random: Random, computers: readonly PlannedComputer[]): PlannedComputer[] {
  const share = random.pick([0, 0, 0.1, 0.5])
  return computers.map((computer) => (random.chance(share) ? { ...computer, later: true } : computer))
}

/** Two runs of three have some: of those that others dial, the honest ones, and some have room for little. */
function drawCustodians(random: Random, computers: readonly PlannedComputer[]): PlannedComputer[] {
  const share = random.pick([0, 0.4, 1])
  const isAsked = new Set(computers.flatMap(({ upstreams }) => upstreams))
  return computers.map((computer, index) => {
    const keeps = random.chance(share) && isAsked.has(index) && computer.attack === undefined
    return keeps ? { ...computer, custodyBytes: random.pick([200_000, 16_777_216, 16_777_216]) } : computer
  })
}

/** Of those that nobody dials. */
function drawNats(random: Random, computers: readonly PlannedComputer[]): PlannedComputer[] {
  const share = random.pick([0, 0.5, 1])
  const isAsked = new Set(computers.flatMap(({ upstreams }) => upstreams))
  return computers.map((computer, index) => {
    if (computer.root || isAsked.has(index) || !random.chance(share)) return computer
    return { ...computer, nat: random.chance(0.7) ? 'cone' : 'symmetric' }
  })
}

function drawStreams(random: Random, count: number): PlannedStream[] {
  const writers = random.some(
    Array.from({ length: count }, (_, index) => index),
    random.between(1, Math.min(6, count)),
  )
  return writers.flatMap((writer) =>
    Array.from({ length: random.pick([1, 1, 2]) }, (_, index): PlannedStream => {
      const kind = random.chance(0.5) ? 'log' : 'site'
      return { writer, label: `${kind}${index}`, visibility: random.chance(0.3) ? 'unlisted' : 'public', kind }
    }),
  )
}

function drawWork(random: Random, count: number, streams: readonly PlannedStream[], safetyMs: number): Step[] {
  const steps: Step[] = []
  const long = random.pick([0, 0.03, 0.1])
  for (let index = random.skewed(10, 60); index > 0; index--) {
    const stream = random.between(0, streams.length - 1)
    const atMs = random.between(0, safetyMs)
    if (streams[stream]?.kind === 'site') {
      const sizes = Array.from({ length: random.skewed(1, 12) }, () => random.skewed(1, 60_000))
      steps.push({ atMs, act: { kind: 'publish', stream, sizes } })
    } else {
      const sizes = Array.from({ length: random.skewed(1, 20) }, () =>
        random.chance(long) ? random.between(33_000, 150_000) : random.skewed(1, 4_000),
      )
      steps.push({ atMs, act: { kind: 'append', stream, sizes } })
    }
  }
  for (let index = random.skewed(20, 120); index > 0; index--) {
    const reader = random.between(0, count - 1)
    steps.push({
      atMs: random.between(0, safetyMs),
      act: { kind: 'read', reader, stream: random.between(0, streams.length - 1) },
    })
  }
  return steps
}

/** Two runs of three have some, up to one for each node. */
function drawFollowers(random: Random, count: number, streams: readonly PlannedStream[], safetyMs: number): Step[] {
  const logs = streams.flatMap(({ kind }, index) => (kind === 'log' ? [index] : []))
  if (logs.length === 0 || random.chance(0.33)) return []
  return Array.from({ length: random.skewed(1, count) }, () => ({
    atMs: random.between(0, safetyMs),
    act: { kind: 'follow', reader: random.between(0, count - 1), stream: random.pick(logs) },
  }))
}

/** Where anybody keeps anything, about half of the streams are to be kept. */
function drawKeeping(
  random: Random,
  computers: readonly PlannedComputer[],
  streams: readonly PlannedStream[],
  safetyMs: number,
): Step[] {
  if (!computers.some(({ custodyBytes }) => custodyBytes !== undefined)) return []
  return streams.flatMap((_, stream) => {
    const atMs = random.between(0, safetyMs >> 1)
    return random.chance(0.6) ? [{ atMs, act: { kind: 'keep' as const, stream } }] : []
  })
}

/** Two runs of three have some; each goes on for as long as it takes, and then another one begins. */
function drawConversations(random: Random, count: number, safetyMs: number): Step[] {
  if (random.chance(0.33)) return []
  const all = Array.from({ length: count }, (_, index) => index)
  return Array.from({ length: random.skewed(1, Math.max(2, count >> 2)) }, () => {
    const [dialler = 0, listener = 0] = random.some(all, 2)
    const bytes = random.skewed(1, 400_000)
    const act = { kind: 'converse' as const, dialler, listener, byName: random.chance(0.5), bytes }
    return { atMs: random.between(0, safetyMs >> 1), act: { ...act, gapMs: random.pick([0, 20, 400]) } }
  })
}

/** One run of two has some; NATs forget while they go on. */
function drawPackets(random: Random, computers: readonly PlannedComputer[], safetyMs: number): Step[] {
  if (random.chance(0.5)) return []
  const all = computers.map((_, index) => index)
  const steps = Array.from({ length: random.skewed(1, 6) }, (): Step => {
    const [sender = 0, receiver = 0] = random.some(all, 2)
    const bytes = random.pick([64, 500, 1_200])
    const gapMs = random.pick([100, 400, 3_000])
    const act = { kind: 'packets' as const, sender, receiver, byName: random.chance(0.5), bytes, gapMs }
    return { atMs: random.between(0, safetyMs >> 1), act }
  })
  const behind = computers.flatMap(({ nat }, index) => (nat === undefined ? [] : [index]))
  const times = behind.length === 0 ? 0 : random.pick([0, 3, 10])
  for (let index = 0; index < times; index++) {
    steps.push({ atMs: random.between(0, safetyMs), act: { kind: 'rebind', computer: random.pick(behind) } })
  }
  return steps
}

function drawFaults(random: Random, computers: readonly PlannedComputer[], safetyMs: number): Step[] {
  const count = computers.length
  const steps: Step[] = []
  const anyone = (): number => random.between(0, count - 1)
  const downMs = (): number => random.skewed(50, 15_000)
  const add = (most: number, act: () => Act): void => {
    // Half of the runs have none of this fault.
    const times = random.chance(0.5) ? 0 : random.between(1, most)
    for (let index = 0; index < times; index++) steps.push({ atMs: random.between(0, safetyMs), act: act() })
  }
  add(6, () => ({ kind: 'kill', computer: anyone(), downMs: downMs() }))
  add(6, () => ({ kind: 'power', computer: anyone(), downMs: downMs(), loss: random.pick(powerLosses) }))
  add(3, () => ({ kind: 'stop', computer: anyone(), downMs: downMs() }))
  add(20, () => {
    const one = anyone()
    return { kind: 'reset', one, other: random.pick(computers[one]?.upstreams.length ? computers[one].upstreams : [0]) }
  })
  add(20, () => {
    const from = anyone()
    const to = random.pick(computers[from]?.upstreams.length ? computers[from].upstreams : [0])
    const ends = random.chance(0.5) ? { from, to } : { from: to, to: from }
    return { kind: 'clog', ...ends, forMs: random.skewed(10, 5_000) }
  })
  add(4, () => ({
    kind: 'partition',
    group: random.some(
      computers.map((_, index) => index),
      random.between(1, Math.max(1, count >> 1)),
    ),
    oneWay: random.chance(0.5),
    forMs: random.skewed(100, 30_000),
  }))
  add(2, () => ({ kind: 'swizzle', computer: anyone(), forMs: random.skewed(1_000, 10_000), seed: random.next() }))
  add(4, () => {
    const computer = anyone()
    return { kind: 'clock', computer, skewMs: random.between(-jumpMs, jumpMs) }
  })
  add(4, () => ({
    kind: 'disk',
    computer: anyone(),
    call: random.skewed(1, 200),
    code: random.chance(0.5) ? 'EIO' : 'ENOSPC',
    forever: random.chance(0.3),
  }))
  add(6, () => ({ kind: 'rot', computer: anyone(), bits: random.skewed(1, 64), seed: random.next() }))
  return steps
}
