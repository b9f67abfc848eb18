// Lies: it answers with bytes that are not what was asked for. What it passes on it changes; what it does not have it
// makes up.
//
// Manners: flip, short, long, gap, swap, forge, slander, invent, any; chunks (honest but for a bit of each chunk).

import { concat } from '../../../stack/bytes/index.js'
import {
  DataFlag,
  encodeDataHead,
  FrameType,
  InterestFlag,
  MAX_PIECE_BYTES,
  type QuestionName,
} from '../../../stack/forward/index.js'
import type { Random } from '../random.js'
import type { Asked, Leaving, Tap } from './tap.js'

export const lieManners = [
  'flip',
  'short',
  'long',
  'gap',
  'swap',
  'forge',
  'slander',
  'invent',
  'any',
  'chunks',
] as const
type LieManner = (typeof lieManners)[number]

const perPiece: readonly LieManner[] = ['flip', 'short', 'long', 'gap', 'swap', 'forge', 'slander']

/** Where `length` of a HEAD stands in an answer with one: behind LP16, the form and the log key. */
const HEAD_LENGTH_AT = 2 + 1 + 32

export function lie(tap: Tap, manner: string, random: Random): void {
  // Somebody else's answer of each kind, to give instead.
  const lately: Partial<Record<QuestionName, Uint8Array>> = {}
  if (manner === 'invent' || manner === 'any') {
    tap.handleAsked = (asked) => {
      if (manner === 'any' && random.chance(0.7)) return false
      tap.count('invent')
      tap.answer(asked, inventionFor(asked, random))
      return true
    }
    if (manner === 'invent') return
  }
  tap.handleLeaving = (leaving) => {
    if (leaving.type !== FrameType.data || leaving.data === undefined) return true
    const kind = leaving.asked?.interest.question.kind
    if (manner === 'chunks' && kind !== 'chunk') return true
    const chosen = manner === 'any' ? random.pick(perPiece) : manner === 'chunks' ? 'flip' : (manner as LieManner)
    const body = liedBody(leaving, chosen, random, kind === undefined ? undefined : lately[kind])
    if (kind !== undefined) lately[kind] = leaving.data.payload.slice()
    if (body === undefined) return true
    tap.count(chosen)
    const flags = chosen === 'slander' ? leaving.flags | DataFlag.conflict : leaving.flags
    tap.send(leaving.link, leaving.type, flags, body)
    return false
  }
}

/** The body of a DATA that lies; undefined where this manner has nothing to say about it. */
function liedBody(
  { data, asked }: Leaving,
  manner: LieManner,
  random: Random,
  other: Uint8Array | undefined,
): Uint8Array | undefined {
  if (data === undefined) return undefined
  const { payload } = data
  const isHead = asked?.interest.question.kind === 'head' && data.offset === 0
  switch (manner) {
    case 'flip': {
      const changed = payload.slice()
      const at = random.between(0, changed.length - 1)
      changed[at] = (changed[at] ?? 0) ^ (1 << random.between(0, 7))
      return concat(encodeDataHead(data), changed)
    }
    case 'short': {
      if (data.offset > 0 || payload.length < 2) return undefined
      const less = payload.subarray(0, random.between(1, payload.length - 1))
      return concat(encodeDataHead({ ...data, total: less.length }), less)
    }
    case 'long': {
      const total = Math.min(2_097_152, Math.max(data.total, (asked?.interest.answerBytes ?? 61_440) + 1))
      return concat(encodeDataHead({ ...data, total }), payload)
    }
    case 'gap': {
      const offset = data.offset + random.between(1, 1_000)
      const total = Math.min(2_097_152, data.total + 2_000)
      return concat(encodeDataHead({ ...data, offset, total }), payload)
    }
    case 'swap':
      if (other === undefined || data.offset > 0 || other.length > MAX_PIECE_BYTES) return undefined
      return concat(encodeDataHead({ ...data, total: other.length }), other)
    case 'forge': {
      // A longer log than its writer signed.
      if (!isHead || payload.length < HEAD_LENGTH_AT + 8) return undefined
      const forged = payload.slice()
      const view = new DataView(forged.buffer)
      view.setUint32(HEAD_LENGTH_AT + 4, view.getUint32(HEAD_LENGTH_AT + 4) + 1)
      return concat(encodeDataHead(data), forged)
    }
    default: {
      // A fork that is none: the same head twice.
      if (!isHead || payload.length < 215) return undefined
      const head = payload.subarray(0, 209)
      const page = Uint8Array.of(0, 1, 1)
      const slander = concat(head, head, page, payload.subarray(213))
      return concat(encodeDataHead({ ...data, total: slander.length }), slander)
    }
  }
}

function inventionFor({ interest, flags }: Asked, random: Random): Uint8Array {
  const most = Math.min(interest.answerBytes, 8_192)
  const bytes = random.bytes(random.between(1, Math.max(1, most)))
  // Half of them look like a chunk, or like what was asked for.
  if ((flags & InterestFlag.down) === 0 && random.chance(0.5)) bytes[0] = random.between(0, 7)
  return bytes
}
