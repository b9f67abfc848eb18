// What a store shows to whoever asks it for everything that was ever brought to it, as facts by place.

import type { Store } from '../../node/store/index.js'
import { equal } from '../../stack/bytes/index.js'
import { cardFact, chunkFact, digestOf, forkFact, headFact, nameFact, valueFact } from './facts.js'
import type { Known } from './known.js'

export interface Observed {
  readonly own: Map<string, string>
  readonly kept: Map<string, string>
  /** What was given that was never brought. */
  readonly wrong: string[]
  /** Heads of own logs that cannot be continued. */
  readonly uncertain: number
}

export function observe(store: Store, known: Known): Observed {
  const observed = { own: new Map<string, string>(), kept: new Map<string, string>(), wrong: [] as string[] }
  const { own, kept, wrong } = observed
  const note = (facts: Map<string, string> | undefined, fact: string, digest: string): void => {
    facts?.set(fact, digest)
    if (!known.wasTrue(fact, digest)) wrong.push(`${fact} is ${digest}, which it never was`)
  }
  for (const { name, bytes } of known.chunks.values()) {
    const found = store.readChunk(name)
    if (found === undefined) continue
    if (!equal(found.bytes, bytes)) wrong.push(`${chunkFact(name)} has other bytes`)
    if (found.place !== 'cache') note(found.place === 'own' ? own : kept, chunkFact(name), 'there')
  }
  for (const { key, bytes } of store.values()) note(own, valueFact(key), digestOf(bytes))
  for (const key of known.keptValues) {
    const bytes = store.keptValue(key)
    if (bytes !== undefined) note(kept, valueFact(key), digestOf(bytes))
  }
  let uncertain = 0
  for (const head of store.ownHeads()) {
    if (head.uncertain) uncertain++
    if (head.page !== undefined) note(own, headFact(head.log), digestOf(head.headBytes, head.page))
  }
  for (const { key, place } of known.logs.values()) {
    const head = place === 'kept' ? store.keptHead(key) : place === 'cache' ? store.head(key) : undefined
    if (head !== undefined)
      note(place === 'kept' ? kept : undefined, headFact(key), digestOf(head.headBytes, head.page))
  }
  for (const { key, place } of known.names.values()) {
    const found = store.name(key)
    const facts = place === 'own' ? own : place === 'kept' ? kept : undefined
    if (found === undefined) continue
    note(facts, nameFact(key), digestOf(found.certificateBytes))
    for (const { headBytes } of found.cards) note(facts, cardFact(headBytes) ?? 'no card', digestOf(headBytes))
  }
  for (const { log, first, second } of store.forks()) {
    note(kept, forkFact(log), digestOf(first.headBytes, first.page, second.headBytes, second.page))
  }
  return { ...observed, uncertain }
}
