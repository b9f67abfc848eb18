// What a node is started with. Everything has a default: a node with nothing but a home is a valid node.

import { homedir } from 'node:os'
import { join } from 'node:path'
import { type CryptoChoice, choiceOf } from './choose-crypto.js'
import { type CustodyOptions, noCustody } from './custody/index.js'
import type { LogEvent } from './log-event.js'
import type { InterfaceWish } from './tunnel/index.js'

export interface NodeOptions {
  /** The directory of keys, streams and cache; made (0700) when it does not exist. */
  readonly home: string
  /** `ADDR:PORT` to accept links on; port 0 lets the system choose. */
  readonly listen: readonly string[]
  /** `DEVICE@ADDR:PORT` of each upstream. */
  readonly upstream: readonly string[]
  /** Whether this node is a root: rank 0, named so by its operator. */
  readonly root: boolean
  /** Bytes on disk that the cache may take. */
  readonly cacheBytes: number
  /** Routes that are remembered (docs/protocol.md §13); its default where it is missing. */
  readonly routes: number | undefined
  /** Whether this node has an inbox: asks its upstreams, and `inboxAt`, to keep letters for it. */
  readonly inbox: boolean
  /** Bytes on disk that inboxes of others may take; 0: none are kept. */
  readonly inboxBytes: number
  /** Device keys (text) that are asked to keep our inbox, besides the upstreams. */
  readonly inboxAt: readonly string[]
  /** Device keys (text) that may link to this node; undefined admits anyone, with the quotas of a stranger. */
  readonly admit: readonly string[] | undefined
  /** Whether the API is served on `HOME/runnel.sock`. An embedded node needs none. */
  readonly serveApi: boolean
  /**
   * Given the recovery phrases of a new name (rungs 1 and 2) before anything of it is on disk: they are kept nowhere else.
   * When it throws, no name is made. Where it is missing, nobody ever sees them.
   */
  readonly handlePhrases: ((phrases: readonly string[]) => void) | undefined
  /** What computes the cryptography; `native` refuses to start without the addon. RUNNEL_CRYPTO where it is missing. */
  readonly crypto: CryptoChoice
  /** What is kept for others, and who is asked to keep what this node publishes. */
  readonly custody: CustodyOptions
  /** The network interface; 'labels': none, but packets of others are sent on; undefined: no packets. */
  readonly tun: InterfaceWish | 'labels' | undefined
  /** Whether what is to run beside the node does: who waits for a ready node waits for this too. */
  readonly isReady: () => boolean
  readonly log: (event: LogEvent) => void
}

/** What may be left out of the options. */
export type GivenOptions = Partial<Omit<NodeOptions, 'custody'>> & { readonly custody?: Partial<CustodyOptions> }

const defaultCacheBytes = 10 * 1024 ** 3

/** `XDG_DATA_HOME/runnel`, as other programs keep what must not be lost. */
export function defaultHome(environment: NodeJS.ProcessEnv = process.env): string {
  const data = environment.XDG_DATA_HOME
  return data ? join(data, 'runnel') : join(homedir(), '.local', 'share', 'runnel')
}

/** Throws BAD_ARGUMENT for what the environment says wrong. */
export function completeOptions(options: GivenOptions): NodeOptions {
  return {
    home: options.home ?? defaultHome(),
    listen: options.listen ?? [],
    upstream: options.upstream ?? [],
    root: options.root ?? false,
    cacheBytes: options.cacheBytes ?? defaultCacheBytes,
    routes: options.routes,
    inbox: options.inbox ?? false,
    inboxBytes: options.inboxBytes ?? 0,
    inboxAt: options.inboxAt ?? [],
    admit: options.admit,
    serveApi: options.serveApi ?? true,
    handlePhrases: options.handlePhrases,
    crypto: options.crypto ?? choiceOf(process.env),
    custody: { ...noCustody, ...options.custody },
    tun: options.tun,
    isReady: options.isReady ?? (() => true),
    log: options.log ?? (() => {}),
  }
}
