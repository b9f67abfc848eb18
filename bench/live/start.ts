// Starts the programs of the live bench.

import { type Actor, startActor } from '../frame/actor.js'
import type { Surroundings } from '../frame/surroundings.js'
import { profiling } from '../runnel/node.js'
import type { Village } from '../runnel/village.js'

/** A program with a node in it; with an upstream it is connected when this resolves. */
export async function startLive(
  surroundings: Surroundings,
  village: Village,
  role: string,
  { upstream, listens = false }: { upstream?: string | undefined; listens?: boolean },
): Promise<{ actor: Actor; upstream: string; stop(): Promise<void> }> {
  const actor = startActor(surroundings.children, `${role} (embedded)`, new URL('./live-actor.js', import.meta.url), {
    environment: { RUNNEL_CRYPTO: village.provider },
    nodeOptions: profiling(surroundings, role),
  })
  const where = { ...(listens ? { listen: '127.0.0.1:0' } : {}), ...(upstream === undefined ? {} : { upstream }) }
  const address = await actor.call<string>('open', { home: village.path(role), ...where })
  return { actor, upstream: address, stop: () => actor.stop() }
}

/** One process of many links. */
export function startLinks(surroundings: Surroundings, village: Village): Actor {
  return startActor(surroundings.children, 'links', new URL('./links-actor.js', import.meta.url), {
    environment: { RUNNEL_CRYPTO: village.provider },
  })
}
