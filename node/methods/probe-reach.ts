// What a probe can say before anything is asked: who would be asked for a key, and whether they can be spoken to.

import type { ProbeStage } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import type { Link } from '../../stack/name/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import { formatHostPort } from '../carrier/index.js'
import type { ObservingContext } from './context.js'
import { pause } from './pause.js'

/** How long a probe waits for an upstream that is being dialled just now, in milliseconds, and how often it looks. */
const dialMs = 3_000
const lookMs = 50

type Facts<Stage extends ProbeStage['stage']> = NonNullable<ProbeStage[Stage]>

/** Whom a question for this link would go to. */
export function routeOf({ crypto, hub, carrier }: ObservingContext, link: Link, own: boolean): Facts<'route'> {
  const announced = hub.machine.routesOf(link.target, link.key).flatMap(({ neighbour, cost, proven }) => {
    const device = carrier.links.get(neighbour)?.device
    return device === undefined ? [] : [{ neighbour: encodeText(crypto, TextKind.device, device), cost, proven }]
  })
  return { own, announced, upstreams: carrier.upstreams.length }
}

/** Throws NO_HOLDER when there is nobody. */
export function demandRoute({ own, announced, upstreams }: Facts<'route'>): void {
  if (own || announced.length > 0 || upstreams > 0) return
  throw new RunnelError('NO_HOLDER', 'no neighbour has announced it, and this node has no upstream to ask', {
    details: { asked: [] },
    hint: 'Add an upstream that reaches it: `runnel up --upstream KEY@ADDR:PORT`.',
  })
}

/** The neighbours that would be asked, those that are up first. Waits a little for one that is being dialled. */
export async function linksOf(
  context: ObservingContext,
  route: Facts<'route'>,
  signal: AbortSignal,
): Promise<Facts<'link'>> {
  const { time } = context
  const endUs = time.now().nowUs + dialMs * 1_000
  for (;;) {
    const neighbours = neighboursOf(context, route)
    const hopeful = neighbours.some(({ state }) => state === 'connecting')
    if (neighbours.some(({ state }) => state === 'up') || !hopeful || time.now().nowUs >= endUs) return { neighbours }
    await pause(time, lookMs, signal)
  }
}

/** Throws NETWORK_DOWN when none is up that would be asked. */
export function demandLink({ own }: Facts<'route'>, { neighbours }: Facts<'link'>): void {
  if (own || neighbours.some(({ state }) => state === 'up')) return
  const [first] = neighbours
  const why = first?.lastError?.text ?? 'no answer yet'
  const which = first === undefined ? 'no neighbour is up' : `the upstream ${first.address} is not up: ${why}`
  throw new RunnelError('NETWORK_DOWN', which, {
    details: { upstreams: neighbours.map(({ address, lastError }) => ({ address, error: lastError?.text })) },
  })
}

function neighboursOf({ crypto, carrier }: ObservingContext, route: Facts<'route'>): Facts<'link'>['neighbours'] {
  const announcers = new Set(route.announced.map(({ neighbour }) => neighbour))
  const up = [...carrier.links.values()].flatMap((link) => {
    const device = encodeText(crypto, TextKind.device, link.device)
    const announced = announcers.has(device)
    if (!announced && !link.upstream) return []
    const { rttUs } = link.connection.link.counters
    const rtt = rttUs === undefined ? {} : { rttMs: rttUs / 1000 }
    return [{ device, address: link.address, upstream: link.upstream, announced, state: 'up' as const, ...rtt }]
  })
  const down = carrier.upstreams.flatMap(({ neighbour, state, lastError, nextTryMs }) => {
    if (state === 'up') return []
    const device = encodeText(crypto, TextKind.device, neighbour.device)
    return [
      {
        device,
        address: formatHostPort(neighbour),
        upstream: true,
        announced: false,
        state,
        ...(lastError === undefined ? {} : { lastError }),
        ...(nextTryMs === undefined ? {} : { nextTryMs }),
      },
    ]
  })
  return [...up, ...down]
}
