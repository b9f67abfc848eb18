// All links of a node: those it dials (upstreams) and those it accepts. Each link that is up has a number; the hub gets
// frames by number and sends by number. One link a device in each direction:
// a newer one that it opened ends the older, and a second one that we dialled is not kept.

import { RunnelError } from '../../errors/index.js'
import { equal, KeyMap, Rooms, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  Admission,
  type Frame,
  FrameType,
  LENGTH_BYTES,
  type LinkCounters,
  MAX_RECORD_BYTES,
  OWN_RECORD_BYTES,
  openInitiator,
  openResponder,
  type UpEvent,
} from '../../stack/link/index.js'
import type { Neighbour } from '../../stack/name/index.js'
import type { LogEvent } from '../log-event.js'
import type { ByteSocket, HostPort, Listener, Timer } from '../outside.js'
import { addressBytes, formatHostPort } from './address.js'
import { type LinkClocks, watchClock } from './clock-watch.js'
import { Connection } from './connection.js'
import { lingerMs, maxInboundLinks, spareRecords } from './limits.js'
import { Upstream, type UpstreamOutside } from './upstream.js'

/** What the hub does with links. Numbers are above 0 and never used again. */
export interface CarrierHub {
  readonly rank: number
  handleUp(id: number, link: OpenLink): void
  handleFrame(id: number, frame: Frame): void
  handleDelivered(id: number, bytes: number): void
  /** All frames of some bytes were handed over; their memory is written over after this. */
  settle(): void
  handleDown(id: number): void
}

export interface OpenLink extends LinkClocks {
  readonly id: number
  readonly device: Uint8Array
  readonly upstream: boolean
  readonly rank: number
  readonly address: string
  /** The IP address of the other end, 4 or 16 bytes. */
  readonly remote: Uint8Array | undefined
  readonly connection: Connection
}

export interface CarrierOptions {
  readonly outside: UpstreamOutside
  readonly crypto: Crypto
  readonly device: Uint8Array
  readonly deviceSeed: Uint8Array
  /** Devices that may link to us; undefined admits anyone. */
  readonly admit: readonly Uint8Array[] | undefined
  readonly log: (event: LogEvent) => void
  /** Told what a connection counted when it has ended; without a device when nobody has proven to be one. */
  readonly handleEnded: (device: Uint8Array | undefined, counters: LinkCounters) => void
}

/** Handshakes by how they ended. */
export interface Handshakes {
  readonly ok: number
  /** No place among the half-open, or not on the list of those who are admitted. */
  readonly refused: number
  /** Not the first time that this first message came. */
  readonly replayed: number
  /** Ended before it was done. */
  readonly failed: number
}

export class Carrier {
  readonly #options: CarrierOptions
  readonly #hub: CarrierHub
  readonly #admission: Admission
  readonly #rooms = new Rooms({
    leastBytes: OWN_RECORD_BYTES,
    roomBytes: LENGTH_BYTES + MAX_RECORD_BYTES,
    maxSpare: spareRecords,
  })
  readonly #listeners: Listener[] = []
  readonly #sockets = new Set<ByteSocket>()
  readonly #links = new Map<number, OpenLink>()
  /** Of links that we dialled. */
  readonly #clockWatches = new Map<number, Timer>()
  // Two nodes that name each other as upstream keep both links: each serves one direction of asking.
  readonly #accepted: KeyMap<number>
  readonly #dialled: KeyMap<number>
  readonly #upstreams: Upstream[] = []
  readonly #handshakes = { ok: 0, refused: 0, failed: 0 }
  #nextId = 1
  #inbound = 0
  #closing = false

  constructor(options: CarrierOptions, hub: CarrierHub) {
    const { randomBytes } = options.outside
    this.#options = options
    this.#hub = hub
    this.#admission = new Admission(randomBytes(8))
    this.#accepted = new KeyMap(randomBytes(8))
    this.#dialled = new KeyMap(randomBytes(8))
  }

  get links(): ReadonlyMap<number, OpenLink> {
    return this.#links
  }

  get upstreams(): readonly Upstream[] {
    return this.#upstreams
  }

  get handshakes(): Handshakes {
    const { refused, replayed } = this.#admission.counters
    return { ...this.#handshakes, refused: this.#handshakes.refused + refused, replayed }
  }

  get admission(): Admission {
    return this.#admission
  }

  /** Whether a configured upstream is not up now. */
  get upstreamsMissing(): boolean {
    return this.#upstreams.some(({ state, neighbour }) => state !== 'up' && !this.#dialled.has(neighbour.device))
  }

  /** Accepts links on an address; resolves with the one that was bound. */
  async listen({ host, port }: HostPort): Promise<HostPort> {
    const { outside, log } = this.#options
    const listener = await outside.sockets
      .listen(
        { host, port },
        (socket) => this.#accept(socket),
        ({ message }) => log({ level: 'warn', event: 'listener failed', reason: message }),
      )
      .catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new RunnelError('IO', `${formatHostPort({ host, port })} cannot be listened on: ${why}`, { cause })
      })
    this.#listeners.push(listener)
    return listener.bound
  }

  addUpstream(neighbour: Neighbour): void {
    const upstream = new Upstream(
      this.#options.outside,
      neighbour,
      (socket, dialled) => this.#openDialled(socket, dialled),
      (device) => this.#dialled.has(device),
    )
    this.#upstreams.push(upstream)
    upstream.dial()
  }

  /** Queues a frame; false when the link is gone or full. */
  send(id: number, type: number, flags: number, head: Uint8Array, payload?: Uint8Array): boolean {
    const link = this.#links.get(id)?.connection.link
    if (link === undefined) return false
    // Who was asked and says nothing at all for 20 s is gone, even if the connection does not know it.
    if (type === FrameType.interest) link.expectAnswer(this.#options.outside.time.now().nowUs)
    return link.sendFrame(type, flags, head, payload)
  }

  /**
   * This machine has other addresses. Connections from or to one that is gone (4 or 16 bytes each) are cut, instead of
   * waiting until their silence says so, and upstreams are dialled at once.
   */
  handleAddresses(gone: readonly Uint8Array[]): void {
    for (const socket of [...this.#sockets]) {
      const own = addressBytes(socket.localAddress ?? '')
      if (own !== undefined && gone.some((address) => equal(address, own))) socket.destroy()
    }
    for (const upstream of this.#upstreams) upstream.hurry()
  }

  /** Resolves when no socket is open any more. Peers that read nothing do not hold it up. */
  async close(): Promise<void> {
    this.#closing = true
    for (const upstream of this.#upstreams) upstream.close()
    const listeners = this.#listeners.map((listener) => listener.close())
    for (const { connection } of [...this.#links.values()]) connection.close()
    const sockets = [...this.#sockets].map((socket) => {
      socket.destroySoon()
      return new Promise<void>((resolve) => socket.once('close', () => resolve()))
    })
    const cut = this.#options.outside.time.after(lingerMs, () => {
      for (const socket of this.#sockets) socket.destroy()
    })
    await Promise.all([...listeners, ...sockets])
    cut.cancel()
  }

  #accept(socket: ByteSocket): void {
    const address = socket.remoteAddress ?? ''
    const isFull = this.#closing || this.#inbound >= maxInboundLinks
    const place = isFull ? undefined : this.#admission.admit(address, () => socket.destroy())
    if (place === undefined) {
      socket.destroy()
      return
    }
    socket.once('close', () => place.release())
    const { outside, crypto, device, deviceSeed } = this.#options
    const { nowUs, nowMs } = outside.time.now()
    const link = openResponder(crypto, {
      device,
      deviceSeed,
      ephemeralSeed: outside.randomBytes(32),
      nowUs,
      nowMs,
      rank: this.#hub.rank,
      features: 0,
      rooms: this.#rooms,
      isReplay: (ephemeral) => this.#admission.isReplay(ephemeral),
      remember: (ephemeral) => this.#admission.remember(ephemeral),
    })
    this.#attach(socket, link, `${address}:${socket.remotePort}`, undefined, () => place.release())
  }

  #openDialled(socket: ByteSocket, upstream: Upstream): void {
    const { outside, crypto, device, deviceSeed } = this.#options
    const { nowUs, nowMs } = outside.time.now()
    const link = openInitiator(crypto, {
      device,
      deviceSeed,
      ephemeralSeed: outside.randomBytes(32),
      remoteDevice: upstream.neighbour.device,
      nowUs,
      nowMs,
      rank: this.#hub.rank,
      features: 0,
      rooms: this.#rooms,
    })
    this.#attach(socket, link, formatHostPort(upstream.neighbour), upstream, () => {})
  }

  #attach(
    socket: ByteSocket,
    link: Connection['link'],
    address: string,
    upstream: Upstream | undefined,
    handleKnown: () => void,
  ): void {
    const id = this.#nextId++
    let known = false
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const connection: Connection = new Connection(this.#options.outside.time, socket, link, this.#rooms, {
      handleUp: (event) => {
        handleKnown()
        known = true
        const admitted = this.#isAdmitted(event.device, upstream)
        this.#handshakes[admitted ? 'ok' : 'refused'] += 1
        const at = { address, remote: addressBytes(socket.remoteAddress ?? '') }
        if (admitted) this.#rise(id, event, at, upstream, connection)
        else connection.close()
      },
      handleFrame: (frame) => {
        if (this.#links.has(id)) this.#hub.handleFrame(id, frame)
      },
      handleDelivered: (bytes) => {
        if (this.#links.has(id)) this.#hub.handleDelivered(id, bytes)
      },
      settle: () => this.#hub.settle(),
      handleDown: ({ reason }) => {
        if (!known && reason !== 'replayed') this.#handshakes.failed += 1
        this.#options.handleEnded(this.#links.get(id)?.device, link.counters)
        this.#fall(id, reason, upstream)
      },
    })
    connection.pump()
  }

  #isAdmitted(device: Uint8Array, upstream: Upstream | undefined): boolean {
    const { admit } = this.#options
    return upstream !== undefined || admit === undefined || admit.some((known) => toHex(known) === toHex(device))
  }

  #rise(
    id: number,
    event: UpEvent,
    at: Pick<OpenLink, 'address' | 'remote'>,
    upstream: Upstream | undefined,
    connection: Connection,
  ): void {
    const { device, rank, clockSkewMs } = event
    const byDevice = upstream === undefined ? this.#accepted : this.#dialled
    const older = byDevice.get(device)
    if (upstream !== undefined && older !== undefined) {
      // Another address of the same device, dialled at the same time: the two must not replace each other for ever.
      connection.close()
      return
    }
    const { nowMs, nowUs } = this.#options.outside.time.now()
    const link: OpenLink = {
      id,
      device: device.slice(),
      upstream: upstream !== undefined,
      rank,
      ...at,
      sinceMs: nowMs,
      sinceUs: nowUs,
      clockSkewMs,
      connection,
    }
    this.#links.set(id, link)
    byDevice.set(device, id)
    if (upstream === undefined) this.#inbound += 1
    else {
      upstream.handleUp()
      this.#clockWatches.set(
        id,
        watchClock(this.#options.outside.time, link, () => connection.close()),
      )
    }
    if (older !== undefined) this.#links.get(older)?.connection.close()
    this.#options.log({
      level: 'info',
      event: 'link up',
      device: toHex(device).slice(0, 8),
      address: link.address,
      upstream: link.upstream,
    })
    this.#hub.handleUp(id, link)
  }

  #fall(id: number, reason: string, upstream: Upstream | undefined): void {
    const link = this.#links.get(id)
    if (link !== undefined) {
      this.#links.delete(id)
      this.#clockWatches.get(id)?.cancel()
      this.#clockWatches.delete(id)
      const byDevice = link.upstream ? this.#dialled : this.#accepted
      if (byDevice.get(link.device) === id) byDevice.delete(link.device)
      if (!link.upstream) this.#inbound -= 1
      this.#options.log({ level: 'info', event: 'link down', device: toHex(link.device).slice(0, 8), reason })
      this.#hub.handleDown(id)
    }
    upstream?.handleDown(reason)
  }
}
