// A node: store, identity, machines, links and API, put together in the order in which they need each other, and ended in
// the reverse. Nothing but wiring happens here.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Channel } from '../api/protocol/index.js'
import { toRunnelError } from '../errors/index.js'
import { toHex } from '../stack/bytes/index.js'
import { rememberingSignatures } from '../stack/crypto/index.js'
import type { CustodyPolicy } from '../stack/custody/index.js'
import { type ForkProof, OpenedDirectories } from '../stack/data/index.js'
import { addressOf, encodeText, formatAddress, type NameState, type Neighbour, TextKind } from '../stack/name/index.js'
import { ApiServer, type Handlers } from './api-server/index.js'
import { Carrier, formatHostPort } from './carrier/index.js'
import { type ChosenCrypto, describeMissing } from './choose-crypto.js'
import { StoreContent } from './content-store.js'
import { type CustodianKey, Custody } from './custody/index.js'
import { Firewall } from './firewall/index.js'
import { Hub } from './hub.js'
import { Inquiry, KeyFiles, type OpenedIdentity, OwnName } from './identity/index.js'
import { type Mail, openMail } from './inbox/index.js'
import { type AddressChange, followAddresses } from './machine/index.js'
import { Memory } from './memory.js'
import {
  addressingMethod,
  conversingMethods,
  firewallMethods,
  inboxMethods,
  keepingMethods,
  measuringMethods,
  metricsOf,
  type ObservingContext,
  observingMethods,
  petnameOf,
  probingMethod,
  readingMethods,
  waitingMethod,
  writingMethods,
} from './methods/index.js'
import { Measures, MetricsServer, watchLoopDelay } from './metrics/index.js'
import type { NodeOptions } from './options.js'
import type { HostPort, Outside } from './outside.js'
import { OwnCard, OwnStreams } from './publisher/index.js'
import { ReadSession } from './reader/index.js'
import { type LocalServer, LocalServers } from './servers.js'
import { Announcing, Dialer, Sessions } from './sessions/index.js'
import type { Store } from './store/index.js'
import { NodeTunnel } from './tunnel/index.js'

/** The version of this package. */
export const nodeVersion = (createRequire(import.meta.url)('../../package.json') as { version: string }).version

/** Whatever others have of our name is of use; who does not say it at once is asked another time. */
const inquiry = { maxAgeS: 0, staleOk: true, lifetimeMs: 2_000 } as const

/** What a node is put together from. */
export interface NodeParts {
  readonly outside: Outside
  readonly options: NodeOptions
  readonly chosen: ChosenCrypto
  readonly store: Store
  readonly opened: OpenedIdentity
  /** Device keys that may link to it; undefined admits anyone. */
  readonly admit: readonly Uint8Array[] | undefined
  /** What is kept for others. */
  readonly policy: CustodyPolicy
  /** Who is asked to keep, before the upstreams. */
  readonly custodians: readonly CustodianKey[]
}

export class ComposedNode {
  /** As text, for whoever shows it. */
  readonly identity: { readonly name: string; readonly device: string; readonly address: string }
  /** Whether the home turned out to be a copy, and was given a device key of its own. */
  readonly copied: boolean
  /** `HOST:PORT` of each address that was bound. */
  readonly listening: string[] = []
  /** Resolves when the node has ended, also because a client asked for it. */
  readonly ended: Promise<void>
  readonly parts: NodeParts
  readonly content: StoreContent
  readonly hub: Hub
  readonly carrier: Carrier
  readonly streams: OwnStreams
  /** Conversations: services of this node, and dialling others. */
  readonly sessions: Sessions
  readonly dialer: Dialer
  readonly custody: Custody
  readonly mail: Mail
  /** The network interface, and what carries packets. */
  readonly tunnel: NodeTunnel
  readonly firewall: Firewall
  /** What each method of the API does. */
  readonly handlers: Handlers
  readonly #api: ApiServer
  readonly #measures: Measures
  readonly #metrics: MetricsServer
  readonly #servers = new LocalServers()
  readonly #ownName: OwnName
  readonly #inquiry: Inquiry
  readonly #announcing: Announcing
  #metricsSocket: string | undefined
  #endLoopWatch: () => void = () => {}
  #endAddressWatch: () => void = () => {}
  #closing: Promise<void> | undefined
  #handleEnded: () => void = () => {}

  constructor(parts: NodeParts) {
    const { outside, options, chosen, store, opened, admit } = parts
    const { crypto } = chosen
    const { time, randomBytes } = outside
    const { identity } = opened
    const { name, device, deviceSeed } = identity
    this.parts = parts
    this.copied = opened.copied
    this.identity = {
      name: encodeText(crypto, TextKind.name, name),
      device: encodeText(crypto, TextKind.device, device),
      address: formatAddress(addressOf(crypto, 'device', device)),
    }
    this.ended = new Promise((resolve) => {
      this.#handleEnded = resolve
    })
    this.#measures = new Measures(randomBytes(8))
    this.content = new StoreContent(crypto, store, identity, time, randomBytes(8))
    const card = new OwnCard(crypto, identity, this.content.ownCard())
    // What is in the store may be too damaged to go on: nothing that has a timer is made before that is known.
    const logs: Uint8Array[] = []
    let handleLog = (log: Uint8Array): void => void logs.push(log)
    this.streams = new OwnStreams({
      crypto,
      store,
      identity,
      card,
      time,
      randomBytes,
      handleLog: (log) => handleLog(log),
      handleWithdrawn: (log) => this.hub.withdraw('log', log),
      handleAppended: (tookUs) => this.#measures.handleAppended(tookUs),
      handleCommit: (log) => {
        this.hub.handleLogChanged(log)
        this.custody.duties.handleCommit(log)
      },
    })
    this.content.attach(this.streams, card)
    this.hub = new Hub({
      crypto,
      time,
      content: this.content,
      seed: randomBytes(16),
      device,
      root: options.root || options.upstream.length === 0,
      limits: options.routes === undefined ? {} : { routes: options.routes },
      handleNeighbour: (neighbour) => {
        this.tunnel.addDevice(neighbour)
        this.mail.inbox.handleLinked(neighbour)
        this.dialer.handleLinkUp()
      },
      handleBlame: (neighbour, reason) => this.#reportBlame(neighbour, reason),
    })
    const { log, home } = options
    const handleEnded = this.#measures.handleEnded.bind(this.#measures)
    this.carrier = new Carrier({ outside, crypto, device, deviceSeed, admit, log, handleEnded }, this.hub)
    this.#ownName = new OwnName({
      crypto,
      store,
      keys: new KeyFiles(outside.files, home),
      identity,
      time,
      held: () => this.content.findName(name)?.state,
      take: (state) => this.content.takeName(state, 0),
      log,
    })
    this.#inquiry = new Inquiry({
      time,
      randomBytes,
      hasNeighbour: () => this.carrier.links.size > 0,
      ask: (done) => this.hub.ask({ kind: 'name', key: name, elsewhere: true, ...inquiry }, done),
    })
    this.sessions = new Sessions({
      crypto,
      time,
      randomBytes,
      hub: this.hub,
      device,
      deviceSeed,
      heldName: (key) => this.content.findName(key)?.state,
      ownCertificate: () => this.content.findName(name)?.state.certificateBytes ?? new Uint8Array(0),
    })
    this.#announcing = new Announcing(time, (untilMs) => this.hub.announceDevice(deviceSeed, untilMs))
    const writer = {
      hear: (came: NameState) => this.#ownName.handleHeard(came),
      inquire: () => {
        this.#inquiry.soon()
        this.custody.handleReachable()
      },
      refresh: (what: 'head' | 'name', key: Uint8Array) => {
        if (what === 'head') this.streams.ofLog(key)?.log.refresh()
        else {
          this.streams.refreshCard((error) => {
            options.log({ level: 'error', event: 'the card could not be written', reason: String(error) })
          })
        }
      },
    }
    this.hub.attach(this.carrier, writer, this.sessions)
    this.#announcing.start()
    this.hub.announce('name', name)
    handleLog = (log) => this.hub.announce('log', log)
    for (const log of logs) handleLog(log)
    const isOwn = (kind: 'name' | 'head', key: Uint8Array): boolean => this.content.isOwn(kind, key)
    const tables = randomBytes(8)
    const memory = new Memory(crypto, store, time, tables, isOwn, options.log)
    const session = {
      crypto: rememberingSignatures(crypto, tables),
      directories: new OpenedDirectories(tables),
      time,
      hub: this.hub,
      upstreamsMissing: () => this.carrier.upstreamsMissing,
      remember: memory.remember.bind(memory),
      seenHead: memory.seenHead.bind(memory),
      handleFork: (fork: ForkProof) => {
        this.content.rememberFork(fork)
        this.hub.handleLogChanged(fork.log)
      },
      handleFirstByte: this.#measures.handleFirstByte.bind(this.#measures),
    }
    const devicesOf = async (key: Uint8Array, signal: AbortSignal, idleTimeoutMs: number) => {
      const asking = new ReadSession(session, { idleTimeoutMs }, signal)
      try {
        const { state } = await asking.name(key)
        return state.certificate.devices
      } finally {
        asking.close()
      }
    }
    this.dialer = new Dialer({
      crypto,
      time,
      sessions: this.sessions,
      device,
      seed: randomBytes(8),
      devicesOf,
    })
    this.firewall = new Firewall(crypto, store, randomBytes(8))
    const { hub, sessions, dialer, firewall } = this
    const heldName = (key: Uint8Array) => this.content.findName(key)?.state
    this.tunnel = new NodeTunnel({
      ...{ outside, crypto, device, hub, sessions, dialer, firewall, heldName, store, wish: options.tun, log },
    })
    // It comes in the middle of the hub's work.
    this.content.handleNameTaken = (key) => queueMicrotask(() => this.tunnel.handleName(key))
    this.custody = new Custody({
      ...{ crypto, store, time, randomBytes, identity, session, hub: this.hub, isOwn },
      ...{ sessions: this.sessions, dialer: this.dialer, policy: parts.policy, custodians: parts.custodians },
      held: (log) => this.streams.ofLog(log)?.log.held,
      upstreams: () => this.carrier.upstreams.map(({ neighbour }) => neighbour.device),
    })
    this.mail = openMail({
      crypto,
      store,
      time,
      files: outside.files,
      home,
      identity,
      randomBytes,
      sessions: this.sessions,
      dialer: this.dialer,
      session,
      heldName: (key) => this.content.findName(key)?.state,
      inboxBytes: options.inboxBytes,
      card: { list: (records) => this.streams.listInbox(records), listed: () => card.inbox() },
      announce: (key) => this.hub.announce('name', key),
      log,
    })
    const observing: ObservingContext = {
      crypto,
      chosen,
      store,
      content: this.content,
      measures: this.#measures,
      time,
      randomBytes,
      hub: this.hub,
      carrier: this.carrier,
      streams: this.streams,
      custody: this.custody,
      mail: this.mail,
      sessions: this.sessions,
      identity: { ...this.identity, home: options.home },
      version: nodeVersion,
      root: options.root,
      isListed: () => this.#ownName.listed,
      listening: this.listening,
      startedMs: time.now().nowMs,
      metricsSocket: () => this.#metricsSocket,
      servers: this.#servers,
      isReady: options.isReady,
      tunnel: this.tunnel,
      firewall: this.firewall,
      stop: () => void this.close().catch(() => {}),
    }
    const reading = { ...session, followHub: this.hub, petnames: (petname: string) => petnameOf(store, petname) }
    const writing = {
      crypto,
      store,
      identity,
      streams: this.streams,
      session,
      randomBytes,
      files: outside.files,
      knownFilesDirectory: join(home, 'published'),
      custody: this.custody,
    }
    const conversing = { crypto, time, sessions, dialer, petnames: reading.petnames }
    this.handlers = {
      ...observingMethods(observing),
      ...readingMethods(reading),
      ...addressingMethod(reading, (found) => this.tunnel.addDevice(found)),
      ...writingMethods(writing),
      ...inboxMethods({
        ...writing,
        petnames: reading.petnames,
        inbox: this.mail.inbox,
        lettersDirectory: join(home, 'letters'),
      }),
      ...conversingMethods(conversing),
      ...measuringMethods({ ...conversing, devicesOf, tunnel: this.tunnel }),
      ...firewallMethods({ crypto, firewall: this.firewall, petnames: reading.petnames }),
      ...waitingMethod(observing, reading),
      ...probingMethod({ observing, reading }),
      ...keepingMethods({ crypto, streams: this.streams, custody: this.custody, session, petnames: reading.petnames }),
    }
    this.#api = new ApiServer(this.handlers)
    this.#metrics = new MetricsServer(() => metricsOf(observing))
  }

  /** Binds, dials and serves. Throws IO, BAD_ARGUMENT; then it is closed. */
  async start(
    listen: readonly HostPort[],
    upstreams: readonly Neighbour[],
    inboxAt: readonly Uint8Array[] = [],
  ): Promise<void> {
    const { options, chosen } = this.parts
    if (chosen.missing !== undefined) {
      const reason = describeMissing(chosen.missing)
      options.log({ level: 'warn', event: 'no native addon', code: 'RUNNEL-W-PORTABLE', reason })
    }
    try {
      const bound: HostPort[] = []
      for (const address of listen) bound.push(await this.carrier.listen(address))
      this.listening.push(...bound.map(formatHostPort))
      this.tunnel.open(bound[0]?.port ?? 0)
      this.#endAddressWatch = followAddresses(this.parts.outside, (change) => this.#handleAddresses(change))
      for (const upstream of upstreams) {
        this.#measures.neighbours.reserve(upstream.device)
        this.carrier.addUpstream(upstream)
      }
      if (options.inbox) this.mail.start([...upstreams.map((upstream) => upstream.device), ...inboxAt])
      if (options.serveApi) {
        await this.#serveMetrics()
        await this.#api.listen(join(options.home, 'runnel.sock'))
      }
    } catch (error) {
      await this.close()
      throw error
    }
    const { name, device } = this.identity
    options.log({ level: 'info', event: 'ready', name, device, listening: this.listening, copied: this.copied })
  }

  /** Serves the API to a program inside this process. */
  serve(channel: Channel): void {
    this.#api.serve(channel)
  }

  /** Shows a server that runs beside the node in its status and metrics, until what it gives is called. */
  attach(server: LocalServer): () => void {
    return this.#servers.attach(server)
  }

  /** Ends it gracefully: what was acknowledged is on disk, clients and neighbours are told. */
  close(): Promise<void> {
    this.#closing ??= this.#close().finally(this.#handleEnded)
    return this.#closing
  }

  /** Each part is ended even when one before it fails; the first failure is thrown at the end. */
  async #close(): Promise<void> {
    const { log } = this.parts.options
    log({ level: 'info', event: 'stopping' })
    this.#inquiry.close()
    this.#announcing.close()
    this.#endLoopWatch()
    this.#endAddressWatch()
    const failures: unknown[] = []
    const steps = [
      () => this.#api.close(),
      () => this.#metrics.close(),
      () => this.mail.close(),
      () => this.custody.close(),
      () => this.tunnel.close(),
      () => this.sessions.close(),
      () => this.carrier.close(),
      () => this.hub.close(),
      () => this.streams.settle(),
      () => this.#ownName.settle(),
      () => this.parts.store.close(),
    ]
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
        log({ level: 'error', event: 'the end was not clean', reason: String(error) })
      }
    }
    if (failures.length > 0) throw toRunnelError(failures[0])
  }

  /** What cannot be looked at is no reason not to run. */
  async #serveMetrics(): Promise<void> {
    const { home, log } = this.parts.options
    const path = join(home, 'metrics.sock')
    this.#endLoopWatch = watchLoopDelay((lateMs) => this.#measures.handleLoopDelay(lateMs))
    try {
      await this.#metrics.listen(path)
      this.#metricsSocket = path
    } catch (error) {
      log({ level: 'warn', event: 'metrics are not served', reason: String(error) })
    }
  }

  #handleAddresses({ gone, come }: AddressChange): void {
    const { log } = this.parts.options
    log({ level: 'info', event: 'the addresses of this machine have changed', gone: gone.length, come: come.length })
    this.carrier.handleAddresses(gone)
    this.tunnel.handleAddresses()
  }

  #reportBlame(neighbour: number, reason: string): void {
    const link = this.carrier.links.get(neighbour)
    this.#measures.neighbours.handleBlame(link?.device)
    const device = link === undefined ? 'gone' : toHex(link.device).slice(0, 8)
    this.parts.options.log({ level: 'warn', event: 'a neighbour sent what does not verify', device, reason })
  }
}
