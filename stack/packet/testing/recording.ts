// What the datapath in TypeScript did with a long list of commands, packets and datagrams, as text: the native one has to do
// the same with it. Nothing in it depends on time.

import { toHex } from '../../bytes/index.js'
import type { Crypto } from '../../crypto/index.js'
import type { DatapathCommand, DatapathEvent, FlowKey, UdpAddress, Verdict } from '../datapath.js'
import { DatapathModel } from './datapath-model.js'
import type { DropReason } from './ip.js'
import { echo, packet, tcp, udp } from './packets.js'
import { Kind, piecesOf, Sealer } from './seal.js'

const steps = 900
const own = address(0xa)
const peer = address(0xb)
const stranger = address(0xc)
/** Places that datagrams come from and go to: that of the peer, and others. */
const places: readonly UdpAddress[] = [1, 2, 3].map((last) => ({ address: Uint8Array.of(127, 0, 0, last), port: last }))
const cookies = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(8)]
const labels = [0x8000_0001, 0x8000_0002] as const

/** The recording: one input a line, and below it each thing that came of it. */
export function recording(crypto: Crypto): string {
  return new Recorder(crypto).run()
}

class Recorder {
  readonly #lines = ['# Written by `npm run docs`: inputs of a datapath, and behind > what it did.']
  readonly #model: DatapathModel
  readonly #peer: Sealer
  /** What the peer has sealed, to be sent once more. */
  readonly #sealed: Uint8Array[] = []
  readonly #asked: FlowKey[] = []
  #random = 7
  #parts = 0

  constructor(crypto: Crypto) {
    this.#model = new DatapathModel(crypto, own)
    this.#peer = new Sealer(crypto, new Uint8Array(32).fill(1))
  }

  run(): string {
    this.#lines.push(`own ${toHex(own)}`)
    this.#tell({ type: 'set-peer', peer: 1, address: peer })
    const [opening, sealing] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    this.#program()
    this.#tell({ type: 'add-keys', index: 11, peer: 1, opening, sealing })
    this.#usePath(1_472)
    for (const [label, from, to] of [
      [labels[0], place(0), place(1)],
      [labels[1], place(1), place(2)],
    ] as const) {
      this.#tell({ type: 'set-label', label, from, to, next: label + 100 })
    }
    this.#tell({ type: 'expect-cookie', cookie: cookies[0] ?? own })
    for (let step = 0; step < steps; step++) this.#step()
    this.#tell({ type: 'report', peer: 1 })
    for (const label of labels) this.#tell({ type: 'report-label', label })
    this.#tell({ type: 'remove-keys', index: 11 })
    this.#datagram(place(0), this.#sealPacket(this.#packet(peer, own)))
    return `${this.#lines.join('\n')}\n`
  }

  #step(): void {
    switch (this.#below(12)) {
      case 0:
      case 1:
      case 2:
        this.#program()
        return
      case 3:
      case 4:
        this.#datagram(place(0), this.#sealPacket(this.#packet(peer, own)))
        return
      case 5:
        this.#datagram(place(this.#below(2)), this.#sealPacket(this.#packet(this.#address(), this.#address())))
        return
      case 6: {
        const content = Uint8Array.of(Kind.packet, ...udp(peer, own, [2, 1], new Uint8Array(this.#below(700))))
        const pieces = piecesOf(content, this.#below(4), 200 + this.#below(300))
        for (const piece of pieces) if (this.#below(8) > 0) this.#datagram(place(0), this.#seal(piece))
        return
      }
      case 7: {
        const said = new Uint8Array(this.#below(70)).fill(3)
        const length = this.#below(10) === 0 ? 80 : said.length
        this.#datagram(
          place(this.#below(2)),
          this.#seal(Uint8Array.of(this.#below(9) === 0 ? 5 : Kind.probe, length, ...said)),
        )
        return
      }
      case 8:
        this.#hostile()
        return
      case 9:
      case 10:
        this.#decide()
        return
      default:
        this.#command()
    }
  }

  /** A packet of a program. */
  #program(): void {
    const to = this.#below(10) === 0 ? this.#address() : peer
    const from = this.#below(15) === 0 ? this.#address() : own
    const bytes = this.#packet(from, to)
    this.#input(`program ${toHex(bytes)}`, () => this.#model.handlePacket(0, bytes))
  }

  /** What strangers, neighbours and repeaters send. */
  #hostile(): void {
    const known = this.#sealed[this.#below(this.#sealed.length || 1)] ?? own
    const label = labels[this.#below(2)] ?? 0
    const labelled = known.slice()
    new DataView(labelled.buffer).setUint32(4, label)
    const changed = known.slice()
    changed[8 + this.#below(changed.length - 8)] = this.#below(256)
    const cookie = Uint8Array.of(2, ...(cookies[this.#below(2)] ?? own))
    const choices = [known, changed, labelled, labelled, cookie, cookie.subarray(1), known.subarray(0, this.#below(40))]
    this.#datagram(place(this.#below(3)), choices[this.#below(choices.length)] ?? own)
  }

  #decide(): void {
    const key = this.#asked[this.#below(this.#asked.length || 1)] ?? { peer, protocol: 17, ownPort: 1, peerPort: 2 }
    if (this.#below(4) === 0) {
      this.#tell({ type: 'remove-flow', key })
      return
    }
    const verdicts: Verdict[] = [
      { type: 'pass', peer: 1 },
      { type: 'pass', peer: 1 },
      { type: 'drop', unreachable: undefined },
      { type: 'drop', unreachable: 3 },
    ]
    const verdict = verdicts[this.#below(20) === 0 ? 3 : this.#below(3)]
    if (verdict !== undefined) this.#tell({ type: 'set-flow', key, verdict })
  }

  #command(): void {
    switch (this.#below(6)) {
      case 0:
        this.#usePath([1_472, 1_400, 700, 200][this.#below(4)] ?? 0)
        return
      case 1: {
        const content = new Uint8Array(this.#below(65)).fill(9)
        const datagramBytes = this.#below(4) * 300
        this.#tell({ type: 'probe', index: 11, to: place(this.#below(3)), remote: 77, content, datagramBytes })
        return
      }
      case 2:
        this.#tell({ type: 'send-cookie', to: place(2), cookie: cookies[1] ?? own })
        return
      case 3:
        this.#tell({ type: 'report', peer: 1 })
        return
      case 4:
        this.#tell({ type: 'report-label', label: labels[this.#below(2)] ?? 0 })
        return
      default:
        this.#tell({ type: 'forget-cookie', cookie: cookies[1] ?? own })
    }
  }

  #usePath(datagramBytes: number): void {
    this.#tell({ type: 'use-path', index: 11, to: place(0), remote: 22, datagramBytes })
  }

  /** Of few flows, sound ones as a rule. */
  #packet(from: Uint8Array, to: Uint8Array): Uint8Array {
    const ports = [1 + this.#below(3), 1 + this.#below(3)] as const
    const payload = new Uint8Array(this.#below(12) === 0 ? 1_380 + this.#below(80) : this.#below(40)).fill(
      this.#below(256),
    )
    const bytes =
      [
        () => udp(from, to, ports, payload),
        () => tcp(from, to, ports, this.#below(32)),
        () => echo(from, to, this.#below(2) === 0 ? 128 : 129, this.#below(3)),
        () =>
          packet(
            from,
            to,
            58,
            Uint8Array.of(1 + this.#below(4), 0, 0, 0, 0, 0, 0, 0, ...udp(to, from, ports, payload)),
          ),
        () => packet(from, to, 58, Uint8Array.of(this.#below(256), 0, 0, 0, 0, 0, 0, 0)),
        () => packet(from, to, this.#below(256), payload),
        () =>
          packet(
            from,
            to,
            0,
            Uint8Array.of(
              60,
              0,
              1,
              4,
              0,
              0,
              0,
              0,
              17,
              0,
              1,
              4,
              0,
              0,
              0,
              0,
              ...udp(from, to, ports, payload).subarray(40),
            ),
          ),
        () => this.#fragment(from, to, ports),
      ][this.#below(8)]?.() ?? own
    if (this.#below(12) === 0) bytes[this.#below(Math.min(64, bytes.length))] = this.#below(256)
    return this.#below(20) === 0 ? bytes.subarray(0, this.#below(bytes.length)) : bytes
  }

  /** The first fragment of a packet, or a later one of the last packet, or of none. */
  #fragment(from: Uint8Array, to: Uint8Array, ports: readonly [number, number]): Uint8Array {
    const isFirst = this.#below(2) === 0
    if (isFirst) this.#parts += 16
    else this.#parts++
    // No two fragments of one packet overlap: each later one has a place of its own.
    const place = isFirst ? 1 : 1 + 8 * (1 + (this.#parts % 16)) * 2
    const id = this.#parts >> 4
    const whole = udp(from, to, ports, new Uint8Array(8))
    return packet(
      from,
      to,
      44,
      Uint8Array.of(17, 0, place >> 8, place & 0xff, 0, 0, id >> 8, id & 0xff, ...whole.subarray(40)),
    )
  }

  #address(): Uint8Array {
    return (
      [own, peer, stranger, Uint8Array.of(0xff, 2, ...new Uint8Array(14)), new Uint8Array(16)][this.#below(5)] ?? own
    )
  }

  /** What the peer has sealed. */
  #seal(content: Uint8Array): Uint8Array {
    const sealed = this.#peer.seal(content, 11)
    this.#sealed.push(sealed)
    return sealed
  }

  #sealPacket(bytes: Uint8Array): Uint8Array {
    return this.#seal(Uint8Array.of(Kind.packet, ...bytes))
  }

  #tell(command: DatapathCommand): void {
    this.#input(commandText(command), () => this.#model.tell(0, command))
  }

  #datagram(from: UdpAddress, bytes: Uint8Array): void {
    this.#input(`datagram ${placeText(from)} ${toHex(bytes)}`, () => this.#model.handleDatagram(0, bytes, from))
  }

  #input(text: string, run: () => void): void {
    const before = new Map<DropReason, number>(this.#model.drops)
    this.#lines.push(text)
    run()
    for (let output = this.#model.pollOutput(); output !== undefined; output = this.#model.pollOutput()) {
      if (output.kind === 'packet') this.#lines.push(`> packet ${toHex(output.bytes)}`)
      else if (output.kind === 'datagram') this.#lines.push(`> datagram ${placeText(output.to)} ${toHex(output.bytes)}`)
      else {
        if (output.event.type === 'miss') this.#asked.push(output.event.key)
        this.#lines.push(`> event ${eventText(output.event)}`)
      }
    }
    for (const [reason, count] of this.#model.drops) {
      if (before.get(reason) !== count) this.#lines.push(`> dropped ${reason} ${count}`)
    }
  }

  /** 0 to below `count`. */
  #below(count: number): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0
    return (this.#random >>> 12) % count
  }
}

function address(last: number): Uint8Array {
  return Uint8Array.of(0x20, 1, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)
}

function place(number: number): UdpAddress {
  return places[number] ?? { address: new Uint8Array(4), port: 0 }
}

/** Places are numbers from 0: wherever it is replayed they have other addresses. */
function placeText({ port }: UdpAddress): string {
  return String(port - 1)
}

function keyText({ peer: other, protocol, ownPort, peerPort }: FlowKey): string {
  return `${toHex(other)} ${protocol} ${ownPort} ${peerPort}`
}

function commandText(command: DatapathCommand): string {
  switch (command.type) {
    case 'set-peer':
      return `set-peer ${command.peer} ${toHex(command.address)}`
    case 'add-keys':
      return `add-keys ${command.index} ${command.peer} ${toHex(command.opening)} ${toHex(command.sealing)}`
    case 'use-path':
      return `use-path ${command.index} ${placeText(command.to)} ${command.remote} ${command.datagramBytes}`
    case 'probe': {
      const { index, to, remote, content, datagramBytes } = command
      return `probe ${index} ${placeText(to)} ${remote} ${datagramBytes} ${toHex(content)}`
    }
    case 'set-label':
      return `set-label ${command.label} ${placeText(command.from)} ${placeText(command.to)} ${command.next}`
    case 'set-flow': {
      const { key, verdict } = command
      const what = verdict.type === 'pass' ? `pass ${verdict.peer}` : `drop ${verdict.unreachable ?? 'silently'}`
      return `set-flow ${keyText(key)} ${what}`
    }
    case 'remove-flow':
      return `remove-flow ${keyText(command.key)}`
    case 'send-cookie':
      return `send-cookie ${placeText(command.to)} ${toHex(command.cookie)}`
    case 'expect-cookie':
    case 'forget-cookie':
      return `${command.type} ${toHex(command.cookie)}`
    case 'remove-keys':
      return `remove-keys ${command.index}`
    case 'report':
      return `report ${command.peer}`
    case 'report-label':
      return `report-label ${command.label}`
    default:
      throw new RangeError(`nothing of ${command.type} is recorded`)
  }
}

function eventText(event: DatapathEvent): string {
  switch (event.type) {
    case 'miss':
      return `miss ${keyText(event.key)} ${event.direction} ${event.peer ?? 'nobody'} ${toHex(event.head)}`
    case 'source':
      return `source ${event.index} ${placeText(event.from)}`
    case 'probe':
      return `probe ${event.index} ${placeText(event.from)} ${event.datagramBytes} ${toHex(event.content)}`
    case 'cookie':
      return `cookie ${placeText(event.from)} ${toHex(event.cookie)}`
    case 'traffic': {
      const { peer: number, sealed, opened } = event
      return `traffic ${number} ${sealed.packets} ${sealed.bytes} ${opened.packets} ${opened.bytes}`
    }
    case 'switched':
      return `switched ${event.label} ${event.switched.packets} ${event.switched.bytes}`
    default:
      throw new RangeError(`nothing of ${event.type} is recorded`)
  }
}
