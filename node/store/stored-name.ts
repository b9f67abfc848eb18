// What a store knows of a name, joined from its places: the certificate that supersedes, and each device's newest card head.

import { equal } from '../../stack/bytes/index.js'
import type { KnownCard, KnownCertificate, KnownName } from './remembered-names.js'
import { compareCardFields, compareCertificateFields } from './signed.js'

export interface StoredCard {
  readonly headBytes: Uint8Array
  /** Its age when it was seen, in seconds: it is older by now. */
  readonly ageS: number
  readonly seenMs: number
}

export interface StoredName {
  readonly certificateBytes: Uint8Array
  readonly ageS: number
  readonly seenMs: number
  /** The certificate is in own/. */
  readonly own: boolean
  /** In no particular order; the cards themselves are chunks. A device that the certificate does not list may be among them. */
  readonly cards: readonly StoredCard[]
}

/** Of equal ones the earlier source counts. */
export function mergeNames(...sources: { own: boolean; known: KnownName | undefined }[]): StoredName | undefined {
  let best: { own: boolean; certificate: KnownCertificate } | undefined
  const cards: KnownCard[] = []
  for (const { own, known } of sources) {
    const certificate = known?.certificate
    if (certificate !== undefined && (best === undefined || supersedes(certificate, best.certificate))) {
      best = { own, certificate }
    }
    for (const card of known?.cards ?? []) addCard(cards, card)
  }
  if (best === undefined) return undefined
  const { certificateBytes, ageS, seenMs } = best.certificate.item
  return { certificateBytes, ageS, seenMs, own: best.own, cards: cards.map(({ item }) => item) }
}

function supersedes(a: KnownCertificate, b: KnownCertificate): boolean {
  return compareCertificateFields(a.fields, b.fields) > 0
}

function addCard(cards: KnownCard[], card: KnownCard): void {
  const index = cards.findIndex((other) => equal(other.fields.device, card.fields.device))
  const known = cards[index]
  if (known === undefined) cards.push(card)
  else if (compareCardFields(card.fields, known.fields) > 0) cards[index] = card
}
