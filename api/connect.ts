// The way in: a node that runs on this machine, through the socket in its home, or one of the caller's own inside this
// process.

import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { RunnelError } from '../errors/index.js'
import { Caller } from './caller.js'
import { NodeClient } from './client.js'
import { homeOf } from './home.js'
import { type Channel, channelPair, maxPathBytes, socketChannel } from './protocol/index.js'
import { writePhrases } from './recovery-phrases.js'

export interface ConnectOptions {
  /** The home of the node; default `RUNNEL_HOME`, else `XDG_DATA_HOME/runnel` (`~/.local/share/runnel`). */
  readonly home?: string
  /**
   * Runs a node inside this process instead of asking one that runs already; it ends with the connection. The first time
   * on a home it writes the recovery phrases of the new name to `HOME/recovery-phrases`.
   */
  readonly embedded?: boolean
  /** For an embedded node: addresses to listen on, upstreams, whether it is a root, bytes of cache. */
  readonly listen?: readonly string[]
  readonly upstream?: readonly string[]
  readonly root?: boolean
  readonly cacheBytes?: number
  /** For an embedded node: bytes that it keeps for others, and devices or names that are asked to keep what it publishes. */
  readonly custodyBytes?: number
  readonly custodians?: readonly string[]
  /** Whether it has an inbox: its upstreams, and the devices of `inboxAt`, are asked to keep letters for it; default false. */
  readonly inbox?: boolean
  readonly inboxAt?: readonly string[]
  /** Bytes that inboxes of others may take here; default 0. */
  readonly inboxBytes?: number
}

/** Connects to a node. Throws NO_NODE when none runs on that home, NODE_RUNNING when an embedded one would be the second. */
export async function connect(options: ConnectOptions = {}): Promise<NodeClient> {
  const home = homeOf(options)
  if (options.embedded) return connectEmbedded(home, options)
  return new NodeClient(new Caller(await openSocket(join(home, 'runnel.sock'))), async () => {})
}

async function connectEmbedded(home: string, options: ConnectOptions): Promise<NodeClient> {
  const { openNode } = await import('../node/index.js')
  const { listen, upstream, root, cacheBytes, custodyBytes, custodians, inbox, inboxAt, inboxBytes } = options
  const node = await openNode({
    home,
    serveApi: false,
    ...(listen === undefined ? {} : { listen }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(root === undefined ? {} : { root }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    custody: {
      ...(custodyBytes === undefined ? {} : { totalBytes: custodyBytes }),
      ...(custodians === undefined ? {} : { custodians }),
    },
    ...(inbox === undefined ? {} : { inbox }),
    ...(inboxAt === undefined ? {} : { inboxAt }),
    ...(inboxBytes === undefined ? {} : { inboxBytes }),
    // A program has no place to show them; whoever runs it finds them in the home.
    handlePhrases: (phrases) => void writePhrases(home, phrases),
  })
  return connectInside(node, () => node.close())
}

/** A connection to a node that runs inside this process already; `close` ends the connection and then does what was given. */
export function connectInside(
  node: { serve(channel: Channel): void },
  closeNode: () => Promise<void> = async () => {},
): NodeClient {
  const [ours, theirs] = channelPair()
  node.serve(theirs)
  return new NodeClient(new Caller(ours), closeNode)
}

async function openSocket(path: string): Promise<Channel> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new RunnelError('BAD_ARGUMENT', `the home's path is too long for a socket in it: ${path}`)
  }
  const socket = connectSocket(path)
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const denied = cause.code === 'EACCES' || cause.code === 'EPERM'
      const message = denied ? `the node's socket ${path} may not be opened` : `no node answers at ${path}`
      reject(new RunnelError(denied ? 'PERMISSION' : 'NO_NODE', message, { cause }))
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      resolve()
    })
  })
  return socketChannel(socket)
}
