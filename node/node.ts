// A node: store, identity, machines, links and API, put together in the order in which they need each other, and ended in
// the reverse. Nothing but wiring happens here.

import { randomBytes as systemRandom } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Channel } from '../api/protocol/index.js'
import { RunnelError, toRunnelError } from '../errors/index.js'
import { toHex } from '../stack/bytes/index.js'
import { type Crypto, openPortableCrypto } from '../stack/crypto/index.js'
import {
  addressOf,
  cardOf,
  decodeText,
  encodeText,
  formatAddress,
  parseNeighbour,
  TextKind,
} from '../stack/name/index.js'
import { ApiServer } from './api-server/index.js'
import { Carrier, formatHostPort, parseListen } from './carrier/index.js'
import { StoreContent } from './content-store.js'
import { Hub } from './hub.js'
import { type OpenedIdentity, openIdentity } from './identity/index.js'
import { Memory } from './memory.js'
import {
  type ObservingContext,
  observingMethods,
  petnameOf,
  readingMethods,
  waitingMethod,
  writingMethods,
} from './methods/index.js'
import { completeOptions, type NodeOptions } from './options.js'
import { OwnCard, OwnStreams } from './publisher/index.js'
import { openRealFiles, openStore, type Store } from './store/index.js'

export interface RunnelNode {
  /** As text, for whoever shows it. */
  readonly identity: { readonly name: string; readonly device: string; readonly address: string }
  /** `HOST:PORT` of each address that was bound. */
  readonly listening: readonly string[]
  /** Whether the home turned out to be a copy, and was given a device key of its own. */
  readonly copied: boolean
  /** Serves the API to a program inside this process. */
  serve(channel: Channel): void
  /** Resolves when the node has ended, also because a client asked for it. */
  readonly ended: Promise<void>
  /** Ends it gracefully: what was acknowledged is on disk, clients and neighbours are told. */
  close(): Promise<void>
}

/** The version of this package. */
export const nodeVersion = (createRequire(import.meta.url)('../../package.json') as { version: string }).version

const randomBytes = (count: number): Uint8Array => new Uint8Array(systemRandom(count))

/** Starts a node. Throws NODE_RUNNING, READ_ONLY, PERMISSION, VERSION, DAMAGED, BAD_ARGUMENT, IO; then nothing is left running. */
export async function openNode(given: Partial<NodeOptions> = {}): Promise<RunnelNode> {
  const options = completeOptions(given)
  const crypto = await openPortableCrypto()
  const upstreams = options.upstream.map((text) => readNeighbour(crypto, text))
  const admit = options.admit?.map((text) => readDevice(crypto, text))
  const listen = options.listen.map(parseListen)
  const store = await openStore({
    home: options.home,
    files: openRealFiles(),
    crypto,
    randomBytes,
    cacheBytes: options.cacheBytes,
    nowMs: Date.now,
  })
  try {
    const opened = await openIdentity(options.home, store, crypto, randomBytes, Date.now(), options.handlePhrases)
    const node = new ComposedNode(options, crypto, store, opened, admit)
    await node.start(listen, upstreams)
    return node
  } catch (error) {
    await store.close()
    throw toRunnelError(error)
  }
}

class ComposedNode implements RunnelNode {
  readonly identity: RunnelNode['identity']
  readonly copied: boolean
  readonly listening: string[] = []
  readonly ended: Promise<void>
  readonly #options: NodeOptions
  readonly #store: Store
  readonly #hub: Hub
  readonly #carrier: Carrier
  readonly #streams: OwnStreams
  readonly #api: ApiServer
  #closing: Promise<void> | undefined
  #handleEnded: () => void = () => {}

  constructor(
    options: NodeOptions,
    crypto: Crypto,
    store: Store,
    opened: OpenedIdentity,
    admit: readonly Uint8Array[] | undefined,
  ) {
    const { identity } = opened
    const { name, device, deviceSeed } = identity
    this.#options = options
    this.#store = store
    this.copied = opened.copied
    this.identity = {
      name: encodeText(crypto, TextKind.name, name),
      device: encodeText(crypto, TextKind.device, device),
      address: formatAddress(addressOf(crypto, 'device', device)),
    }
    this.ended = new Promise((resolve) => {
      this.#handleEnded = resolve
    })
    const content = new StoreContent(crypto, store, identity, randomBytes(8))
    const card = new OwnCard(crypto, identity, cardOf(content.findName(name)?.state, device))
    // What is in the store may be too damaged to go on: nothing that has a timer is made before that is known.
    const logs: Uint8Array[] = []
    let handleLog = (log: Uint8Array): void => void logs.push(log)
    this.#streams = new OwnStreams({ crypto, store, identity, card, randomBytes, handleLog: (log) => handleLog(log) })
    content.attach(this.#streams, card)
    const root = options.root || options.upstream.length === 0
    this.#hub = new Hub({
      crypto,
      content,
      seed: randomBytes(16),
      root,
      handleBlame: (neighbour, reason) => this.#reportBlame(neighbour, reason),
    })
    this.#carrier = new Carrier({ crypto, device, deviceSeed, admit, log: options.log }, this.#hub)
    this.#hub.attach(this.#carrier, {
      refresh: (what, key) => {
        if (what === 'head') this.#streams.ofLog(key)?.log.refresh()
        else card.refresh(Date.now())
      },
    })
    this.#hub.announce('name', name)
    handleLog = (log) => this.#hub.announce('log', log)
    for (const log of logs) handleLog(log)
    const memory = new Memory(crypto, store, randomBytes(8), (kind, key) => content.isOwn(kind, key), options.log)
    const session = {
      crypto,
      hub: this.#hub,
      upstreamsMissing: () => this.#carrier.upstreamsMissing,
      remember: memory.remember.bind(memory),
      seenHead: memory.seenHead.bind(memory),
      handleFork: content.rememberFork.bind(content),
    }
    const observing: ObservingContext = {
      crypto,
      store,
      randomBytes,
      hub: this.#hub,
      carrier: this.#carrier,
      streams: this.#streams,
      identity: { ...this.identity, home: options.home },
      version: nodeVersion,
      root: options.root,
      listening: this.listening,
      startedMs: Date.now(),
      stop: () => void this.close().catch(() => {}),
    }
    const reading = { ...session, petnames: (petname: string) => petnameOf(store, petname) }
    this.#api = new ApiServer({
      ...observingMethods(observing),
      ...readingMethods(reading),
      ...writingMethods({ crypto, store, identity, streams: this.#streams, session, randomBytes }),
      ...waitingMethod(observing, reading),
    })
  }

  async start(
    listen: readonly ReturnType<typeof parseListen>[],
    upstreams: readonly ReturnType<typeof readNeighbour>[],
  ): Promise<void> {
    try {
      for (const address of listen) this.listening.push(formatHostPort(await this.#carrier.listen(address)))
      for (const upstream of upstreams) this.#carrier.addUpstream(upstream)
      if (this.#options.serveApi) await this.#api.listen(join(this.#options.home, 'runnel.sock'))
    } catch (error) {
      await this.close()
      throw error
    }
    const { name, device } = this.identity
    this.#options.log({ level: 'info', event: 'ready', name, device, listening: this.listening, copied: this.copied })
  }

  serve(channel: Channel): void {
    this.#api.serve(channel)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close().finally(this.#handleEnded)
    return this.#closing
  }

  /** Each part is ended even when one before it fails; the first failure is thrown at the end. */
  async #close(): Promise<void> {
    this.#options.log({ level: 'info', event: 'stopping' })
    const failures: unknown[] = []
    const steps = [
      () => this.#api.close(),
      () => this.#carrier.close(),
      () => this.#hub.close(),
      () => this.#streams.settle(),
      () => this.#store.close(),
    ]
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
        this.#options.log({ level: 'error', event: 'the end was not clean', reason: String(error) })
      }
    }
    if (failures.length > 0) throw toRunnelError(failures[0])
  }

  #reportBlame(neighbour: number, reason: string): void {
    const link = this.#carrier.links.get(neighbour)
    const device = link === undefined ? 'gone' : toHex(link.device).slice(0, 8)
    this.#options.log({ level: 'warn', event: 'a neighbour sent what does not verify', device, reason })
  }
}

function readNeighbour(crypto: Crypto, text: string) {
  const neighbour = parseNeighbour(crypto, text)
  if (typeof neighbour !== 'string') return neighbour
  if (neighbour === 'bad-checksum') throw new RunnelError('BAD_NAME', `there is a typing error in the key of ${text}`)
  throw new RunnelError('BAD_ARGUMENT', `${text} is no upstream`, {
    hint: 'Write KEY@ADDR:PORT, as the other node prints it when it starts.',
  })
}

function readDevice(crypto: Crypto, text: string): Uint8Array {
  const key = decodeText(crypto, text)
  if (typeof key !== 'string' && key.kind === TextKind.device) return key.bytes
  throw new RunnelError('BAD_ARGUMENT', `${text} is no device key`, {
    hint: 'A device key is what `runnel id` prints.',
  })
}
