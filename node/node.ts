// Opens a node on a home. Until `openNode` resolves nobody hears of it; when it fails nothing is left running.

import { RunnelError, toRunnelError } from '../errors/index.js'
import type { Crypto } from '../stack/crypto/index.js'
import { decodeText, type Neighbour, parseNeighbour, TextKind } from '../stack/name/index.js'
import { parseListen } from './carrier/index.js'
import { ComposedNode } from './composed.js'
import { readCustodians, readPolicy } from './custody/index.js'
import { openIdentity } from './identity/index.js'
import { completeOptions, type GivenOptions } from './options.js'
import type { Outside } from './outside.js'
import { openStore } from './store/index.js'
import { openSystem } from './system.js'

export type RunnelNode = Pick<
  ComposedNode,
  'identity' | 'listening' | 'copied' | 'tunnel' | 'serve' | 'attach' | 'ended' | 'close'
>

/** Starts a node. Throws NODE_RUNNING, READ_ONLY, PERMISSION, VERSION, DAMAGED, BAD_ARGUMENT, NO_NATIVE, IO; then nothing is left running. */
export function openNode(options: GivenOptions = {}): Promise<RunnelNode> {
  return openNodeIn(openSystem(), options)
}

/** The same in any surroundings. */
export async function openNodeIn(outside: Outside, given: GivenOptions): Promise<ComposedNode> {
  const options = completeOptions(given)
  const { home, cacheBytes, handlePhrases } = options
  const { files, time, randomBytes, segmentBytes } = outside
  const chosen = await outside.openCrypto(options.crypto)
  const { crypto } = chosen
  const upstreams = options.upstream.map((text) => readNeighbour(crypto, text))
  const admit = options.admit?.map((text) => readDevice(crypto, text))
  const inboxAt = options.inboxAt.map((text) => readDevice(crypto, text))
  const listen = options.listen.map(parseListen)
  const policy = readPolicy(crypto, options.custody)
  const custodians = readCustodians(crypto, options.custody.custodians)
  const store = await openStore({ home, files, crypto, randomBytes, cacheBytes, time, segmentBytes })
  try {
    const { nowMs } = time.now()
    const opened = await openIdentity({ home, files, store, crypto, randomBytes, nowMs, handlePhrases })
    const node = new ComposedNode({ outside, options, chosen, store, opened, admit, policy, custodians })
    await node.start(listen, upstreams, inboxAt)
    return node
  } catch (error) {
    await store.close()
    throw toRunnelError(error)
  }
}

function readNeighbour(crypto: Crypto, text: string): Neighbour {
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
