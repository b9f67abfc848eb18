// A conversation between two programs that only dial out, through one router: how fast bytes go, what that costs, and how
// soon the first one is there. Beside it TCP and TLS through a relay of Node's own.

import { type Actor, startActor } from '../frame/actor.js'
import { cpuMs, peakBytes } from '../frame/process-facts.js'
import { megabytesPerSecond } from '../frame/quiet.js'
import { type Contender, contender, type Figures, type Outcome, type Scenario } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import { profiling } from '../runnel/node.js'
import { runnelContenders, type Village } from '../runnel/village.js'

const beside = (measure: string) => [
  { peer: 'tls', measure },
  { peer: 'tcp', measure },
]

export const sessionScenario: Scenario = {
  name: 'session',
  title: 'a conversation through one router (TLS, TCP: through a relay in Node that opens nothing)',
  costS: 8,
  sizes: ['sessionBytes', 'dials'],
  rows: [
    { title: 'one direction', measure: 'speed', unit: 'MB/s', better: 'higher', goal: 200, against: beside('speed') },
    {
      title: 'processors: both ends and the router',
      measure: 'cpu',
      unit: 'ms/MB',
      better: 'lower',
      against: beside('cpu'),
    },
    {
      title: 'processors, the router alone',
      measure: 'routerCpu',
      unit: 'ms/MB',
      better: 'lower',
      against: beside('routerCpu'),
    },
    {
      title: 'the router’s memory at its peak',
      measure: 'routerPeak',
      unit: 'MB',
      better: 'lower',
      against: beside('routerPeak'),
    },
    {
      title: 'dial by name to first byte, p50',
      measure: 'first50',
      unit: 'ms',
      better: 'lower',
      against: beside('first50'),
    },
    {
      title: 'dial by name to first byte, p99',
      measure: 'first99',
      unit: 'ms',
      better: 'lower',
      against: beside('first99'),
    },
    {
      title: 'one direction, programs beside their nodes (`connect()`)',
      measure: 'socketSpeed',
      unit: 'MB/s',
      better: 'higher',
    },
    {
      title: 'processors: both programs, both nodes and the router',
      measure: 'socketCpu',
      unit: 'ms/MB',
      better: 'lower',
    },
    {
      title: 'dial by name to first byte, programs beside their nodes, p50',
      measure: 'socketFirst50',
      unit: 'ms',
      better: 'lower',
    },
  ],
  open: async (surroundings) => {
    const contenders: Contender[] = runnelContenders(surroundings, 'session', (village) =>
      runnelSessions(village, surroundings),
    )
    for (const kind of ['tls', 'tcp'] as const) {
      contenders.push(
        contender(
          kind,
          () => new Peers(surroundings),
          (peers) => peerSessions(peers, surroundings, kind),
        ),
      )
    }
    return contenders
  },
}

function startRunnel(surroundings: Surroundings, village: Village, role: string): Actor {
  return startActor(surroundings.children, `${role} (embedded)`, new URL('./runnel-actor.js', import.meta.url), {
    environment: { RUNNEL_CRYPTO: village.provider },
    nodeOptions: profiling(surroundings, role),
  })
}

async function runnelSessions(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const router = await village.router()
  const inside = await embedded(village, surroundings, router.upstream ?? '', router.child.pid)
  const beside = await bySockets(village, surroundings, router)
  return {
    values: {
      ...valuesOf(inside),
      socketSpeed: beside.speed,
      socketCpu: beside.cpu,
      socketFirst50: percentile(beside.times, 0.5),
    },
    counters: { counted: inside.counted, socketCounted: beside.counted, dialled: inside.times.length },
    costs: {},
  }
}

async function embedded(
  village: Village,
  surroundings: Surroundings,
  upstream: string,
  router: number,
): Promise<Measured> {
  const [there, here] = ['listener', 'dialler'].map((role) => startRunnel(surroundings, village, role)) as [
    Actor,
    Actor,
  ]
  try {
    await there.call('embed', { home: village.path('listener'), upstream })
    await here.call('embed', { home: village.path('dialler'), upstream })
    const where = await there.call<string>('serve')
    return await measure(surroundings, here, where, [there.pid, here.pid], router)
  } finally {
    await here.stop()
    await there.stop()
  }
}

async function bySockets(
  village: Village,
  surroundings: Surroundings,
  router: Awaited<ReturnType<Village['router']>>,
): Promise<Measured> {
  const nodes = [await village.reader(router, 'node1'), await village.reader(router, 'node2')] as const
  const [there, here] = nodes.map((node) => startRunnel(surroundings, village, `${node.role}-program`)) as [
    Actor,
    Actor,
  ]
  try {
    await there.call('connect', { home: nodes[0].home })
    await here.call('connect', { home: nodes[1].home })
    const where = await there.call<string>('serve')
    const ends = [there.pid, here.pid, ...nodes.map(({ child }) => child.pid)]
    return await measure(surroundings, here, where, ends, router.child.pid)
  } finally {
    await here.stop()
    await there.stop()
  }
}

interface Measured {
  readonly speed: number
  readonly cpu: number
  readonly routerCpu: number
  readonly routerPeak: number
  /** Of each dial, milliseconds until its first byte. */
  readonly times: readonly number[]
  /** Bytes that the other side says it has read. */
  readonly counted: number
}

async function measure(
  { sizes }: Surroundings,
  here: Actor,
  where: unknown,
  ends: readonly number[],
  router: number,
): Promise<Measured> {
  const { sessionBytes: bytes, dials } = sizes
  // The first one finds the way and warms everything up.
  await here.call('pour', { where, bytes: Math.min(bytes, 10_000_000) })
  const taken = (): number => ends.reduce((sum, pid) => sum + cpuMs(pid), 0)
  const [endsMs, routerMs] = [taken(), cpuMs(router)]
  const { milliseconds, counted } = await here.call<{ milliseconds: number; counted: number }>('pour', { where, bytes })
  const routerTook = cpuMs(router) - routerMs
  const cpu = (taken() - endsMs + routerTook) / (bytes / 1e6)
  const times = await here.call<number[]>('first', { where, count: dials })
  return {
    speed: megabytesPerSecond(bytes, milliseconds),
    cpu,
    routerCpu: routerTook / (bytes / 1e6),
    routerPeak: peakBytes(router) / 1e6,
    times,
    counted,
  }
}

function valuesOf({ speed, cpu, routerCpu, routerPeak, times }: Measured): Figures {
  return { speed, cpu, routerCpu, routerPeak, first50: percentile(times, 0.5), first99: percentile(times, 0.99) }
}

class Peers {
  readonly listener: Actor
  readonly relay: Actor
  readonly dialler: Actor

  constructor({ children }: Surroundings) {
    const start = (role: string): Actor => startActor(children, role, new URL('./peer-actor.js', import.meta.url))
    this.listener = start('peer listener')
    this.relay = start('relay')
    this.dialler = start('peer dialler')
  }

  async close(): Promise<void> {
    for (const actor of [this.dialler, this.relay, this.listener]) await actor.stop()
  }
}

async function peerSessions(
  { listener, relay, dialler }: Peers,
  surroundings: Surroundings,
  kind: 'tls' | 'tcp',
): Promise<Outcome> {
  const ports = await relay.call('relay', { ports: await listener.call('serve', { kind }) })
  const measured = await measure(surroundings, dialler, { kind, ports }, [listener.pid, dialler.pid], relay.pid)
  return { values: valuesOf(measured), counters: { counted: measured.counted }, costs: {} }
}
