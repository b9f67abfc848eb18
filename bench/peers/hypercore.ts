// Hypercore beside Runnel: who writes and who reads are processes of their own.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Actor, startActor } from '../frame/actor.js'
import type { Surroundings } from '../frame/surroundings.js'

const file = new URL('./hypercore-actor.js', import.meta.url)

export class HypercorePeer {
  readonly #surroundings: Surroundings
  readonly #directory: string
  readonly #actors = new Set<Actor>()

  constructor(surroundings: Surroundings, name: string) {
    this.#surroundings = surroundings
    this.#directory = join(surroundings.directory, `${name}-hypercore`)
  }

  /** An actor with an open core: a new one, or a copy-to-be of the one that has this key. */
  async open(role: string, key?: Uint8Array): Promise<{ actor: Actor; key: Uint8Array }> {
    const directory = join(this.#directory, role)
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    const actor = startActor(this.#surroundings.children, `hypercore ${role}`, file)
    this.#actors.add(actor)
    return { actor, key: await actor.call('open', { directory, ...(key === undefined ? {} : { key }) }) }
  }

  /** Ends all processes and deletes what they had. */
  async close(): Promise<void> {
    await Promise.all([...this.#actors].map((actor) => actor.stop()))
    this.#actors.clear()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
