// Waiting for a process to be ready that does not say when it is.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../frame/children.js'

const readyMs = 15_000

/** Resolves when `look` is true. Throws with the process's output when it ends before, or takes too long. */
export async function until(look: () => boolean | Promise<boolean>, child: Child): Promise<void> {
  const endMs = performance.now() + readyMs
  while (!(await look())) {
    if (!child.alive) throw new Error(`${child.name} ended:\n${child.output}`)
    if (performance.now() > endMs) throw new Error(`${child.name} is not ready after ${readyMs} ms:\n${child.output}`)
    await sleep(5)
  }
}
