// Which addresses of this machine have gone and come since the last look: those by which others can be reached, not those of
// the tunnel itself nor of the loopback.

import { equal } from '../../stack/bytes/index.js'
import type { Outside } from '../outside.js'
import { usableAddress } from '../tunnel/index.js'

export interface AddressChange {
  /** 4 or 16 bytes each. */
  readonly gone: readonly Uint8Array[]
  readonly come: readonly Uint8Array[]
}

/** Calls with each change until what it gives is called. Does nothing where the outside does not tell. */
export function followAddresses(
  { ownAddresses, watchAddresses }: Pick<Outside, 'ownAddresses' | 'watchAddresses'>,
  handleChange: (change: AddressChange) => void,
): () => void {
  if (ownAddresses === undefined || watchAddresses === undefined) return () => {}
  const look = (): Uint8Array[] => ownAddresses().flatMap((text) => usableAddress(text) ?? [])
  let known = look()
  return watchAddresses(() => {
    const now = look()
    const change = { gone: without(known, now), come: without(now, known) }
    known = now
    if (change.gone.length + change.come.length > 0) handleChange(change)
  })
}

function without(some: readonly Uint8Array[], others: readonly Uint8Array[]): Uint8Array[] {
  return some.filter((one) => !others.some((other) => equal(one, other)))
}
