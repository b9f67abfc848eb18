// Stale: it answers for heads and names with the first state that it ever held, whatever has become of it since.
//
// Manners: lying (it says that the state is fresh), honest (it says how old it is, but asks nobody for a newer one).

import { KeyMap } from '../../../stack/bytes/index.js'
import { encodeHeadAnswer } from '../../../stack/data/index.js'
import type { Question, StoredHead, StoredName } from '../../../stack/forward/index.js'
import { encodeNameAnswer } from '../../../stack/name/index.js'
import type { Asked, Tap } from './tap.js'

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
    if (nowUs > first.sinceUs) tap.count('old state')
    const ageS = manner === 'lying' ? 0 : first.stored.ageS + Math.ceil((nowUs - first.sinceUs) / 1_000_000)
    return { ...first.stored, ageS }
  }
  // Whoever holds what is too old would ask on: this one answers as if it were fresh.
  if (manner === 'lying') tap.handleAsked = (asked) => answerAsFresh(tap, asked, heads, names)
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

function answerAsFresh(
  tap: Tap,
  asked: Asked,
  heads: KeyMap<Frozen<StoredHead>>,
  names: KeyMap<Frozen<StoredName>>,
): boolean {
  const { key, question } = asked.interest
  if (question.kind === 'chunk') return false
  // What it holds by now is what it stays with.
  if (question.kind === 'head') tap.node.content.findHead(key)
  else tap.node.content.findName(key)
  const payload = payloadOf(tap, question, heads.get(key), names.get(key))
  if (payload === undefined) return false
  tap.count('old state')
  tap.answerFitting(asked, payload)
  return true
}

function payloadOf(
  tap: Tap,
  question: Exclude<Question, { kind: 'chunk' }>,
  head: Frozen<StoredHead> | undefined,
  name: Frozen<StoredName> | undefined,
): Uint8Array | undefined {
  if (question.kind === 'head') return head && encodeHeadAnswer(tap.world.crypto, head.stored.held, question.have)
  return name && encodeNameAnswer(name.stored.state, question.have)
}
