// Waiting for what a test cannot be told of: asks again and again, and fails with a sentence when it never becomes true.

import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves with the first value of `look` that is neither undefined nor false. Throws after `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > endMs) throw new Error(`after ${timeoutMs} ms still not: ${what}`)
    await sleep(25)
  }
}
