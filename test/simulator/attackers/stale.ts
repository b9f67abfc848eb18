// Stale: it answers for heads and names with the first state that it ever held, whatever has become of it since.
//
// Manners: lying (it says that the state is fresh), honest (it says how old it is, but asks nobody for a newer one).

import { KeyMap } from '../../../stack/bytes/index.js'
import type { StoredHead, StoredName } from '../../../stack/forward/index.js'
import type { Tap } from './tap.js'

export const staleManners = ['lying', 'honest'] as const

interface Frozen<T> {
  readonly stored: T
  readonly sinceUs: number
}

export function stale(tap: Tap, manner: string): void {
  const heads = new KeyMap<Frozen<StoredHead>>(new Uint8Array(8))
  const names = new KeyMap<Frozen<StoredName>>(new Uint8Array(8))
  const frozen = <T extends StoredHead | StoredName>(
    map: KeyMap<Frozen<T>>,
    key: Uint8Array,
    honest: T | undefined,
  ): T | undefined => {
    if (honest === undefined || honest.own) return honest
    const { nowUs } = tap.world.time
    let first = map.get(key)
    if (first === undefined) {
      first = { stored: honest, sinceUs: nowUs }
      map.set(key, first)
    }
    if (first.stored !== honest) tap.count('old state')
    const ageS = manner === 'lying' ? 0 : first.stored.ageS + Math.ceil((nowUs - first.sinceUs) / 1_000_000)
    return { ...first.stored, ageS }
  }
  tap.findHead = (log, honest) => frozen(heads, log, honest)
  tap.findName = (name, honest) => frozen(names, name, honest)
  if (manner === 'lying') return
  // What may not be forwarded is answered from what is held, or not at all.
  tap.handleAsked = ({ interest }) => {
    const { question, key } = interest
    if (question.kind === 'chunk' || !(heads.has(key) || names.has(key))) return false
    return { ...interest, hops: 0 }
  }
}
