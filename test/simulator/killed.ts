// What the code of a killed process still rejects is nobody's: it saw its disk end. Every other rejection that nobody
// handles ends this process, as it would end a node.

import { Killed } from '../../node/store/testing/faults.js'

let listening = false

/** Once a process. */
export function disownKilled(): void {
  if (listening) return
  listening = true
  process.on('unhandledRejection', (reason) => {
    if (!isOfKilled(reason)) throw reason
  })
}

function isOfKilled(reason: unknown): boolean {
  for (let error = reason; error instanceof Error; error = error.cause) if (error instanceof Killed) return true
  return false
}
