// Processes that are started somewhere else than where the bench runs: in a network namespace. They end with all others.

import type { SpawnOptions } from 'node:child_process'
import { type Child, Children } from '../frame/children.js'

export class ChildrenAt extends Children {
  readonly #all: Children
  readonly #enter: readonly string[]

  /** `enter` is the command that starts another one there, in its own process. */
  constructor(all: Children, enter: readonly string[]) {
    super()
    this.#all = all
    this.#enter = enter
  }

  override start(name: string, command: string, args: readonly string[], options: SpawnOptions = {}): Child {
    const [program = command, ...rest] = [...this.#enter, command, ...args]
    return this.#all.start(name, program, rest, options)
  }
}
