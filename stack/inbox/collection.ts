// What an owner takes of what waits for it, and what it can tell of its custodians by comparing them.

import { equal, type KeySet } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { STRANGERS_A_DAY } from './limits.js'
import type { Listed } from './message.js'
import { dayOf } from './puzzle.js'
import { type InboxReceipt, verifyInboxReceipt } from './receipt.js'

/** How many strangers' envelopes were taken on a day. */
export interface StrangerCount {
  readonly day: number
  readonly taken: number
}

/** How many more may be taken now. A day is one of the owner's clock; when that goes back, nothing is added. */
export function strangersLeft(count: StrangerCount | undefined, nowMs: number): number {
  return count === undefined || dayOf(nowMs) > count.day ? STRANGERS_A_DAY : Math.max(0, STRANGERS_A_DAY - count.taken)
}

/** The count with one more. */
export function countStranger(count: StrangerCount | undefined, nowMs: number): StrangerCount {
  const day = Math.max(dayOf(nowMs), count?.day ?? 0)
  return { day, taken: (count !== undefined && count.day === day ? count.taken : 0) + 1 }
}

/** The count with one less: what was asked for was not there any more. */
export function uncountStranger(count: StrangerCount | undefined): StrangerCount | undefined {
  return count === undefined ? undefined : { ...count, taken: Math.max(0, count.taken - 1) }
}

/** Which of a custodian's list are fetched: what was not taken before, and no more strangers than are left today. */
export function toFetch(listed: readonly Listed[], isTaken: (id: Uint8Array) => boolean, strangers: number): Listed[] {
  let left = strangers
  return listed.filter(({ id, serial }) => {
    if (isTaken(id)) return false
    return serial !== undefined || left-- > 0
  })
}

/**
 * Custodians that have signed for envelopes that they do not list, although this device has never had them from there:
 * they have dropped what they promised to keep. `listedBy`: what each that was asked in this round has listed, whole.
 */
export function droppedBy(
  crypto: Crypto,
  nowMs: number,
  witnesses: readonly InboxReceipt[],
  listedBy: readonly { readonly custodian: Uint8Array; readonly ids: KeySet; readonly displaced: number }[],
): Uint8Array[] {
  const named: Uint8Array[] = []
  for (const receipt of witnesses) {
    const asked = listedBy.find(({ custodian }) => equal(custodian, receipt.custodian))
    if (asked === undefined || asked.ids.has(receipt.envelope) || nowMs >= receipt.untilMs) continue
    if (receipt.kind === 'displaceable' && asked.displaced > 0) continue
    if (named.some((other) => equal(other, receipt.custodian))) continue
    if (verifyInboxReceipt(crypto, receipt)) named.push(receipt.custodian)
  }
  return named
}
