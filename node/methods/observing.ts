// The methods that look: who the node is, its neighbours, its counters, what is wrong, and waiting until something is so.

import type { Peer, Status } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import type { NeighbourStatus } from '../../stack/forward/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { formatHostPort, formatUdp, type OpenLink } from '../carrier/index.js'
import type { ObservingContext } from './context.js'
import { examine } from './doctor.js'
import { rulesOf } from './firewall.js'
import { inboxStatus } from './inbox-status.js'
import { metricsOf } from './metrics.js'
import { pause } from './pause.js'
import { warningsOf } from './warnings.js'

/** How often who waits for a neighbour looks whether it is up. */
const lookAgainMs = 50

type ObservingMethod = 'status' | 'id' | 'peers' | 'doctor' | 'metrics' | 'stop'

export function observingMethods(context: ObservingContext): Pick<Handlers, ObservingMethod> {
  return {
    status: async () => statusOf(context),
    id: async () => context.identity,
    peers: async (_, call) => {
      const peers = peersOf(context)
      for (const peer of peers) await call.item(peer)
      return { count: peers.length }
    },
    doctor: async (_, call) => {
      const checks = await examine(context, call.signal)
      for (const check of checks) await call.item(check)
      return { ok: checks.every(({ level }) => level !== 'fail') }
    },
    metrics: async () => ({ text: metricsOf(context) }),
    stop: async () => {
      context.time.after(0, context.stop)
      return {}
    },
  }
}

/** Resolves when a neighbour (this one, or any) is up. Throws TIMEOUT, ABORTED. */
export async function waitForNeighbour(
  context: ObservingContext,
  device: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { time } = context
  const endUs = time.now().nowUs + timeoutMs * 1000
  for (;;) {
    const up = peersOf(context).some((peer) => peer.state === 'up' && (device === undefined || peer.device === device))
    if (up) return
    if (time.now().nowUs >= endUs) throw new RunnelError('TIMEOUT', 'no such neighbour came up in time')
    await pause(time, lookAgainMs, signal)
  }
}

function statusOf(context: ObservingContext): Status {
  const { store, hub, carrier, identity } = context
  const { own, kept, cache, hits, misses, damaged, flushes } = store.stats()
  const metricsSocket = context.metricsSocket()
  const machine = hub.machine.status()
  const { drops, ...forward } = machine.counters
  const counters: Record<string, number> = {
    ...forward,
    routes: machine.routes,
    interestsWaiting: machine.interests,
    queuedBytes: machine.queuedBytes,
    ownHits: hits.own,
    keptHits: hits.kept,
    cacheHits: hits.cache,
    storeMisses: misses,
    damagedChunks: damaged,
    flushes,
    cacheDropped: cache.dropped,
    cacheWriteFailures: cache.writeFailures,
    handshakesRefused: carrier.admission.counters.refused,
    handshakesReplayed: carrier.admission.counters.replayed,
    blamed: machine.neighbours.reduce((sum, { counters: of }) => sum + of.blamed, 0),
  }
  for (const [what, count] of Object.entries(machine.channels.counters)) counters[`channels ${what}`] = count
  for (const [what, count] of Object.entries(context.sessions.counters)) counters[`conversations ${what}`] = count
  for (const [what, count] of context.tunnel.counters) counters[`packets ${what}`] = count
  for (const [reason, count] of drops) counters[`dropped ${reason}`] = count
  for (const [reason, count] of context.custody.custodian.refusals) counters[`custodyRefused ${reason}`] = count
  return {
    ...identity,
    version: context.version,
    provider: context.crypto.provider,
    pid: process.pid,
    uptimeS: Math.floor((context.time.now().nowMs - context.startedMs) / 1000),
    root: context.root,
    rank: machine.rank,
    listening: [...context.listening],
    neighbours: { up: carrier.links.size, configured: carrier.upstreams.length },
    cache: {
      bytes: cache.diskBytes,
      limitBytes: cache.limitBytes,
      chunks: cache.chunks,
      hits: hits.cache,
      evictions: cache.evicted,
    },
    own: { bytes: own.diskBytes, chunks: own.chunks, streams: context.streams.list().length },
    kept: { bytes: kept.diskBytes, chunks: kept.chunks, promised: promisedOf(context) },
    inbox: inboxStatus(context.crypto, context.mail),
    conversations: { ...context.sessions.state },
    residentBytes: process.memoryUsage.rss(),
    ...(metricsSocket === undefined ? {} : { metricsSocket }),
    servers: context.servers.list(),
    tun: context.tunnel.status,
    rules: rulesOf(context.crypto, context.firewall),
    counters,
    warnings: warningsOf(context),
  }
}

function peersOf({ crypto, hub, carrier }: ObservingContext): Peer[] {
  const statuses = new Map(hub.machine.status().neighbours.map((neighbour) => [neighbour.id, neighbour]))
  const text = (device: Uint8Array): string => encodeText(crypto, TextKind.device, device)
  const peers = [...carrier.links.values()].map((link) => linkPeer(link, statuses.get(link.id), text(link.device)))
  for (const { neighbour, state, sinceMs, lastError, nextTryMs } of carrier.upstreams) {
    if (state === 'up') continue
    peers.push({
      device: text(neighbour.device),
      address: formatHostPort(neighbour),
      direction: 'out',
      upstream: true,
      state,
      sinceMs,
      bytesIn: 0,
      bytesOut: 0,
      routes: 0,
      blame: 0,
      ...(lastError === undefined ? {} : { lastError }),
      ...(nextTryMs === undefined ? {} : { nextTryMs }),
    })
  }
  return peers
}

function linkPeer(link: OpenLink, status: NeighbourStatus | undefined, device: string): Peer {
  const { rttUs, bytesIn, bytesOut } = link.connection.link.counters
  return {
    device,
    address: link.address,
    direction: link.upstream ? 'out' : 'in',
    upstream: link.upstream,
    state: 'up',
    sinceMs: link.sinceMs,
    rank: status?.rank ?? link.rank,
    ...(rttUs === undefined ? {} : { rttMs: rttUs / 1000 }),
    ...(status?.udp === undefined ? {} : { udp: formatUdp(status.udp) }),
    bytesIn,
    bytesOut,
    routes: status?.routes ?? 0,
    blame: status?.counters.blamed ?? 0,
  }
}

function promisedOf({ custody }: ObservingContext): Status['kept']['promised'] {
  const { size, bytes, policy } = custody.custodian.ledger
  return { logs: size, bytes, limitBytes: policy.totalBytes }
}
