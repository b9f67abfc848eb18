// The datapath in TypeScript: the tables of native/tunnel, filled by the same commands, with packets in and packets out, for
// networks under virtual time. It decides nothing, as its twin; super-packets, queues and marks of congestion it has none.

import { equal } from '../../bytes/index.js'
import type { Crypto } from '../../crypto/index.js'
import { addressKey, isSameAddress } from '../address.js'
import type { DatapathCommand, DatapathEvent, FlowKey, UdpAddress, Verdict } from '../datapath.js'
import { byteAt, type Direction, type DropReason, keyOf, type Packet, packetOf } from './ip.js'
import { icmpError } from './packets.js'
import { Parts, partKey } from './parts.js'
import { Gathering, indexOf, Kind, Opener, overheadBytes, piecesOf, Sealer } from './seal.js'
import { type Held, type Piece, Undecided } from './undecided.js'

export type DatapathOutput =
  | { readonly kind: 'datagram'; readonly to: UdpAddress; readonly bytes: Uint8Array }
  | { readonly kind: 'packet'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: DatapathEvent }

interface ModelPeer {
  readonly address: Uint8Array
  path: Extract<DatapathCommand, { type: 'use-path' }> | undefined
  told: { readonly from: UdpAddress; readonly atUs: number } | undefined
  sealed: { packets: number; bytes: number }
  opened: { packets: number; bytes: number }
}

interface ModelKeys {
  readonly index: number
  readonly peer: number
  readonly opener: Opener
  readonly sealer: Sealer
}

interface ModelLabel {
  readonly label: number
  readonly from: UdpAddress
  readonly to: UdpAddress
  readonly next: number
  strayedUs?: number
  switched: { packets: number; bytes: number }
}

interface ModelFlow {
  readonly key: FlowKey
  verdict: Verdict
  lastUs: number
  tcp: number
}

const smallestMtu = 1280
const toldAgainUs = 100_000
const missBytes = 128
const closing = 4

export class DatapathModel {
  /** How many were dropped, by reason. */
  readonly drops = new Map<DropReason, number>()
  readonly #crypto: Crypto
  readonly #own: Uint8Array
  readonly #outputs: DatapathOutput[] = []
  readonly #peers = new Map<number, ModelPeer>()
  readonly #keys = new Map<number, ModelKeys>()
  readonly #labels = new Map<number, ModelLabel>()
  readonly #flows = new Map<string, ModelFlow>()
  readonly #undecided = new Undecided()
  readonly #cookies = new Set<string>()
  readonly #parts = { outbound: new Parts(), inbound: new Parts() }
  readonly #gathering = new Gathering()
  #pieces = 0

  /** `own`: the address of the interface, 16 bytes. */
  constructor(crypto: Crypto, own: Uint8Array) {
    this.#crypto = crypto
    this.#own = own
  }

  pollOutput(): DatapathOutput | undefined {
    return this.#outputs.shift()
  }

  tell(nowUs: number, command: DatapathCommand): void {
    switch (command.type) {
      case 'set-peer': {
        const none = { packets: 0, bytes: 0 }
        const before = this.#peers.get(command.peer)
        this.#peers.set(command.peer, {
          ...(before ?? { path: undefined, told: undefined, sealed: none, opened: none }),
          address: command.address,
        })
        return
      }
      case 'remove-peer':
        this.#peers.delete(command.peer)
        for (const [index, { peer }] of this.#keys) if (peer === command.peer) this.#keys.delete(index)
        return
      case 'add-keys': {
        if (!this.#peers.has(command.peer)) return
        const { index, peer } = command
        const opener = new Opener(this.#crypto, command.opening)
        this.#keys.set(index, { index, peer, opener, sealer: new Sealer(this.#crypto, command.sealing) })
        return
      }
      case 'remove-keys': {
        const peer = this.#peers.get(this.#keys.get(command.index)?.peer ?? -1)
        this.#keys.delete(command.index)
        if (peer?.path?.index === command.index) peer.path = undefined
        return
      }
      case 'use-path': {
        const peer = this.#peers.get(this.#keys.get(command.index)?.peer ?? -1)
        if (peer === undefined) return
        peer.path = command
        peer.told = undefined
        return
      }
      case 'probe':
        this.#probe(command)
        return
      case 'set-label':
        this.#labels.set(command.label, { ...command, switched: { packets: 0, bytes: 0 } })
        return
      case 'remove-label':
        this.#labels.delete(command.label)
        return
      case 'set-flow':
        this.#setFlow(nowUs, command.key, command.verdict)
        return
      case 'remove-flow':
        this.#flows.delete(textOf(command.key))
        return
      case 'send-cookie':
        this.#send(command.to, Uint8Array.of(2, ...command.cookie))
        return
      case 'expect-cookie':
        this.#cookies.add(String(command.cookie))
        return
      case 'forget-cookie':
        this.#cookies.delete(String(command.cookie))
        return
      case 'report': {
        const peer = this.#peers.get(command.peer)
        if (peer !== undefined) this.#event({ type: 'traffic', peer: command.peer, ...peer })
        return
      }
      case 'report-label': {
        const label = this.#labels.get(command.label)
        if (label !== undefined) this.#event({ type: 'switched', label: command.label, switched: label.switched })
      }
    }
  }

  /** A packet of a program of this machine. */
  handlePacket(nowUs: number, bytes: Uint8Array): void {
    const refused = this.#takeOutbound(nowUs, bytes)
    if (refused !== undefined) this.#drop(refused)
  }

  handleDatagram(nowUs: number, bytes: Uint8Array, from: UdpAddress): void {
    const refused = this.#takeDatagram(nowUs, bytes, from)
    if (refused !== undefined) this.#drop(refused)
  }

  /** To be called four times a second: forgets what has been idle. */
  handleTick(nowUs: number): void {
    for (const [text, flow] of this.#flows) {
      if (nowUs - flow.lastUs <= idleUs(flow)) continue
      this.#flows.delete(text)
      this.#event({ type: 'expired', key: flow.key })
    }
    for (let gone = this.#undecided.expire(nowUs); gone > 0; gone--) this.#drop('undecided')
  }

  #takeOutbound(nowUs: number, bytes: Uint8Array): DropReason | undefined {
    const packet = packetOf(bytes)
    if (typeof packet === 'string') return packet
    const [first = 0, second = 0] = packet.destination
    if (first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80)) return 'scope'
    if (!equal(packet.source, this.#own)) return 'source'
    const isLow = packet.destination.subarray(0, 15).every((byte) => byte === 0) && byteAt(packet.destination, 15) < 2
    if (equal(packet.destination, this.#own) || isLow) return 'destination'
    const verdict = this.#decide(nowUs, packet, bytes, 'outbound', undefined)
    if (verdict === undefined || typeof verdict === 'string') return verdict
    if (verdict.type === 'pass') return this.#seal(packet, bytes, verdict.peer)
    if (verdict.unreachable !== undefined) this.#answer(packet, bytes, 1, verdict.unreachable, 0)
    return 'denied'
  }

  #seal(packet: Packet, bytes: Uint8Array, number: number): DropReason | undefined {
    const peer = this.#peers.get(number)
    const keys = this.#keys.get(peer?.path?.index ?? -1)
    if (peer?.path === undefined || keys === undefined) return 'no-session'
    const { to, remote, datagramBytes } = peer.path
    const packetBytes = Math.max(datagramBytes, 128) - overheadBytes
    const mostBytes = Math.max(packetBytes, smallestMtu)
    if (packet.length > mostBytes) {
      this.#answer(packet, bytes, 2, 0, mostBytes)
      return 'too-big'
    }
    const content = Uint8Array.of(Kind.packet, ...bytes.subarray(0, packet.length))
    const isWhole = packet.length <= packetBytes
    const parts = isWhole ? [content] : piecesOf(content, ++this.#pieces, packetBytes)
    for (const part of parts) this.#send(to, keys.sealer.seal(part, remote))
    peer.sealed = counted(peer.sealed, packet.length)
    return undefined
  }

  #takeDatagram(nowUs: number, datagram: Uint8Array, from: UdpAddress): DropReason | undefined {
    const index = indexOf(datagram)
    const keys = index === undefined ? undefined : this.#keys.get(index)
    const label = index === undefined ? undefined : this.#labels.get(index)
    if (keys !== undefined) return this.#takeSealed(nowUs, datagram, from, keys)
    if (label !== undefined) {
      if (!isSameAddress(label.from, from)) {
        this.#noteStray(nowUs, label, from)
        return 'neighbour'
      }
      label.switched = counted(label.switched, datagram.length)
      const next = datagram.slice()
      new DataView(next.buffer).setUint32(4, label.next)
      this.#send(label.to, next)
      return undefined
    }
    const cookie = datagram.slice(1)
    if (datagram.length !== 17 || datagram[0] !== 2 || !this.#cookies.has(String(cookie))) return 'stranger'
    this.#event({ type: 'cookie', cookie, from })
    return undefined
  }

  #takeSealed(nowUs: number, datagram: Uint8Array, from: UdpAddress, keys: ModelKeys): DropReason | undefined {
    const opened = keys.opener.open(datagram)
    if (typeof opened === 'string') return opened
    const peer = this.#peers.get(keys.peer)
    if (peer === undefined) return 'stranger'
    peer.opened = counted(peer.opened, opened.length - 1)
    if (peer.path !== undefined && !isSameAddress(peer.path.to, from)) this.#noteSource(nowUs, peer, keys.index, from)
    switch (byteAt(opened, 0)) {
      case Kind.packet:
        return this.#deliver(nowUs, opened.slice(1), keys.peer)
      case Kind.piece: {
        const whole = this.#gathering.take(keys.index, opened)
        if (whole === undefined || typeof whole === 'string') return whole
        return this.#deliver(nowUs, whole.slice(1), keys.peer)
      }
      case Kind.probe: {
        const content = opened.slice(2, 2 + byteAt(opened, 1))
        if (content.length < byteAt(opened, 1) || content.length > 64) return 'kind'
        if (content.length === 0) return undefined
        this.#event({ type: 'probe', index: keys.index, from, content, datagramBytes: datagram.length })
        return undefined
      }
      default:
        return 'kind'
    }
  }

  #noteSource(nowUs: number, peer: ModelPeer, index: number, from: UdpAddress): void {
    const { told } = peer
    if (told !== undefined && (isSameAddress(told.from, from) || nowUs <= told.atUs + toldAgainUs)) return
    peer.told = { from, atUs: nowUs }
    this.#event({ type: 'source', index, from })
  }

  #noteStray(nowUs: number, label: ModelLabel, from: UdpAddress): void {
    if (label.strayedUs !== undefined && nowUs <= label.strayedUs + toldAgainUs) return
    label.strayedUs = nowUs
    this.#event({ type: 'source', index: label.label, from })
  }

  #deliver(nowUs: number, bytes: Uint8Array, number: number): DropReason | undefined {
    const packet = packetOf(bytes)
    if (typeof packet === 'string') return packet
    if (packet.length !== bytes.length) return 'truncated'
    if (!equal(this.#peers.get(number)?.address ?? new Uint8Array(0), packet.source)) return 'source'
    if (!equal(packet.destination, this.#own)) return 'destination'
    const verdict = this.#decide(nowUs, packet, bytes, 'inbound', number)
    if (verdict === undefined || typeof verdict === 'string') return verdict
    if (verdict.type !== 'pass' || verdict.peer !== number) return 'denied'
    this.#outputs.push({ kind: 'packet', bytes })
    return undefined
  }

  /** What was decided about a packet; undefined when it waits for that. Fragments follow their first one. */
  #decide(
    nowUs: number,
    packet: Packet,
    bytes: Uint8Array,
    direction: Direction,
    peer: number | undefined,
  ): Verdict | DropReason | undefined {
    const { part } = packet
    const parts = this.#parts[direction]
    if (part !== undefined && part.offset > 0) {
      const followed = parts.follow({ packet, part })
      if (typeof followed !== 'string') return this.#flows.get(followed.flow)?.verdict ?? 'fragment'
      const waiting = this.#undecided.flowOf(partKey({ packet, part }))
      return waiting === undefined ? followed : this.#hold(nowUs, waiting, { bytes, direction, peer }, 'later')
    }
    const key = keyOf(packet, bytes, direction)
    if (typeof key === 'string') return key
    const flow = this.#flows.get(textOf(key))
    // What is closed to what comes is open to who asks from here.
    const isAsked = direction === 'outbound' && flow?.verdict.type === 'drop' && flow.verdict.unreachable === undefined
    if (flow === undefined || isAsked) {
      const piece = part === undefined ? 'whole' : { first: partKey({ packet, part }) }
      return this.#hold(nowUs, key, { bytes, direction, peer }, piece)
    }
    touch(flow, nowUs, direction, packet.protocol === 6 ? byteAt(bytes, packet.transport + 13) : 0)
    const refused = part && parts.begin({ packet, part }, textOf(key))
    return refused ?? flow.verdict
  }

  #hold(nowUs: number, key: FlowKey, held: Held, piece: Piece): DropReason | undefined {
    const { direction, peer, bytes } = held
    const holding = this.#undecided.hold(nowUs, textOf(key), key, held, piece)
    if (holding === 'first') this.#event({ type: 'miss', key, direction, peer, head: bytes.slice(0, missBytes) })
    return holding === 'full' ? 'undecided' : undefined
  }

  #setFlow(nowUs: number, key: FlowKey, verdict: Verdict): void {
    const text = textOf(key)
    const flow = this.#flows.get(text)
    if (flow === undefined) this.#flows.set(text, { key, verdict, lastUs: nowUs, tcp: 0 })
    else Object.assign(flow, { verdict, lastUs: nowUs })
    for (const { bytes, direction, peer } of this.#undecided.release(text)) {
      const refused =
        direction === 'outbound' ? this.#takeOutbound(nowUs, bytes) : this.#deliver(nowUs, bytes, peer ?? -1)
      if (refused !== undefined) this.#drop(refused)
    }
  }

  #probe({ index, to, remote, content, datagramBytes }: Extract<DatapathCommand, { type: 'probe' }>): void {
    const keys = this.#keys.get(index)
    if (keys === undefined) return
    const plain = new Uint8Array(Math.max(2 + content.length, datagramBytes - overheadBytes + 1))
    plain.set([Kind.probe, content.length])
    plain.set(content, 2)
    this.#send(to, keys.sealer.seal(plain, remote))
  }

  #answer(packet: Packet, bytes: Uint8Array, type: 1 | 2, code: number, value: number): void {
    const error = icmpError(packet, bytes, type, code, value)
    if (error !== undefined) this.#outputs.push({ kind: 'packet', bytes: error })
  }

  #send(to: UdpAddress, bytes: Uint8Array): void {
    this.#outputs.push({ kind: 'datagram', to, bytes })
  }

  #event(event: DatapathEvent): void {
    this.#outputs.push({ kind: 'event', event })
  }

  #drop(reason: DropReason): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1)
  }
}

function counted({ packets, bytes }: { packets: number; bytes: number }, more: number) {
  return { packets: packets + 1, bytes: bytes + more }
}

function textOf({ peer, protocol, ownPort, peerPort }: FlowKey): string {
  return `${addressKey({ address: peer, port: ownPort })} ${peerPort} ${protocol}`
}

/** RFC 4787 section 4.3, RFC 5382 section 5. */
function idleUs({ key, tcp }: ModelFlow): number {
  if (key.protocol === 17) return 180_000_000
  if (key.protocol !== 6) return 30_000_000
  return tcp === 3 ? 7_440_000_000 : 240_000_000
}

function touch(flow: ModelFlow, nowUs: number, direction: Direction, flags: number): void {
  flow.lastUs = nowUs
  if ((flags & 2) !== 0) flow.tcp = 0
  else if ((flags & 5) !== 0) flow.tcp |= closing
  else flow.tcp |= direction === 'inbound' ? 2 : 1
}
