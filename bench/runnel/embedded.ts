// Starts a program with a node of Runnel inside it.

import { type Actor, startActor } from '../frame/actor.js'
import type { Surroundings } from '../frame/surroundings.js'
import { type BenchNode, profiling } from './node.js'

const file = new URL('./embedded-actor.js', import.meta.url)

/** A node in its own process; with an upstream it is connected when this resolves. */
export async function startEmbedded(
  surroundings: Surroundings,
  provider: string,
  role: string,
  home: string,
  upstream?: BenchNode,
): Promise<Actor> {
  const actor = startActor(surroundings.children, `${role} (embedded)`, file, {
    environment: { RUNNEL_CRYPTO: provider },
    nodeOptions: profiling(surroundings, role),
  })
  await actor.call('open', { home, ...(upstream?.upstream === undefined ? {} : { upstream: upstream.upstream }) })
  return actor
}
