// What must come about within a time, each looked at twice a second of virtual time until it has.

import type { World } from './world.js'

const lookUs = 500_000

export class Awaited {
  /** What is still missing of each that has not come about. */
  readonly missing = new Map<string, string>()
  readonly #world: World
  readonly #background: (call: () => Promise<void>) => void

  constructor(world: World, background: (call: () => Promise<void>) => void) {
    this.#world = world
    this.#background = background
  }

  /** `look` says what is missing, or undefined when nothing is any more. */
  add(name: string, look: () => string | undefined | Promise<string | undefined>): void {
    this.missing.set(name, 'nothing yet')
    this.#background(async () => {
      for (let why = await look(); why !== undefined; why = await look()) {
        this.missing.set(name, why)
        await this.#world.time.sleep(lookUs)
      }
      this.missing.delete(name)
    })
  }
}
