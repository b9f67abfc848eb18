// Which addresses of this machine have gone and come: those by which others can be reached, not those of the tunnel itself nor
// of the loopback. A cable that is out takes its addresses from the list, and a connection outlives that when it is back soon: so
// an address counts as gone when another one has come, or when it stays away.

import { equal } from '../../stack/bytes/index.js'
import type { Outside, Time, Timer } from '../outside.js'
import { usableAddress } from '../tunnel/index.js'
import { awayMs } from './limits.js'

export interface AddressChange {
  /** 4 or 16 bytes each. */
  readonly gone: readonly Uint8Array[]
  readonly come: readonly Uint8Array[]
}

/** Calls with each change until what it gives is called. Does nothing where the outside does not tell. */
export function followAddresses(
  {
    ownAddresses,
    watchAddresses,
    time,
  }: Pick<Outside, 'ownAddresses' | 'watchAddresses'> & { readonly time: Pick<Time, 'after'> },
  handleChange: (change: AddressChange) => void,
): () => void {
  if (ownAddresses === undefined || watchAddresses === undefined) return () => {}
  const look = (): Uint8Array[] => ownAddresses().flatMap((text) => usableAddress(text) ?? [])
  let known = look()
  let away: Timer | undefined
  const settle = (now: readonly Uint8Array[]): void => {
    away?.cancel()
    away = undefined
    const change = { gone: without(known, now), come: without(now, known) }
    known = [...now]
    if (change.gone.length + change.come.length > 0) handleChange(change)
  }
  const end = watchAddresses(() => {
    const now = look()
    const [hasGone, hasCome] = [without(known, now).length > 0, without(now, known).length > 0]
    if (hasCome || !hasGone) settle(now)
    else away ??= time.after(awayMs, () => settle(look()))
  })
  return () => {
    away?.cancel()
    end()
  }
}

function without(some: readonly Uint8Array[], others: readonly Uint8Array[]): Uint8Array[] {
  return some.filter((one) => !others.some((other) => equal(one, other)))
}
