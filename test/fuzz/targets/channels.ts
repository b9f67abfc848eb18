// The target of channels, labels and UDP addresses: three neighbours that say whatever they want of them, in any order. What
// the datapath is told stays within the rules: every label leads from one proven address to another, and all of it ends.

import { equal, toHex } from '../../../stack/bytes/index.js'
import { MAX_GIVEN_LABELS } from '../../../stack/forward/channels/limits.js'
import {
  COOKIE_BYTES,
  type Event,
  encodeAccept,
  encodeBytesHead,
  encodeClose,
  encodeCredit,
  encodeLabel,
  encodeObserved,
  encodeOpen,
  encodeUdp,
  ForwardMachine,
  FrameType,
  type SwitchCommand,
  type UdpAddress,
} from '../../../stack/forward/index.js'
import { MemoryStore } from '../../../stack/forward/testing/memory-store.js'
import { crypto } from '../../samples/chaos-input.js'
import { filled } from '../../samples/name.js'
import { Choices } from '../choices.js'
import { demand, type Target } from '../target.js'

const neighbours = [1, 2, 3]
const limits = { channels: 12, channelsPerNeighbour: 6, halfOpenChannels: 4, channelBytes: 300_000 }

/** Rows of the datapath: the indexes of either end of each channel. */
const mostLabels = 2 * MAX_GIVEN_LABELS * limits.channels

export const channelTargets: readonly Target[] = [
  {
    name: 'stack/forward/channels',
    kind: 'machine',
    covers: [],
    inputBytes: 1_500,
    allocatesBytes: 64 << 20,
    seeds: () => [1, 2, 3, 4].map(sequence),
    run: runChannels,
  },
]

class Run {
  readonly machine = new ForwardMachine(crypto, {
    contentStore: new MemoryStore(),
    seed: filled(1),
    root: true,
    device: filled(9),
    limits,
  })
  readonly labels = new Map<number, Extract<SwitchCommand, { type: 'set-label' }>>()
  readonly expected = new Map<string, Uint8Array>()
  /** Whom each cookie was said to. */
  readonly owing = new Map<string, number>()
  readonly up = new Set<number>()
  readonly local: number[] = []
  /** Channels that were opened to each neighbour, by their numbers on its link. */
  readonly numbers = new Map<number, number[]>()
  nowUs = 1

  get clock() {
    return { nowUs: this.nowUs, nowMs: 1_700_000_000_000 + Math.floor(this.nowUs / 1_000) }
  }

  link(who: number): void {
    // The first two are the devices that channels lead to, beside this one.
    const info = { device: filled(who), upstream: who === 3, rank: 1, address: addressOf(who, 0).address }
    if (this.machine.handleNeighbourUp(this.clock, who, info)) this.up.add(who)
  }

  drop(who: number): void {
    this.machine.handleNeighbourDown(this.clock, who)
    this.up.delete(who)
  }

  frame(who: number, type: number, body: Uint8Array): void {
    const lent = body.slice()
    this.machine.handleFrame(this.clock, who, type, 0, lent)
    this.drain()
    this.machine.settle()
    lent.fill(0xee)
  }

  pass(us: number): void {
    const untilUs = this.nowUs + us
    for (let next = this.machine.pollTimeout(); next !== undefined; next = this.machine.pollTimeout()) {
      if (next.atUs > untilUs) break
      this.nowUs = Math.max(this.nowUs, next.atUs)
      this.machine.handleTimeout(this.clock)
      this.drain()
    }
    this.nowUs = untilUs
  }

  drain(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (let frame = this.machine.pollTransmit(this.clock); frame; frame = this.machine.pollTransmit(this.clock)) {
        busy = true
        demand(this.up.has(frame.neighbour), 'frames go to links that are up')
        if (frame.type === FrameType.open) this.#remember(frame.neighbour, frame.head)
        if (frame.type === FrameType.udp) this.owing.set(toHex(frame.head.subarray(2)), frame.neighbour)
        this.machine.handleDrained(this.clock, frame.neighbour, 4 + frame.head.length + (frame.payload?.length ?? 0))
      }
      for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent()) {
        busy = true
        this.handle(event)
      }
    }
  }

  handle(event: Event): void {
    if (event.kind === 'channel-opened') this.local.push(event.channel)
    if (event.kind !== 'switch') return
    const { command } = event
    if (command.type === 'set-label') this.labels.set(command.label, command)
    else if (command.type === 'remove-label') demand(this.labels.delete(command.label), 'what is removed was there')
    else if (command.type === 'expect-cookie') this.expected.set(toHex(command.cookie), command.cookie)
    else if (command.type === 'forget-cookie') {
      demand(this.expected.delete(toHex(command.cookie)), 'what is forgotten was expected')
    }
  }

  #remember(who: number, body: Uint8Array): void {
    const known = this.numbers.get(who) ?? []
    known.push(new DataView(body.buffer, body.byteOffset).getUint32(0))
    this.numbers.set(who, known)
  }

  check(): void {
    const status = this.machine.status()
    demand(status.channels.open <= limits.channels, 'channels stay within their limit')
    demand(this.labels.size <= mostLabels && this.labels.size === status.channels.labels, 'so do labels')
    demand(this.expected.size <= neighbours.length, 'a neighbour owes one cookie')
    const proven = status.neighbours.flatMap(({ udp }) => (udp === undefined ? [] : [udp]))
    const isProven = (at: UdpAddress): boolean =>
      proven.some((one) => one.port === at.port && equal(one.address, at.address))
    for (const { label, from, to, next } of this.labels.values()) {
      demand(label > 0x7fffffff && next !== 0, 'a label is no index')
      demand(isProven(from) && isProven(to), 'a label leads between proven addresses')
    }
  }

  end(): void {
    for (const who of [...this.up]) this.drop(who)
    this.drain()
    demand(this.labels.size === 0 && this.machine.status().channels.labels === 0, 'labels end with their links')
    demand(this.expected.size === 0, 'cookies too')
    this.pass(400_000_000)
    demand(this.machine.pollTimeout() === undefined, 'nothing is left to be done')
  }
}

function runChannels(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const run = new Run()
  run.machine.handlePorts(run.clock, { four: 7_254, six: undefined })
  for (const who of neighbours) run.link(who)
  run.drain()
  for (let count = 0; choices.left > 0 && count < 300; count++) {
    step(run, choices)
    run.drain()
    run.check()
  }
  run.end()
}

function step(run: Run, choices: Choices): void {
  const { machine } = run
  const what = choices.below(20)
  const who = 1 + choices.below(3)
  const [a, b] = [choices.u8(), choices.u8()]
  // Numbers of a few channels, of both parities.
  const channel = a % 2 === 0 ? 1 + (a % 12) : numberAt(run, who, a >> 1)
  const local = run.local[a % Math.max(1, run.local.length)] ?? 0
  switch (what) {
    case 0:
    case 1:
    case 2: {
      const said = { hops: 3, rank: 1, device: deviceAt(b), message: Uint8Array.of(b) }
      run.frame(who, FrameType.open, encodeOpen({ channel: 1 + (a % 12), ...said }))
      return
    }
    case 3:
    case 4:
      run.frame(who, FrameType.accept, encodeAccept({ channel: numberAt(run, who, a), message: Uint8Array.of(1) }))
      return
    case 5:
      run.frame(who, FrameType.close, encodeClose({ channel, reason: b % 2 === 0 ? 'Done' : 'Reset' }))
      return
    case 6:
      run.frame(who, FrameType.credit, encodeCredit({ channel, bytes: 1 + 100 * b }))
      return
    case 7: {
      const sealed = new Uint8Array(20 + b)
      const head = encodeBytesHead(channel)
      const body = new Uint8Array(head.length + sealed.length)
      body.set(head)
      run.frame(who, FrameType.bytes, body)
      return
    }
    case 8:
    case 9:
    case 10:
      run.frame(who, FrameType.label, encodeLabel({ channel, index: 1 + (b % 5), label: b % 4 === 0 ? 0 : b }))
      return
    case 11:
      run.frame(who, FrameType.udp, encodeUdp({ port: b % 3, cookie: new Uint8Array(COOKIE_BYTES).fill(b) }))
      return
    case 12:
      run.frame(who, FrameType.observed, encodeObserved(addressOf(a, b)))
      return
    case 13:
    case 14: {
      const [cookie = new Uint8Array(a % 20)] = [...run.expected.values()].slice(a % 3)
      // From who owes it, as a rule.
      const owing = run.owing.get(toHex(cookie)) ?? 0
      machine.handleCookie(run.clock, cookie, addressOf(b % 4 === 0 ? a % 4 : owing, a))
      for (const label of run.labels.keys())
        machine.handleStray(run.clock, label + (b % 8 === 0 ? 1 : 0), addressOf(owing, b))
      return
    }
    case 15:
      if (a % 8 === 0) machine.handlePorts(run.clock, b % 2 === 0 ? undefined : { four: 7_254 + b, six: undefined })
      else if (run.up.has(who)) run.drop(who)
      else run.link(who)
      return
    case 16:
      run.pass(a * b * 500)
      return
    case 17:
      machine.acceptChannel(run.clock, local, Uint8Array.of(2))
      return
    case 18: {
      const opened = machine.openChannel(run.clock, deviceAt(b), Uint8Array.of(1))
      if (opened !== undefined) run.local.push(opened)
      return
    }
    default:
      if (a % 3 === 0) machine.closeChannel(run.clock, local, 'Reset')
      else machine.giveIndex(run.clock, local, 1 + b)
  }
}

/** A number that this node has chosen, or one that it has not. */
function numberAt(run: Run, who: number, place: number): number {
  const known = run.numbers.get(who) ?? []
  return known[place % Math.max(1, known.length)] ?? 1 + place
}

/** A neighbour, another one, or this node. */
function deviceAt(place: number): Uint8Array {
  return filled([1, 2, 9][place % 3] ?? 9)
}

function addressOf(last: number, port: number): UdpAddress {
  return { address: Uint8Array.of(10, 0, 0, last), port: 1 + port }
}

/** A run of each kind of step, the same for the same number. */
function sequence(number: number): Uint8Array {
  const hash = crypto.hash(Uint8Array.of(number))
  return Uint8Array.from({ length: 400 }, (_, index) => ((hash[index % 32] ?? 0) + 7 * index) & 0xff)
}
