// A computer of a simulation: an address, a disk, a clock, and at most one node on it, which can be killed, lose power,
// and start again on what the disk then holds.

import type { Item, MethodName, Params, Result } from '../../api/protocol/index.js'
import type { ComposedNode } from '../../node/composed.js'
import type { LogEvent } from '../../node/log-event.js'
import { openNodeIn } from '../../node/node.js'
import type { Outside } from '../../node/outside.js'
import { type Failure, Killed } from '../../node/store/testing/faults.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import type { PowerLoss } from '../../node/store/testing/power-cut.js'
import type { InterfaceWish } from '../../node/tunnel/index.js'
import { toHex } from '../../stack/bytes/index.js'
import type { DatagramCables } from './datagram-cables.js'
import type { Random } from './random.js'
import { SimulatedDatapath } from './simulated-datapath.js'
import { EPOCH_MS, MachineTime } from './virtual-time.js'
import type { World } from './world.js'

export const HOME = '/home'
export const PORT = 7254

/** Small, so that a run meets many segments. */
const SEGMENT_BYTES = 262_144

export interface ComputerOptions {
  readonly root?: boolean
  /** The computers that its node dials; each must have started once, so that its key is known. */
  readonly upstreams?: readonly Computer[]
  readonly cacheBytes?: number
  /** Routes that its node remembers. */
  readonly routes?: number | undefined
  /** Whether its node has an inbox, kept by its upstreams and these; and bytes that it keeps for inboxes of others. */
  readonly inbox?: boolean
  readonly inboxAt?: readonly Computer[]
  readonly inboxBytes?: number
  /** Bytes that it keeps for others. */
  readonly custodyBytes?: number
  /** Whom it asks to keep what it publishes, before its upstreams; each must have started once. */
  readonly custodians?: readonly Computer[]
  /** Milliseconds by which its wall clock is wrong at the beginning. */
  readonly skewMs?: number
  /** Parts per million by which its clocks run too fast. */
  readonly driftPpm?: number
  /** Where its datagrams go; without, it has no datapath. */
  readonly datagrams?: DatagramCables | undefined
  /** Whether its node has an interface; else its datapath sends on what belongs to others alone. */
  readonly hasInterface?: boolean
}

/** As much as crosses a cable when it is sealed. */
const interfaceMtuBytes = 1_420

export class Computer {
  readonly name: string
  readonly options: ComputerOptions
  files = new MemoryFiles()
  skewMs: number
  /** What its node dials from its next start on. */
  upstreams: readonly Computer[]
  /** What the node last logged as a warning or an error, newest last. */
  readonly warnings: LogEvent[] = []
  starts = 0
  /** Of the process that runs. */
  datapath: SimulatedDatapath | undefined
  /** Given each packet for a program of this computer. */
  handlePacket: (bytes: Uint8Array) => void = () => {}
  /** Told each node that is ready, before anybody calls it. */
  handleStart: (node: ComposedNode) => void = () => {}
  readonly #world: World
  readonly #random: Random
  /** Ends with the process that runs now. */
  /** Rejects what was called of the process that runs. */
  #calls = new Set<(error: Killed) => void>()
  #running = false
  #failure = false
  #node: ComposedNode | undefined
  #device = ''
  #keys: { readonly name: Uint8Array; readonly device: Uint8Array } | undefined

  constructor(world: World, name: string, options: ComputerOptions) {
    this.#world = world
    this.name = name
    this.options = options
    this.skewMs = options.skewMs ?? 0
    this.upstreams = options.upstreams ?? []
    this.#random = world.random.split(name)
    this.files.forget()
  }

  /** The node, when one runs and is ready. */
  get node(): ComposedNode | undefined {
    return this.#node
  }

  /** `KEY@HOST:PORT`, once it has started. */
  get neighbour(): string {
    if (this.#device === '') throw new Error(`${this.name} never started`)
    return `${this.#device}@${this.name}:${PORT}`
  }

  /** The name and the device key of its node, once it has started. */
  get keys(): { readonly name: Uint8Array; readonly device: Uint8Array } {
    if (this.#keys === undefined) throw new Error(`${this.name} never started`)
    return this.#keys
  }

  get device(): string {
    return this.#device
  }

  /** Whether its disk has refused, or may refuse, calls of the process that runs. */
  get diskFails(): boolean {
    return this.#failure
  }

  /** From now on the disk fails as this says, until the next start. */
  failDisk(failure: Failure): void {
    this.files.failAt(failure)
    this.#failure = true
  }

  /** The disk is well again; what it refused is still refused to whoever remembers it. */
  mendDisk(): void {
    this.files.failAt(undefined)
    if (!this.#running) this.#failure = false
  }

  /** Whether a process runs; its node may not be ready yet. */
  get running(): boolean {
    return this.#running
  }

  /** Its wall clock at a time, as its node sees it, ms since 1970. */
  wallMs(nowUs: number): number {
    const drift = (this.options.driftPpm ?? 0) / 1_000_000
    return EPOCH_MS + Math.floor((nowUs * (1 + drift)) / 1_000) + this.skewMs
  }

  /** Resolves when the node is ready. Rejects with what keeps it from starting, with Killed when it is killed meanwhile. */
  async start(): Promise<ComposedNode> {
    if (this.#running) throw new Error(`${this.name} runs`)
    const { files } = this
    this.#running = true
    const calls = new Set<(error: Killed) => void>()
    this.#calls = calls
    files.faults.death.then(() => {
      for (const reject of calls) reject(new Killed(`${this.name} was killed`))
    })
    this.starts++
    const { root = false, cacheBytes = 4_194_304, inbox = false, inboxAt = [], inboxBytes = 0 } = this.options
    const { custodyBytes = 0, custodians = [] } = this.options
    const opening = openNodeIn(this.#outside(files), {
      home: HOME,
      root,
      listen: [`${this.name}:${PORT}`],
      upstream: this.upstreams.map(({ neighbour }) => neighbour),
      cacheBytes,
      routes: this.options.routes,
      inbox,
      inboxAt: inboxAt.map(({ device }) => device),
      inboxBytes,
      custody: { totalBytes: custodyBytes, custodians: custodians.map(({ device }) => device) },
      serveApi: false,
      tun: this.#tun(),
      log: (event) => this.#log(event),
    })
    const node = await this.#unlessKilled(opening).catch((error: unknown) => {
      if (!(error instanceof Killed)) this.#leave(false)
      throw error
    })
    this.#device = node.identity.device
    const { name: own, device } = node.parts.opened.identity
    this.#keys = { name: own, device }
    this.#watch(node)
    this.handleStart(node)
    this.#node = node
    return node
  }

  /** `kill -9`: the process is gone, what it wrote is there, its kernel resets its connections. */
  kill(): void {
    this.#end(false)
    this.files = this.files.successor()
  }

  /** The power is off: the disk lost what was not flushed, and nobody is told. */
  losePower(loss: PowerLoss): void {
    this.#end(true)
    this.files = MemoryFiles.afterPowerLoss(this.files, this.files.changes.length, loss, () => this.#random.unit())
    this.files.forget()
  }

  /** Ends the node as its user would. */
  async stop(): Promise<void> {
    const node = this.#node
    if (node === undefined) throw new Error(`${this.name} does not run`)
    this.#node = undefined
    await this.#unlessKilled(node.close())
    if (this.files.openFiles !== 0) throw new Error(`${this.name} left ${this.files.openFiles} files open`)
    this.#leave(false)
  }

  /** Calls a method of the node's API. Rejects as the API does, and with Killed when the node is killed meanwhile. */
  call<M extends MethodName>(
    method: M,
    params: Params<M>,
    handleItem: (item: Item<M>) => void = () => {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Result<M>> {
    return this.use((node) =>
      node.handlers[method](params, {
        signal,
        item: async (item) => handleItem(item),
        readInput: async () => undefined,
        progress: () => {},
      }),
    )
  }

  /** Does something with the node. Rejects with Killed when it is killed meanwhile. */
  use<T>(call: (node: ComposedNode) => Promise<T>): Promise<T> {
    const node = this.#node
    if (node === undefined) return Promise.reject(new Killed(`${this.name} does not run`))
    return this.#unlessKilled(call(node))
  }

  /** What a process that is killed would still have done is nobody's. */
  #unlessKilled<T>(call: Promise<T>): Promise<T> {
    const calls = this.#calls
    return new Promise((resolve, reject) => {
      calls.add(reject)
      call.then(resolve, reject).finally(() => calls.delete(reject))
    })
  }

  /** The process has left by itself. */
  #leave(silently: boolean): void {
    this.#end(silently)
    this.files = this.files.successor()
  }

  #end(silently: boolean): void {
    this.files.faults.dieAt(0)
    this.#running = false
    this.#failure = false
    this.#node = undefined
    this.datapath?.close()
    this.datapath = undefined
    this.#world.network.end(this.name, silently)
  }

  #outside(files: MemoryFiles): Outside {
    const isAlive = (): boolean => !files.faults.isDead
    const { time, network, crypto } = this.#world
    const random = this.#random.split(`start ${this.starts}`)
    return {
      time: new MachineTime(time, isAlive, () => this.skewMs, this.options.driftPpm ?? 0),
      files,
      sockets: network.socketsOf(this.name, isAlive),
      segmentBytes: SEGMENT_BYTES,
      randomBytes: (count) => random.bytes(count),
      openCrypto: async () => ({ crypto }),
      ...this.#datagrams(isAlive),
    }
  }

  #tun(): InterfaceWish | 'labels' | undefined {
    const { datagrams, hasInterface = false } = this.options
    if (datagrams === undefined) return undefined
    return hasInterface ? { name: 'tun0', mtuBytes: interfaceMtuBytes, web: false } : 'labels'
  }

  #datagrams(isAlive: () => boolean): Pick<Outside, 'openDatapath' | 'ownAddresses'> {
    const { datagrams: cables } = this.options
    const { time, network, crypto } = this.#world
    const host = this.name
    if (cables === undefined) return {}
    const text = network.addressOf(host)
    const address = Uint8Array.from(text.split('.'), Number)
    const handlePacket = (bytes: Uint8Array): void => this.handlePacket(bytes)
    return {
      ownAddresses: () => [text],
      openDatapath: (options) => {
        this.datapath = new SimulatedDatapath({ time, crypto, cables, host, address, isAlive, handlePacket }, options)
        return this.datapath
      },
    }
  }

  #watch(node: ComposedNode): void {
    const { trace } = this.#world
    const { carrier } = node
    const send = carrier.send.bind(carrier)
    carrier.send = (id, type, flags, head, payload) => {
      const link = carrier.links.get(id)
      if (link !== undefined) {
        const to = this.#world.nameOf(link.device)
        trace.frame(this.name, to, type, head, payload)
      }
      return send(id, type, flags, head, payload)
    }
    this.#world.know(node.parts.opened.identity.device, this.name)
    trace.event(`${this.name} is ready as ${toHex(node.parts.opened.identity.device).slice(0, 8)}`)
  }

  #log(event: LogEvent): void {
    if (event.level === 'debug' || event.level === 'info') return
    this.warnings.push(event)
    if (this.warnings.length > 100) this.warnings.shift()
    this.#world.trace.event(`${this.name} ${JSON.stringify(event)}`)
  }
}
