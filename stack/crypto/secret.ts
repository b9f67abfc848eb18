// Handling of secret bytes. What zeroing can and cannot do here is in docs/decisions/0002-secrets-in-memory.md.

import { timingSafeEqual } from 'node:crypto'

/** Whether both are equal, in a time that depends on their lengths only. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Overwrites each with zeros. Copies that the engine or a native library made elsewhere are not reached. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}
