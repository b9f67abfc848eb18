// Datagrams beside a conversation: they find the other end through the routers, find it again when one of those was killed,
// and are neither held up nor turned aside by a neighbour that says more of labels and cookies than it may.

import type { ComposedNode } from '../../../node/composed.js'
import type { Conversation } from '../../../node/sessions/index.js'
import { equal } from '../../../stack/bytes/index.js'
import { LABELS_PER_SECOND, MAX_GIVEN_LABELS, MAX_LABELS_AT_ONCE } from '../../../stack/forward/channels/limits.js'
import {
  COOKIE_BYTES,
  decodeUdp,
  encodeLabel,
  encodeObserved,
  encodeUdp,
  FrameType,
} from '../../../stack/forward/index.js'
import type { FakeDatapath } from '../../../stack/forward/testing/datagrams.js'
import type { Computer } from '../computer.js'
import { SimulatedDatagrams } from '../datagrams.js'
import type { Figure, Measure, Size } from './figure.js'
import { Place, type Plan } from './place.js'

const SERVICE = 'sim.packets'

/** How long a way may be away after a router was killed: the link, the conversation, and cookies of a fresh datapath. */
const MOST_AWAY_MS = 15_000

const village: readonly Plan[] = [
  { name: 'root' },
  { name: 'left', upstreams: ['root'] },
  { name: 'right', upstreams: ['root'] },
  { name: 'ann', upstreams: ['left'] },
  { name: 'bob', upstreams: ['right'] },
  { name: 'mallory', upstreams: ['left'] },
]

/** Two people who exchange datagrams beside a conversation. */
class Exchange {
  readonly place: Place
  readonly datagrams: SimulatedDatagrams
  readonly #indexes = new Map<string, number>()
  readonly #conversations = new Map<string, Conversation>()

  private constructor(place: Place) {
    this.place = place
    this.datagrams = new SimulatedDatagrams(place.world)
    for (const computer of place.computers.values()) this.datagrams.attach(computer)
  }

  static async open(seed: string): Promise<Exchange> {
    const exchange = new Exchange(await Place.open(seed, village))
    const { place } = exchange
    const [ann, bob] = [place.at('ann'), place.at('bob')]
    bob.node?.sessions.serve(SERVICE, async (conversation) => {
      // Others may speak to it as well, and take no datagrams.
      if (equal(conversation.peer.device, ann.keys.device)) exchange.#take(bob, conversation, 22)
      await conversation.closed
    })
    const dialled = await place.world.during(20_000, () =>
      ann.use((node) => node.dialer.dial({ device: bob.keys.device }, SERVICE)),
    )
    exchange.#take(ann, dialled, 11)
    return exchange
  }

  datapath(name: string): FakeDatapath {
    return this.datagrams.of(this.place.at(name))
  }

  /** Datagrams of both that came, of as many as were sent. */
  async pass(count: number): Promise<number> {
    const before = this.#arrived()
    for (let sent = 0; sent < count; sent++) {
      this.#send('ann', 'bob')
      this.#send('bob', 'ann')
      await this.place.world.run(20)
    }
    return this.#arrived() - before
  }

  /** How long until both find the other again, ms; undefined when they do not. */
  async untilBoth(mostMs: number): Promise<number | undefined> {
    const { time } = this.place.world
    const begunUs = time.nowUs
    while (time.nowUs - begunUs < mostMs * 1_000) {
      if ((await this.pass(1)) === 2) return (time.nowUs - begunUs) / 1_000
      await this.place.world.run(100)
    }
    return undefined
  }

  async close(): Promise<void> {
    for (const conversation of this.#conversations.values()) conversation.reset()
    await this.place.world.run(1_000)
    await this.place.close()
  }

  #take(computer: Computer, conversation: Conversation, index: number): void {
    this.#conversations.set(computer.name, conversation)
    this.#indexes.set(computer.name, index)
    this.datagrams.of(computer).indexes.add(index)
    conversation.ways.give(index)
  }

  #send(from: string, to: string): void {
    const way = this.#conversations.get(from)?.ways.current.get(this.#indexes.get(to) ?? 0)
    if (way !== undefined) this.datapath(from).send(way.to, way.label)
  }

  #arrived(): number {
    return this.datapath('ann').arrived.length + this.datapath('bob').arrived.length
  }
}

async function measureRouters(): Promise<Figure[]> {
  const exchange = await Exchange.open('labels')
  const { place } = exchange
  const firstMs = await exchange.untilBoth(10_000)
  const passed = await exchange.pass(50)
  const routers = ['left', 'root', 'right']
  const hops = routers.map((name) => exchange.datapath(name).switched)
  const away: number[] = []
  for (const name of routers) {
    place.at(name).kill()
    await place.world.run(3_000)
    await place.world.during(10_000, () => place.at(name).start())
    away.push((await exchange.untilBoth(60_000)) ?? Number.POSITIVE_INFINITY)
  }
  await exchange.close()
  const left = routers.map((name) => exchange.datapath(name).labels.size)
  return [
    {
      goal: 'datagrams beside a conversation go through three routers, all of them, both ways',
      measured: `${passed} of 100, the first after ${firstMs?.toFixed(0) ?? 'never'} ms; each router sent on ${hops.join(', ')}`,
      holds: passed === 100 && hops.every((count) => count >= 100),
    },
    {
      goal: `whichever router is killed and started again, they find their way again within ${MOST_AWAY_MS / 1_000} s`,
      measured: away.map((ms, index) => `${routers[index]} ${(ms / 1_000).toFixed(1)} s`).join(', '),
      holds: away.every((ms) => ms <= MOST_AWAY_MS),
    },
    {
      goal: 'with the conversation every label ends',
      measured: `${left.join(', ')} labels left`,
      holds: left.every((count) => count === 0),
    },
  ]
}

/** What a neighbour knows that listens to its own link: channels that it has opened, and cookies that it was given. */
class Eavesdropper {
  readonly channels: number[] = []
  readonly cookies: Uint8Array[] = []
  readonly #node: ComposedNode
  readonly #link: number

  constructor(node: ComposedNode) {
    this.#node = node
    this.#link = [...node.carrier.links.keys()][0] ?? 0
    const { carrier, hub } = node
    const [send, handleFrame] = [carrier.send.bind(carrier), hub.handleFrame.bind(hub)]
    carrier.send = (id, type, flags, head, payload) => {
      if (type === FrameType.open) this.channels.push(new DataView(head.buffer, head.byteOffset).getUint32(0))
      return send(id, type, flags, head, payload)
    }
    hub.handleFrame = (id, frame) => {
      const udp = frame.type === FrameType.udp ? decodeUdp(frame.body) : undefined
      if (typeof udp === 'object') this.cookies.push(udp.cookie.slice())
      handleFrame(id, frame)
    }
  }

  send(type: number, body: Uint8Array): void {
    this.#node.carrier.send(this.#link, type, 0, body)
  }

  flush(): void {
    this.#node.carrier.links.get(this.#link)?.connection.flush()
  }
}

async function measureLabelAttacks({ scale }: Size): Promise<Figure[]> {
  const exchange = await Exchange.open('label attacks')
  const { place } = exchange
  const { world } = place
  await exchange.untilBoth(10_000)
  const { node } = place.at('mallory')
  if (node === undefined) throw new Error('mallory does not run')
  const ear = new Eavesdropper(node)
  const { device } = place.at('bob').keys
  const own = await world.during(20_000, () => node.dialer.dial({ device }, SERVICE))
  const left = exchange.datapath('left')
  const status = () => place.at('left').node?.hub.machine.status()
  const drops = (...reasons: string[]): number => {
    const all = new Map<string, number>(status()?.counters.drops ?? [])
    return reasons.reduce((sum, reason) => sum + (all.get(reason) ?? 0), 0)
  }
  const [channel = 1] = ear.channels
  const begunUs = world.time.nowUs
  const setBefore = left.commands.get('set-label') ?? 0
  const elsewhere = { address: Uint8Array.of(192, 0, 2, 66), port: 666 }
  const cookie = new Uint8Array(COOKIE_BYTES)
  const count = 10_000 * scale
  const rounds = count / 100
  let [passed, strange] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    for (let index = 1; index <= 100; index++) {
      const fresh = 100 * round + index
      // Its own channel, others that it can only guess, and cookies that nobody waits for.
      ear.send(FrameType.label, encodeLabel({ channel, index: fresh, label: fresh }))
      ear.send(FrameType.label, encodeLabel({ channel: 1 + world.random.between(0, 0xfffffffe), index: 11, label: 11 }))
      ear.send(FrameType.udp, encodeUdp({ port: 1 + (fresh % 60_000), cookie }))
      ear.send(FrameType.observed, encodeObserved(elsewhere))
    }
    ear.flush()
    // Whoever has heard a cookie sends it again from elsewhere.
    for (const heard of ear.cookies) left.receive(elsewhere, { cookie: heard })
    strange += ear.cookies.length
    passed += await exchange.pass(1)
  }
  const seconds = (world.time.nowUs - begunUs) / 1_000_000
  const set = (left.commands.get('set-label') ?? 0) - setBefore
  const most = MAX_LABELS_AT_ONCE + LABELS_PER_SECOND * seconds + 1
  const refused = drops('label-pace', 'unknown-channel', 'udp-pace', 'unasked-observed')
  const isElsewhere = status()?.neighbours.some(({ udp }) => udp?.port === elsewhere.port) ?? true
  const { mostLabels, mostExpected } = left
  own.reset()
  await exchange.close()
  return [
    {
      goal: `${count} labels on a channel, as many on others', UDP and OBSERVED at line rate: counted, and ${2 * MAX_GIVEN_LABELS} rows a channel at most`,
      measured: `${refused} of ${4 * count} refused, ${set} rows were set in ${seconds.toFixed(1)} s, ${mostLabels} at once; ${mostExpected} cookies expected`,
      holds:
        refused >= 4 * count - 3 * most && set <= most && mostLabels <= 4 * MAX_GIVEN_LABELS + 1 && mostExpected <= 4,
    },
    {
      goal: 'a cookie that comes again from elsewhere moves nobody, and who exchanges datagrams beside all this loses none',
      measured: `${strange} replayed, ${isElsewhere ? 'somebody was moved' : 'nobody was moved'}; ${passed} of ${2 * rounds} came`,
      holds: strange > 0 && !isElsewhere && passed === 2 * rounds,
    },
  ]
}

export const measureLabels: Measure = async (size) => [
  ...(await measureRouters()),
  ...(await measureLabelAttacks(size)),
]
