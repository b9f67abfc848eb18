// What is kept for others and by others, put together: pins, the custodian of this node, and its duties as a client.

import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { CustodyPolicy } from '../../stack/custody/index.js'
import type { HeldHead } from '../../stack/data/index.js'
import type { Hub } from '../hub.js'
import type { Identity } from '../identity/index.js'
import type { Time } from '../outside.js'
import { ReadSession, type SessionContext } from '../reader/index.js'
import type { Dialer, Sessions } from '../sessions/index.js'
import type { Store } from '../store/index.js'
import { Custodian } from './custodian.js'
import { Duties } from './duties.js'
import { KeptTrees } from './kept-trees.js'
import { custodianNameMs, keepIdleMs } from './limits.js'
import type { CustodianKey } from './options.js'
import { Pins } from './pins.js'
import { dialCustodian, serveCustody } from './service.js'

export interface CustodyContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  readonly identity: Identity
  readonly session: SessionContext
  readonly hub: Pick<Hub, 'announce' | 'withdraw'>
  readonly sessions: Sessions
  readonly dialer: Dialer
  readonly isOwn: (kind: 'name' | 'head', key: Uint8Array) => boolean
  /** The newest state of a log that this node writes. */
  readonly held: (log: Uint8Array) => HeldHead | undefined
  readonly policy: CustodyPolicy
  /** Asked before the upstreams. */
  readonly custodians: readonly CustodianKey[]
  readonly upstreams: () => readonly Uint8Array[]
}

export class Custody {
  readonly pins: Pins
  readonly custodian: Custodian
  readonly duties: Duties
  readonly #context: CustodyContext
  readonly #stopServing: () => void
  readonly #ended = new AbortController()
  /** The devices of custodians that were given by name, and when they were asked for. */
  readonly #named = new Map<string, { devices: readonly Uint8Array[]; askedMs: number }>()

  constructor(context: CustodyContext) {
    const { crypto, store, time, randomBytes, identity, session, hub, isOwn, held, policy, sessions, dialer } = context
    this.#context = context
    const { name, device, deviceSeed } = identity
    const trees = new KeptTrees({ store, session, randomBytes })
    this.pins = new Pins({ crypto, store, time, session, trees, hub, isOwn })
    const isPinned = (log: Uint8Array): boolean => this.pins.has(log)
    const common = { crypto, store, time, session, trees, hub, isOwn }
    this.custodian = new Custodian({ ...common, isPinned, device, deviceSeed, policy })
    this.#stopServing = serveCustody(sessions, this.custodian)
    this.duties = new Duties({
      crypto,
      store,
      time,
      randomBytes,
      name,
      custodians: () => this.custodians(),
      held,
      dial: (custodian, signal) => dialCustodian(dialer, time, custodian, signal),
    })
  }

  /** The devices that may be asked to keep something, the best first, each once. */
  custodians(): Uint8Array[] {
    const { custodians, upstreams, identity } = this.#context
    const all = custodians.flatMap((key) =>
      'device' in key ? [key.device] : (this.#named.get(toHex(key.name))?.devices ?? []),
    )
    const found: Uint8Array[] = []
    for (const device of [...all, ...upstreams()]) {
      if (!equal(device, identity.device) && !found.some((one) => equal(one, device))) found.push(device)
    }
    return found
  }

  /** A neighbour came up. */
  handleReachable(): void {
    this.#askNames()
    this.duties.handleReachable()
  }

  async close(): Promise<void> {
    this.#stopServing()
    this.#ended.abort()
    await this.duties.close()
    await this.custodian.close()
    await this.pins.close()
  }

  #askNames(): void {
    const { custodians, session, time } = this.#context
    const { nowMs } = time.now()
    for (const key of custodians) {
      if ('device' in key) continue
      const text = toHex(key.name)
      const known = this.#named.get(text)
      if (known !== undefined && known.devices.length > 0 && Math.abs(nowMs - known.askedMs) < custodianNameMs) continue
      this.#named.set(text, { devices: known?.devices ?? [], askedMs: nowMs })
      const asking = new ReadSession(session, { idleTimeoutMs: keepIdleMs }, this.#ended.signal)
      asking
        .name(key.name)
        .then(({ state }) => {
          this.#named.set(text, { devices: state.certificate.devices, askedMs: nowMs })
          this.duties.poll()
        })
        // It is asked again when the next neighbour comes up.
        .catch(() => {})
        .finally(() => asking.close())
    }
  }
}
