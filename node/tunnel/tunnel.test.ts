// The interface of a node: what becomes of it when it cannot be had, when somebody deletes it, and when it comes back.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import type { LocalInterest } from '../../stack/forward/index.js'
import { addressPrefix } from '../../stack/name/index.js'
import { openTestCrypto } from '../../test/provider.js'
import type { DatapathOptions } from '../datapath.js'
import { Firewall } from '../firewall/index.js'
import type { Outcome } from '../hub.js'
import type { LogEvent } from '../log-event.js'
import type { Time, Timer } from '../outside.js'
import { firstRetryMs, lastRetryMs, shownUnknown } from './limits.js'
import { NodeTunnel } from './node-tunnel.js'
import { namesAddress, ownInterface } from './own-interface.js'
import { FakeDatapath } from './testing/fake-datapath.js'
import { Tunnel } from './tunnel.js'

const crypto = await openTestCrypto()
const device = new Uint8Array(32).fill(7)
const own = ownInterface(crypto, device, { name: 'tun%d', mtuBytes: 1419, web: true })
const test = suite('tunnel')

/** Time that a test moves. */
class HandTime implements Time {
  #nowMs = 1_000_000
  readonly #timers: { readonly dueMs: number; readonly act: () => void; canceled: boolean }[] = []

  now() {
    return { nowMs: this.#nowMs, nowUs: this.#nowMs * 1000 }
  }

  after(delayMs: number, act: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, act, canceled: false }
    this.#timers.push(timer)
    const cancel = (): void => {
      timer.canceled = true
    }
    return { cancel }
  }

  async turn(): Promise<void> {}

  pass(ms: number): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      const due = this.#timers.filter(({ dueMs, canceled }) => !canceled && dueMs <= endMs)
      const [next] = due.sort((a, b) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.#nowMs = next.dueMs
      next.canceled = true
      next.act()
    }
    this.#nowMs = endMs
  }
}

const refusal = new RunnelError('NO_TUN', 'no right to it', { hint: 'Get the right.' })

/** `refuse` says whether what is opened is refused. */
function lab(refuse: (options: DatapathOptions) => boolean = () => false, wished = true) {
  const time = new HandTime()
  const opened: FakeDatapath[] = []
  const events: LogEvent[] = []
  const open = (options: DatapathOptions): FakeDatapath => {
    if (refuse(options)) throw refusal
    const datapath = new FakeDatapath(options)
    opened.push(datapath)
    return datapath
  }
  const told: string[] = []
  const tunnel = new Tunnel({ open, interface: wished ? own : undefined, time, log: (event) => events.push(event) })
  tunnel.use({
    handleOpen: (datapath) => told.push(`open ${opened.indexOf(datapath as FakeDatapath)}`),
    handleEvents: (some) => told.push(...some.map(({ type }) => type)),
    handleGone: () => told.push('gone'),
  })
  const warnings = () => events.filter(({ level }) => level === 'warn').map(({ event }) => event)
  return { time, opened, told, tunnel, warnings, open, events }
}

/** A node with nobody around it. */
function nodeParts(openDatapath: (options: DatapathOptions) => FakeDatapath, time: HandTime) {
  const nothing = { setValue: async () => {}, values: () => [] }
  return {
    outside: {
      openDatapath,
      time,
      randomBytes: (count: number) => new Uint8Array(count),
      ownAddresses: () => ['192.0.2.7'],
    },
    crypto,
    device,
    hub: {
      attachSwitch: () => {},
      detachSwitch: () => {},
      handleCookie: () => {},
      handleStray: () => {},
      observed: () => [],
      ask: (_: LocalInterest, done: (outcome: Outcome) => void) => {
        queueMicrotask(() => done({ kind: 'nack', reason: 'NoRoute', asked: [], retryMs: 0 }))
        return 1
      },
    },
    heldName: () => undefined,
    store: nothing,
    sessions: { serve: () => () => {} },
    dialer: {
      dial: async () => {
        throw new RunnelError('NO_ROUTE')
      },
    },
    firewall: new Firewall(crypto, nothing, new Uint8Array(8)),
    log: () => {},
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('is up with its own address, both prefixes and the address of names when it is opened', () => {
  const { tunnel, opened, told, warnings } = lab()
  tunnel.open(7254)
  assert.is(tunnel.status.state, 'up')
  assert.is(opened[0]?.options.port, 7254)
  assert.equal(opened[0]?.options.interface, own)
  assert.equal(own.localAddresses, [namesAddress])
  assert.equal([own.routes[0]?.address[3], own.localRoutes[0]?.address[3]], [0x20, 0x21])
  assert.equal(own.address.subarray(0, 4), Uint8Array.of(0x20, 0x01, 0x00, 0x20))
  assert.equal([told, warnings()], [['open 0'], []])
  tunnel.close()
  assert.ok(opened[0]?.closed)
  assert.equal(told, ['open 0', 'gone'])
})

test('without the right to an interface packets of others are still sent on, and one warning says what is missing', () => {
  const { tunnel, opened, warnings, time } = lab((options) => options.interface !== undefined)
  tunnel.open(0)
  assert.is(tunnel.status.state, 'down')
  assert.is(tunnel.status.problem, refusal)
  assert.is(opened.length, 1)
  assert.is(opened[0]?.options.interface, undefined)
  time.pass(10 * lastRetryMs)
  assert.is(opened.length, 1)
  assert.equal(warnings(), ['no interface'])
  tunnel.close()
})

test('where nothing can be had nothing runs, and it is told', () => {
  const { tunnel, told, warnings } = lab(() => true)
  tunnel.open(0)
  assert.equal([tunnel.status.state, tunnel.status.datapath], ['down', undefined])
  assert.equal([told, warnings()], [[], ['no interface']])
  tunnel.close()
})

test('one that was deleted comes back, and who decides begins anew', async () => {
  const { tunnel, opened, told, time, warnings } = lab()
  tunnel.open(0)
  opened[0]?.happen({ type: 'spent', index: 1 }, { type: 'gone' })
  await turn()
  assert.equal(told, ['open 0', 'spent', 'gone'])
  assert.equal(warnings(), ['the interface is gone'])
  assert.ok(opened[0]?.closed)
  time.pass(firstRetryMs)
  assert.equal(told, ['open 0', 'spent', 'gone', 'open 1'])
  assert.is(tunnel.status.state, 'up')
  tunnel.close()
})

test('one that is deleted again and again is tried ever later', async () => {
  const { tunnel, opened, time } = lab()
  tunnel.open(0)
  const waits: number[] = []
  for (let round = 0; round < 10; round += 1) {
    const before = opened.length
    opened.at(-1)?.happen({ type: 'gone' })
    await turn()
    let waitedMs = 0
    while (opened.length === before) {
      time.pass(500)
      waitedMs += 500
    }
    waits.push(waitedMs)
  }
  assert.equal(
    waits.slice(0, 4),
    [1, 2, 4, 8].map((factor) => factor * firstRetryMs),
  )
  assert.is(waits.at(-1), lastRetryMs)
  time.pass(lastRetryMs + 1)
  const before = opened.length
  opened.at(-1)?.happen({ type: 'gone' })
  await turn()
  time.pass(firstRetryMs)
  assert.is(opened.length, before + 1, 'one that has lived is tried at once again')
  tunnel.close()
})

test('one that was there and cannot be had again is tried until it can', async () => {
  let refuse = false
  const { tunnel, opened, told, time } = lab((options) => refuse && options.interface !== undefined)
  tunnel.open(0)
  opened[0]?.happen({ type: 'gone' })
  await turn()
  refuse = true
  time.pass(firstRetryMs)
  assert.is(tunnel.status.state, 'down')
  assert.ok(tunnel.status.datapath !== undefined, 'packets of others are sent on meanwhile')
  refuse = false
  time.pass(2 * firstRetryMs)
  assert.is(tunnel.status.state, 'up')
  assert.equal(told, ['open 0', 'gone', 'open 1', 'gone', 'open 2'])
  tunnel.close()
})

test('after its end nothing is told and nothing is opened', async () => {
  const { tunnel, opened, told, time } = lab()
  tunnel.open(0)
  opened[0]?.happen({ type: 'gone' })
  await turn()
  tunnel.close()
  time.pass(lastRetryMs)
  assert.is(opened.length, 1)
  assert.equal(told, ['open 0', 'gone'])
})

test('without a wish for an interface none is tried', () => {
  const { tunnel, opened } = lab(undefined, false)
  tunnel.open(0)
  assert.equal([tunnel.status.state, opened[0]?.options.interface], ['off', undefined])
  tunnel.close()
})

test('a node shows what it has, and refuses addresses of nobody at once', async () => {
  const { open, opened, time } = lab()
  const node = new NodeTunnel({ ...nodeParts(open, time), wish: { name: 'tun%d', mtuBytes: 1419, web: false } })
  node.open(7254)
  const { state, interface: name, names, ports, mtuBytes } = node.status
  assert.equal(
    { state, name, names, ports, mtuBytes },
    {
      state: 'up',
      name: 'tun0',
      names: '2001:21::53',
      ports: [7254],
      mtuBytes: 1419,
    },
  )
  const key = (last: number) => {
    const peer = addressPrefix('device')
    peer[15] = last
    return { peer, protocol: 6, ownPort: 1, peerPort: 80 }
  }
  const miss = { type: 'miss', peer: undefined, head: new Uint8Array(40), direction: 'outbound' } as const
  opened[0]?.happen({ ...miss, key: key(1) })
  await turn()
  assert.equal(opened[0]?.told, [{ type: 'set-flow', key: key(1), verdict: { type: 'drop', unreachable: 3 } }])
  assert.equal(node.status.unknown, [{ address: '2001:20::1', count: 1 }])
  assert.is(node.counters.get('flows unknown'), 1)
  for (let last = 2; last < 2 + shownUnknown; last += 1) {
    opened[0]?.happen({ ...miss, key: key(last) })
  }
  await turn()
  assert.is(node.status.unknown.length, shownUnknown)
  assert.not(
    node.status.unknown.some(({ address }) => address.endsWith('::1')),
    'the oldest went',
  )
  assert.is(node.examine()[0]?.level, 'ok')
  node.close()
})

test('a node whose interface lacks rules of routing has it, warns, and says what to do', () => {
  const { time, events } = lab()
  const lacking = new RunnelError('IO', 'no rules', { hint: 'Get rules.' })
  const open = (options: DatapathOptions) => new FakeDatapath(options, { lacking })
  const parts = { ...nodeParts(open, time), log: (event: LogEvent) => events.push(event) }
  const node = new NodeTunnel({ ...parts, wish: { name: 'tun%d', mtuBytes: 1419, web: true } })
  node.open(0)
  const { state, problem, hint } = node.status
  assert.equal([state, problem, hint], ['up', 'no rules', 'Get rules.'])
  const [up, warning] = node.examine()
  assert.is(up?.level, 'ok')
  assert.equal(warning, { check: 'tun', level: 'warn', text: 'no rules', fix: 'Get rules.' })
  assert.equal(
    events.map(({ event }) => event),
    ['the interface is up', 'the interface lacks something'],
  )
  node.close()
})

test('a node that has no interface says why, and what to do', () => {
  const { open, time } = lab(() => true)
  const parts = nodeParts(open, time)
  const node = new NodeTunnel({ ...parts, wish: { name: 'tun%d', mtuBytes: 1419, web: true } })
  node.open(0)
  assert.equal(node.status, { state: 'down', ports: [], unknown: [], problem: refusal.message, hint: refusal.hint })
  assert.equal(node.examine()[0], { check: 'tun', level: 'warn', text: refusal.message, fix: refusal.hint })
  node.close()
  const off = new NodeTunnel({ ...parts, wish: undefined })
  off.open(0)
  assert.equal([off.status, off.examine()], [{ state: 'off', ports: [], unknown: [] }, []])
  off.close()
})

test('what was dropped and done is counted on when another interface takes the place of one that was deleted', () => {
  const { open, opened, time } = lab()
  const node = new NodeTunnel({ ...nodeParts(open, time), wish: { name: 'tun%d', mtuBytes: 1419, web: false } })
  node.open(0)
  assert.is(node.status.dropped, undefined)
  opened[0]?.counts.set('denied', 3).set('sealed', 5)
  opened[0]?.options.handleEvents([{ type: 'gone' }])
  time.pass(firstRetryMs)
  opened[1]?.counts.set('denied', 1).set('seal', 2).set('sealed', 1)
  assert.equal(node.status.dropped, { denied: 4, seal: 2 })
  const { isUp, counters, flows, peers } = node.measured
  assert.equal([isUp, counters.get('sealed')], [true, 6])
  assert.equal(flows, { pass: 0, waiting: 0, denied: 0, unreachable: 0 })
  assert.equal(peers, { direct: 0, relayed: 0, none: 0 })
  node.close()
})

test.run()
