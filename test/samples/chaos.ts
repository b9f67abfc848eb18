// A forwarding machine among four neighbours of whom anything may come, one step at a time: frames that are valid, damaged
// or noise, links that come and go, time that jumps, a store that forgets. After each step its bounds are asserted.

import * as assert from 'uvu/assert'
import { toHex } from '../../stack/bytes/index.js'
import {
  decodeInterest,
  type Event,
  ForwardMachine,
  FrameType,
  type Interest,
  type LocalInterest,
} from '../../stack/forward/index.js'
import { MemoryStore } from '../../stack/forward/testing/memory-store.js'
import { type ChaosStep, chaosFrame, chunks, crypto, keys, limits, log, older, person, states } from './chaos-input.js'
import { filled } from './name.js'

/** What all runs together have met, so that it can be seen that they meet something. */
export const met = new Map<string, number>()

export class ChaosRun {
  readonly store = new MemoryStore()
  readonly machine = new ForwardMachine(crypto, { contentStore: this.store, seed: filled(1), root: false, limits })
  readonly transcript: string[] = []
  readonly open = new Set<number>()
  /** What the machine was given to read and has not given back. */
  readonly lent = new Set<Uint8Array>()
  readonly up = new Set<number>()
  /** Interests that each neighbour was sent. */
  readonly asked: { who: number; interest: Interest }[] = []
  nowUs = 0

  get clock() {
    return { nowUs: this.nowUs, nowMs: 1_700_000_000_000 + Math.floor(this.nowUs / 1_000) }
  }

  /** Two upstreams and two others. */
  link(): void {
    for (const who of [1, 2, 3, 4]) {
      this.machine.handleNeighbourUp(this.clock, who, { device: filled(who), upstream: who < 3, rank: who })
      this.up.add(who)
    }
    this.drain()
  }

  step({ what, who, a, b, noise }: ChaosStep): void {
    const { machine } = this
    this.store.nowUs = this.nowUs
    switch (what) {
      case 'up':
        if (machine.handleNeighbourUp(this.clock, who, { device: filled(who), upstream: a % 2 === 0, rank: b % 4 })) {
          this.up.add(who)
        }
        break
      case 'down':
        machine.handleNeighbourDown(this.clock, who)
        this.up.delete(who)
        break
      case 'drained':
        machine.handleDrained(this.clock, who, a * b)
        break
      case 'local':
        this.open.add(machine.openInterest(this.clock, this.local(a, b)))
        break
      case 'cancel':
        for (const request of [...this.open].slice(0, 1)) {
          machine.cancelInterest(this.clock, request)
          this.open.delete(request)
        }
        break
      case 'publish':
        this.publish(a)
        break
      case 'forget':
        this.store.damaged.add(keys[a % keys.length]!)
        break
      case 'time':
      case 'long':
        this.pass(what === 'long' ? a * 20_000 : a * 50)
        break
      default:
        this.frame(what, who, a, b, noise)
    }
    this.drain()
    this.check()
  }

  frame(what: string, who: number, a: number, b: number, noise: Uint8Array): void {
    // Mostly somebody who was asked speaks, and mostly about what it was asked.
    const asked = this.asked[a % Math.max(1, this.asked.length)]
    const speaker = asked !== undefined && ['data', 'nack', 'damaged'].includes(what) && a % 8 > 0 ? asked.who : who
    const [type, flags, body] = chaosFrame(what, asked?.interest, a, b, noise)
    const lent = body.slice()
    this.machine.handleFrame(this.clock, speaker, type, flags, lent)
    this.drain()
    this.machine.settle()
    lent.fill(0xee)
  }

  local(a: number, b: number): LocalInterest {
    const lifetimeMs = 15 * a
    if (b % 3 === 0)
      return { kind: 'chunk', key: keys[a % keys.length]!, via: log.log, lifetimeMs, answerBytes: 90 * b }
    const rest = { maxAgeS: a % 700, staleOk: a % 2 === 0, lifetimeMs }
    if (b % 3 === 1) return { kind: 'head', key: log.log, held: b % 2 === 0 ? older : undefined, ...rest }
    const elsewhere = b % 4 > 0
    return { kind: 'name', key: person.name, held: b % 2 === 0 ? states[0] : undefined, elsewhere, ...rest }
  }

  publish(a: number): void {
    if (a % 4 === 0) this.store.putHead(log.held, a % 8 === 0, a)
    if (a % 4 === 1) this.store.putName(states[0]!, a % 8 === 1, a)
    if (a % 4 === 3) this.store.putName(states[0]!, true, a)
    if (a % 4 === 2) this.store.putOwnChunk(chunks[0]!.name, chunks[0]!.bytes)
    if (a % 2 === 0) this.machine.announce(this.clock, 'log', keys[a % keys.length]!)
    else this.machine.withdraw(this.clock, 'log', keys[a % keys.length]!)
  }

  /** Time passes from deadline to deadline, as it would; each of them must be over when it has been handled. */
  pass(us: number): void {
    const untilUs = this.nowUs + us
    for (let next = this.machine.pollTimeout(); next !== undefined; next = this.machine.pollTimeout()) {
      if (next.atUs > untilUs) break
      this.nowUs = Math.max(this.nowUs, next.atUs)
      this.store.nowUs = this.nowUs
      this.machine.handleTimeout(this.clock)
      this.drain()
      const after = this.machine.pollTimeout()
      assert.ok(after === undefined || after.atUs > this.nowUs, `${after?.why} stays in the past`)
    }
    this.nowUs = untilUs
  }

  drain(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (let frame = this.machine.pollTransmit(this.clock); frame; frame = this.machine.pollTransmit(this.clock)) {
        busy = true
        const { neighbour, type, flags, head, payload } = frame
        this.transcript.push(`${neighbour} ${type} ${flags} ${toHex(head)} ${payload?.length}`)
        assert.ok(this.up.has(neighbour), 'only to links that are up')
        if (type !== FrameType.interest) continue
        const interest = decodeInterest(head)
        if (typeof interest === 'string') throw new Error(`sent an interest that is refused: ${interest}`)
        this.asked.push({ who: neighbour, interest })
        if (this.asked.length > 20) this.asked.shift()
      }
      for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent()) {
        busy = true
        this.handle(event)
      }
    }
  }

  handle(event: Event): void {
    this.transcript.push(event.kind)
    met.set(event.kind, (met.get(event.kind) ?? 0) + 1)
    if (event.kind === 'read') {
      const lent = this.store.read(event.name)?.slice()
      if (lent !== undefined) this.lent.add(lent)
      this.machine.handleRead(this.clock, event.requestId, lent)
    } else if (event.kind === 'free') {
      assert.ok(this.lent.delete(event.bytes), 'what was lent comes back once')
      event.bytes.fill(0xdd)
    } else if (event.kind === 'refresh') this.machine.handleRefreshed(this.clock, event.what, event.key)
    else if (event.kind === 'store') this.store.handleStored(event)
    else if ('requestId' in event) assert.ok(this.open.delete(event.requestId), 'each question ends once')
  }

  check(): void {
    const status = this.machine.status()
    assert.ok(status.interests <= limits.rows)
    // Beyond the limit only what was in flight for nobody.
    assert.ok(status.questions <= limits.rows + 64)
    assert.ok(status.routes <= limits.routes && status.announced <= limits.ownRoutes)
    assert.ok(status.neighbours.length <= limits.neighbours)
    let routes = 0
    for (const neighbour of status.neighbours) {
      assert.ok(neighbour.interests <= limits.rowsPerFace)
      assert.ok(neighbour.routes <= limits.routesPerNeighbour)
      assert.ok(neighbour.outstandingBytes >= 0 && neighbour.inFlightBytes >= 0)
      assert.ok(neighbour.share >= 1 / 64 && neighbour.share <= 1)
      routes += neighbour.routes
    }
    assert.is(routes, status.routes)
    assert.ok(status.queuedBytes >= 0 && status.queuedBytes <= limits.queuedBytes + 4 * 123_300)
  }

  /** Everything that is open ends by itself, and then by the end of the links. */
  end(): void {
    const { counters } = this.machine.status()
    for (const [name, count] of Object.entries(counters)) {
      if (typeof count === 'number') met.set(name, (met.get(name) ?? 0) + count)
    }
    // The longest lifetime, and what the local program may wait for a window.
    this.pass(137_000_000)
    assert.equal([...this.open], [])
    assert.is(this.machine.status().interests, 0)
    for (const who of this.up) this.machine.handleNeighbourDown(this.clock, who)
    this.up.clear()
    this.drain()
    const { questions: left, routes, queuedBytes } = this.machine.status()
    assert.equal([left, routes, queuedBytes], [0, 0, 0])
    assert.is(this.lent.size, 0, 'all that was lent came back')
    this.pass(400_000_000)
    assert.is(this.machine.pollTimeout(), undefined)
  }
}
