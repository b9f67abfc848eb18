// A place where something is measured: computers in a designed topology, each with an access of its own rate, all started
// in the order in which they are listed.

import type { Crypto } from '../../../stack/crypto/index.js'
import type { Attack, AttackContext, AttackKind, KnownKey } from '../attackers/index.js'
import { attack } from '../attackers/index.js'
import type { Computer } from '../computer.js'
import { World } from '../world.js'

export interface Plan {
  readonly name: string
  /** Names of computers that stand before it; none makes it a root. */
  readonly upstreams?: readonly string[]
  /** What its cable carries, each way, bytes a second; a gigabit when absent. */
  readonly rate?: number
  /** One way, µs; a millisecond when absent. */
  readonly delayUs?: number
  readonly cacheBytes?: number
  /** Routes that it remembers. */
  readonly routes?: number | undefined
  /** Names of computers that keep its inbox beside those before it; none makes it one without an inbox. */
  readonly inboxAt?: readonly string[]
  /** What it keeps for inboxes of others. */
  readonly inboxBytes?: number
  readonly custodyBytes?: number
  /** Names of computers that are asked to keep what it publishes. */
  readonly custodians?: readonly string[]
}

const GIGABIT = 125_000_000

export class Place {
  readonly world: World
  readonly computers: ReadonlyMap<string, Computer>

  private constructor(world: World, computers: ReadonlyMap<string, Computer>) {
    this.world = world
    this.computers = computers
  }

  /** Builds and starts it; every link is up when it resolves. */
  static async open(seed: string, plans: readonly Plan[], crypto?: Crypto): Promise<Place> {
    const byName = new Map(plans.map((plan) => [plan.name, plan]))
    const world = await World.open({
      seed,
      ...(crypto === undefined ? {} : { crypto }),
      cable: (from, to) => {
        const ends = [byName.get(from), byName.get(to)]
        const rates = ends.map((plan) => plan?.rate ?? GIGABIT)
        const delays = ends.map((plan) => plan?.delayUs ?? 500)
        return {
          delayUs: delays.reduce((sum, delay) => sum + delay, 0),
          bytesPerSecond: Math.min(...rates),
          clearAtUs: 0,
        }
      },
    })
    const computers = new Map<string, Computer>()
    for (const { name, upstreams = [], cacheBytes, inboxAt, inboxBytes = 0, ...others } of plans) {
      const known = (names: readonly string[]): Computer[] => names.map((one) => computers.get(one) as Computer)
      const computer = world.computer(name, {
        root: upstreams.length === 0,
        upstreams: known(upstreams),
        inbox: inboxAt !== undefined,
        inboxAt: known(inboxAt ?? []),
        inboxBytes,
        custodyBytes: others.custodyBytes ?? 0,
        custodians: known(others.custodians ?? []),
        cacheBytes: cacheBytes ?? 16_777_216,
        routes: others.routes,
      })
      computers.set(name, computer)
      await world.during(2_000, () => computer.start())
    }
    await world.run(500)
    return new Place(world, computers)
  }

  /** Throws for a name that is not in the plan. */
  at(name: string): Computer {
    const computer = this.computers.get(name)
    if (computer === undefined) throw new Error(`there is no ${name}`)
    return computer
  }

  /** Turns a computer into an attacker that knows every name and log of the others. */
  attack(name: string, kind: AttackKind, more: Partial<AttackContext> = {}): Attack {
    const { world } = this
    const keys = (): KnownKey[] => this.keys()
    return attack(this.at(name), kind, world.random.split(`attack ${name}`), { world, keys, ...more })
  }

  /** Names and logs of all computers. */
  keys(): KnownKey[] {
    return [...this.computers.values()].flatMap(({ node }): KnownKey[] => {
      if (node === undefined) return []
      const logs = node.streams.list().map(({ key }): KnownKey => ({ kind: 'log', key }))
      return [{ kind: 'name', key: node.parts.opened.identity.name }, ...logs]
    })
  }

  /** Appends; gives the link. */
  async append(name: string, label: string, entries: readonly Uint8Array[]): Promise<string> {
    const computer = this.at(name)
    const { link } = await this.world.during(60_000, () => computer.call('append', { label, entries: [...entries] }))
    return link
  }

  /** Ends all nodes, so that nothing stays behind. */
  async close(): Promise<void> {
    await this.world.during(10_000, async () => {
      const running = [...this.computers.values()].filter(({ node }) => node !== undefined)
      await Promise.all(running.map((computer) => computer.stop()))
    })
  }
}
