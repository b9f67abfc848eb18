// The numbers of docs/protocol.md §9 and §10: frame types, flags, kinds of question, reasons of a Nack.

/** Types of the frames that this folder speaks (§9). */
export const FrameType = {
  udp: 0x06,
  observed: 0x07,
  interest: 0x10,
  data: 0x11,
  nack: 0x12,
  announce: 0x14,
  open: 0x18,
  accept: 0x19,
  bytes: 0x1a,
  credit: 0x1b,
  close: 0x1c,
  label: 0x1d,
} as const

/** Bit of a frame's type: may be skipped when the type is unknown (§9). */
export const SKIPPABLE = 0x80

/** Flags of an INTEREST (§10.1); other bits are ignored. */
export const InterestFlag = { live: 0x01, down: 0x08, staleOk: 0x10 } as const

/** Flags of a DATA (§10.2); other bits are ignored. */
export const DataFlag = { cached: 0x01, conflict: 0x02, stale: 0x04 } as const

/** What a question asks for (§10.1). */
export const QuestionKind = { name: 1, head: 2, chunk: 3 } as const

export type QuestionName = keyof typeof QuestionKind

/** What a route leads to (§10.6). */
export const RouteKind = { name: 0, log: 1, device: 2 } as const

export type RouteName = keyof typeof RouteKind

/** Why a hop does not answer (§10.9). It speaks for that hop only. */
export type NackReason = 'NoRoute' | 'Busy' | 'NotYet' | 'Expired' | 'Policy' | 'TooBig' | 'Quota' | 'Bad'

/** The number of each reason on the wire; 6 is reserved. */
export const NACK_CODE: { readonly [reason in NackReason]: number } = {
  NoRoute: 1,
  Busy: 2,
  NotYet: 3,
  Expired: 4,
  Policy: 5,
  TooBig: 7,
  Quota: 8,
  Bad: 9,
}

const REASON_OF_CODE = new Map(Object.entries(NACK_CODE).map(([reason, code]) => [code, reason as NackReason]))

/** The reason that a number stands for, or undefined. */
export function nackReason(code: number): NackReason | undefined {
  return REASON_OF_CODE.get(code)
}

/** Flags of an OPEN (§10.11); other bits are ignored. */
export const OpenFlag = { down: 0x08 } as const

type KnownCloseReason = 'Done' | 'NoRoute' | 'Busy' | 'Expired' | 'LinkDown' | 'Bad' | 'Reset' | 'Hops'

/**
 * Why a channel ends (§10.11). Before ACCEPT it speaks for the hops on this way only. `Unknown` and its number is one that a
 * later version has: it ends the channel too, and is passed on as it came.
 */
export type CloseReason = KnownCloseReason | `Unknown${number}`

/** The number of each reason on the wire. */
export const CLOSE_CODE: { readonly [reason in KnownCloseReason]: number } = {
  Done: 0,
  NoRoute: 1,
  Busy: 2,
  Expired: 3,
  LinkDown: 4,
  Bad: 5,
  Reset: 6,
  Hops: 7,
}

const CLOSE_OF_CODE = new Map(Object.entries(CLOSE_CODE).map(([reason, code]) => [code, reason as CloseReason]))
const UNKNOWN = 'Unknown'

/** The reason that a number of 0 to 255 stands for. */
export function closeReason(code: number): CloseReason {
  return CLOSE_OF_CODE.get(code) ?? `${UNKNOWN}${code}`
}

/** The number of a reason. */
export function closeCode(reason: CloseReason): number {
  return isKnown(reason) ? CLOSE_CODE[reason] : Number(reason.slice(UNKNOWN.length))
}

function isKnown(reason: CloseReason): reason is KnownCloseReason {
  return Object.hasOwn(CLOSE_CODE, reason)
}

/** Bytes of a frame's body at most: what one record of the link holds (§9). */
export const MAX_BODY_BYTES = 65_515

/** The rank below which nobody is (§10.5); 255 is no rank. */
export const MAX_RANK = 254

/** Nodes that may forward an Interest, at most (§10.1). */
export const MAX_HOPS = 32
