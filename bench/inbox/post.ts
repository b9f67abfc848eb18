// The programs of the inbox bench: a router that keeps inboxes, an owner whose inbox it keeps, and somebody who writes.

import { type Actor, startActor } from '../frame/actor.js'
import type { Surroundings } from '../frame/surroundings.js'
import { type BenchNode, profiling } from '../runnel/node.js'
import type { Village } from '../runnel/village.js'

/** One inbox may have a sixteenth of it. */
const keeping = ['--inboxes', '1G'] as const

export class Post {
  readonly router: BenchNode
  readonly custodian: string
  readonly #surroundings: Surroundings
  readonly #village: Village
  readonly #open = new Set<Actor>()

  private constructor(surroundings: Surroundings, village: Village, router: BenchNode, custodian: string) {
    this.#surroundings = surroundings
    this.#village = village
    this.router = router
    this.custodian = custodian
  }

  static async open<T>(surroundings: Surroundings, village: Village, use: (post: Post) => Promise<T>): Promise<T> {
    const router = await village.router(keeping)
    const post = new Post(surroundings, village, router, (await router.client.id()).device)
    try {
      return await use(post)
    } finally {
      for (const actor of post.#open) await actor.stop()
    }
  }

  /** Starts somebody, on the home that they had before if they did. */
  async start(role: string, inbox: boolean): Promise<{ actor: Actor; name: string }> {
    const actor = startActor(
      this.#surroundings.children,
      `${role} (embedded)`,
      new URL('./inbox-actor.js', import.meta.url),
      { environment: { RUNNEL_CRYPTO: this.#village.provider }, nodeOptions: profiling(this.#surroundings, role) },
    )
    this.#open.add(actor)
    const home = this.#village.path(role)
    const name = await actor.call<string>('open', { home, upstream: this.router.upstream, inbox })
    if (inbox) await actor.call('kept')
    return { actor, name }
  }

  async stop(actor: Actor): Promise<void> {
    this.#open.delete(actor)
    await actor.stop()
  }
}
