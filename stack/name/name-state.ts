// What a node holds of a name: the certificate that counts, and the newest card of each of its devices. States only go
// forward: merging never takes a lower certificate or an older card, whatever order answers come in.

import { equal } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { type CardHead, cardConflict, compareCardHeads } from './card-head.js'
import { type Certificate, compareCertificates, conflict, deviceIndex } from './certificate.js'

/** A verified card: its head, the exact bytes of it, and the chunk that it names. */
export interface HeldCard {
  head: CardHead
  headBytes: Uint8Array
  chunk: Uint8Array
}

/** A verified name. `cards[i]` is of `certificate.devices[i]`, undefined where none is known. */
export interface NameState {
  name: Uint8Array
  certificate: Certificate
  certificateBytes: Uint8Array
  cards: (HeldCard | undefined)[]
}

/** What came of merging a state into another. */
export interface NameMerge {
  state: NameState
  /** What came, by itself. */
  came: NameState
  /** Something came that supersedes what was held: a certificate, a card, or a newer time of the same card. */
  newer: boolean
  /** The certificate that came is lower than the held one, or a card came without its chunk, which is not held: it confirms nothing. */
  older: boolean
  /** Two certificates of equal order say different things; to be shown. */
  conflict: boolean
  /** A device signed two cards with one version; the held one stayed. */
  cardConflict: boolean
}

/** What an asker says it has (protocol §10.1). All zeros and no versions: nothing. */
export interface NameHave {
  k: number
  serial: number
  /** By device of that certificate; 0 where it has no card. */
  versions: readonly number[]
}

/** What a holder of this state has, for its question. */
export function haveOf(state: NameState | undefined): NameHave {
  if (state === undefined) return { k: 0, serial: 0, versions: [] }
  const { k, serial } = state.certificate
  return { k, serial, versions: state.certificate.devices.map((_, index) => state.cards[index]?.head.version ?? 0) }
}

/** The held card of a device; undefined where there is none, or the device is not listed. */
export function cardOf(state: NameState | undefined, device: Uint8Array): HeldCard | undefined {
  if (state === undefined) return undefined
  const index = deviceIndex(state.certificate, device)
  return index < 0 ? undefined : state.cards[index]
}

/** Merges two verified states of one name; neither is changed. Cards of devices that the certificate strikes are left out. */
export function mergeNameStates(crypto: Crypto, held: NameState | undefined, came: NameState): NameMerge {
  if (held === undefined) return { state: came, came, newer: true, older: false, conflict: false, cardConflict: false }
  const order = compareCertificates(crypto, came.certificate, held.certificate)
  const { name, certificate, certificateBytes } = order > 0 ? came : held
  let newer = order > 0
  let cardsInConflict = false
  const cards = certificate.devices.map((device) => {
    const heldCard = cardOf(held, device)
    const cameCard = cardOf(came, device)
    if (cameCard === undefined) return heldCard
    if (heldCard !== undefined) {
      if (cardConflict(cameCard.head, heldCard.head)) {
        cardsInConflict = true
        return heldCard
      }
      if (compareCardHeads(cameCard.head, heldCard.head) <= 0) return heldCard
    }
    newer = true
    return cameCard
  })
  return {
    state: newer ? { name, certificate, certificateBytes, cards } : held,
    came,
    newer,
    older: order < 0 && !conflict(came.certificate, held.certificate),
    conflict: conflict(came.certificate, held.certificate),
    cardConflict: cardsInConflict,
  }
}

/** When any device last signed a card, in milliseconds since 1970; undefined without a card. */
export function confirmedMs(state: NameState): number | undefined {
  const times = state.cards.flatMap((card) => (card === undefined ? [] : [card.head.timeMs]))
  return times.length === 0 ? undefined : Math.max(...times)
}

/** Whether both hold the same certificate bytes and card heads. */
export function sameNameState(a: NameState, b: NameState): boolean {
  if (!equal(a.certificateBytes, b.certificateBytes) || a.cards.length !== b.cards.length) return false
  return a.cards.every((card, index) => {
    const other = b.cards[index]
    if (card === undefined || other === undefined) return card === other
    return equal(card.headBytes, other.headBytes)
  })
}
