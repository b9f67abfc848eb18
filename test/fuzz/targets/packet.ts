// Targets of stack/packet: what two devices say about packets, in a conversation and on a way, and a whole machine to which
// peers and a datapath say anything.

import { toHex } from '../../../stack/bytes/index.js'
import { addressOf } from '../../../stack/name/index.js'
import {
  type DatapathEvent,
  decodePacketMessage,
  decodeProbe,
  encodePacketMessage,
  encodeProbe,
  type FlowKey,
  PacketMachine,
  type UdpAddress,
} from '../../../stack/packet/index.js'
import { MAX_GENERATIONS } from '../../../stack/packet/limits.js'
import { filled } from '../../samples/name.js'
import { samplePacketMessages, sampleProbes } from '../../samples/packet.js'
import { Choices, choose } from '../choices.js'
import { codec } from '../codec.js'
import { rememberingCrypto as crypto } from '../remembering.js'
import { demand, type Target } from '../target.js'

const messages = samplePacketMessages(crypto).map(encodePacketMessage)
const devices = [0x51, 0x52, 0x53].map((byte) => crypto.ed25519.publicKeyFromSeed(filled(byte)))
const step = {
  conversation: 0,
  message: 1,
  say: 2,
  over: 3,
  label: 4,
  miss: 5,
  probe: 6,
  source: 7,
  fact: 8,
  wait: 9,
  rules: 10,
  restart: 11,
} as const

export const packetTargets: readonly Target[] = [
  codec({
    name: 'stack/packet/message',
    covers: ['decodePacketMessage'],
    corpora: ['stack/packet/corpus/message'],
    seeds: () => messages,
    decode: decodePacketMessage,
    encode: encodePacketMessage,
  }),
  codec({
    name: 'stack/packet/probe',
    covers: ['decodeProbe'],
    corpora: ['stack/packet/corpus/probe'],
    seeds: () => sampleProbes.map(encodeProbe),
    decode: decodeProbe,
    encode: encodeProbe,
  }),
  {
    name: 'stack/packet/machine',
    kind: 'machine',
    covers: [],
    allocatesBytes: 1 << 20,
    inputBytes: 1_024,
    casesInCi: 700,
    seeds: sequences,
    run: runMachine,
  },
]

/** A conversation in which keys are agreed and a label is there, and what may come then. */
function sequences(): Uint8Array[] {
  const agreed = [step.conversation, 0, 1, 1, step.say, 1, 0, 0, 1, 3, step.say, 1, 0, 1, step.label, 1, 1, 4, 2, 1]
  const next = [step.say, 1, 1, 0, 2, 5, step.say, 1, 1, 1, step.label, 1, 1, 6, 2, 1, step.say, 1, 1, 2]
  const outbound = [step.miss, 1, 0, 17, 1, 2]
  return [
    choose(...outbound, step.wait, 1, ...agreed, step.wait, 20, ...next, step.wait, 60),
    choose(...agreed, step.wait, 2, step.restart, step.wait, 2, ...next, step.wait, 200),
    choose(...agreed, step.probe, 0, 3, 1, 1, step.source, 1, 3, 0, step.wait, 9, step.over, 1, 1, step.wait, 255),
    choose(...agreed, step.wait, 250, ...next, step.wait, 250, step.restart, step.wait, 250, step.wait, 255),
    choose(step.conversation, 1, 0, 1, step.message, 0, messages[0] ?? new Uint8Array(0), step.rules, 1, 3, 1),
  ]
}

/** What is watched of everything that a machine wants done. */
class Watch {
  readonly indexes = new Map<number, number>()
  readonly #keys = new Set<string>()
  #events = 0

  drain(machine: PacketMachine): void {
    for (let event = machine.pollEvent(); event !== undefined; event = machine.pollEvent()) {
      this.#events++
      demand(this.#events < 100_000, 'it comes to rest')
      if (event.kind === 'send') demand(typeof decodePacketMessage(event.message) !== 'string', 'it says what decodes')
      if (event.kind !== 'tell') continue
      const { command } = event
      if (command.type === 'add-keys') {
        const key = toHex(command.sealing)
        demand(!this.#keys.has(key), 'no key is given twice')
        this.#keys.add(key)
        this.indexes.set(command.index, command.peer)
        const ofPeer = [...this.indexes.values()].filter((peer) => peer === command.peer).length
        demand(ofPeer <= MAX_GENERATIONS, 'a peer has few keys')
      } else if (command.type === 'remove-keys') this.indexes.delete(command.index)
      else if (command.type === 'remove-peer') {
        for (const [index, peer] of this.indexes) if (peer === command.peer) this.indexes.delete(index)
      } else if (command.type === 'use-path' || command.type === 'probe') {
        demand(this.indexes.has(command.index), 'it sends under keys that are there')
      }
    }
  }
}

function runMachine(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const own = devices[0] ?? filled(0)
  let drawn = 0
  const machine = new PacketMachine({
    crypto,
    device: own,
    // Keys that are drawn once may be drawn in every run, so that a run costs little.
    randomBytes: (count) => Uint8Array.from({ length: count }, (_, at) => (at < 2 ? ++drawn >> (8 * at) : 7)),
    world: {
      deviceAt: (address) => devices.find((device) => toHex(addressOf(crypto, 'device', device)) === toHex(address)),
      groupsOf: () => [],
    },
  })
  const watch = new Watch()
  let nowUs = 1_000_000
  while (choices.left > 0) {
    take(machine, choices, watch, nowUs, (us) => {
      nowUs += us
    })
    watch.drain(machine)
    for (let turn = 0; machine.pollTimeout() <= nowUs; turn++) {
      demand(turn < 1_000, 'what is due is done')
      machine.handleTimeout(nowUs)
      watch.drain(machine)
    }
  }
}

function take(machine: PacketMachine, choices: Choices, watch: Watch, nowUs: number, wait: (us: number) => void): void {
  const index = (): number => [...watch.indexes.keys()][choices.below(4)] ?? choices.u8()
  const address = (): UdpAddress => ({ address: Uint8Array.of(10, 0, 0, choices.below(6)), port: 1 + choices.below(3) })
  const device = (): Uint8Array => devices[choices.below(devices.length)] ?? filled(0)
  switch (choices.below(12)) {
    case step.conversation: {
      const isOurs = choices.below(2) === 1
      machine.handleConversation(nowUs, choices.below(6), { device: device(), name: undefined, isOurs })
      return
    }
    case step.message:
      machine.handleMessage(nowUs, choices.below(6), choices.block8())
      return
    case step.say:
      machine.handleMessage(nowUs, choices.below(6), said(choices))
      return
    case step.over:
      if (choices.below(2) === 1) machine.handleOver(nowUs, choices.below(6))
      else machine.handleNoConversation(nowUs, device())
      return
    case step.label:
      if (choices.below(4) > 0)
        machine.handleLabel(nowUs, choices.below(6), choices.below(8), { to: address(), label: 9 })
      else machine.handleLabelGone(nowUs, choices.below(6), choices.below(8))
      return
    case step.probe: {
      const content =
        choices.below(4) === 0 ? choices.take(9) : encodeProbe({ type: 'challenge', token: filled(1).subarray(0, 8) })
      machine.handleDatapathEvent(nowUs, { type: 'probe', index: index(), from: address(), content, datagramBytes: 60 })
      return
    }
    case step.wait:
      wait(choices.u8() * 500_000)
      return
    case step.rules:
      machine.setRules(nowUs, [
        { action: choices.below(2) === 0 ? 'allow' : 'deny', protocol: 'any', port: undefined, from: 'anybody' },
      ])
      machine.setCandidates(nowUs, [address()])
      return
    case step.restart:
      watch.indexes.clear()
      machine.restart(nowUs)
      return
    default:
      machine.handleDatapathEvent(nowUs, eventOf(choices, index, address))
  }
}

/** A message that decodes, about few generations. */
function said(choices: Choices): Uint8Array {
  const generation = 1 + choices.below(3)
  const type = choices.below(4)
  if (type === 0) {
    const ephemeral = crypto.x25519.publicFromPrivate(filled(choices.below(3)))
    return encodePacketMessage({ type: 'keys', generation, index: 1 + choices.below(8), ephemeral })
  }
  if (type === 3) {
    const addresses = [{ address: Uint8Array.of(10, 0, 0, choices.below(6)), port: 9 }]
    return encodePacketMessage({ type: 'candidates', addresses })
  }
  return encodePacketMessage({ type: type === 1 ? 'ready' : 'using', generation })
}

function eventOf(choices: Choices, index: () => number, address: () => UdpAddress): DatapathEvent {
  const peer = addressOf(crypto, 'device', devices[choices.below(devices.length)] ?? filled(0))
  const key = (): FlowKey => ({ peer, protocol: choices.u8(), ownPort: choices.below(8), peerPort: choices.below(8) })
  switch (choices.below(7)) {
    case 0:
      return { type: 'miss', key: key(), direction: 'outbound', peer: undefined, head: new Uint8Array(0) }
    case 1:
      return { type: 'miss', key: key(), direction: 'inbound', peer: choices.below(4), head: new Uint8Array(0) }
    case 2:
      return { type: choices.below(2) === 0 ? 'expired' : 'refused', key: key() }
    case 3:
      return { type: 'source', index: index(), from: address() }
    case 4:
      return { type: 'too-big', to: address(), datagramBytes: choices.u16() }
    case 5:
      return { type: 'unreachable', to: address(), errno: 111 }
    default:
      return { type: 'spent', index: index() }
  }
}
