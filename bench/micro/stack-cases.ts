// What every packet and every look-up costs in TypeScript, whichever provider there is.

import { CachePolicy } from '../../node/store/cache-policy.js'
import { KeyMap } from '../../stack/bytes/index.js'
import { decodeData, decodeInterest, encodeDataHead, encodeInterest } from '../../stack/forward/wire/index.js'
import { Random } from '../../test/simulator/random.js'

export interface StackCase {
  readonly name: string
  readonly make: () => () => unknown
}

const random = new Random('micro')
const keys = Array.from({ length: 10_000 }, () => random.bytes(32))
const key = keys[0] ?? new Uint8Array(32)

const interest = {
  token: 7,
  lifetimeMs: 4_000,
  hops: 16,
  rank: 2,
  answerBytes: 61_440,
  key,
  question: { kind: 'chunk', via: key },
} as const

export const stackCases: readonly StackCase[] = [
  { name: '`KeyMap.get`, one of 10,000', make: looking },
  { name: '`encodeInterest`, a chunk', make: () => () => encodeInterest(interest) },
  { name: '`decodeInterest`, a chunk', make: decodingInterest },
  { name: '`decodeData`, 16 KiB', make: decodingData },
  { name: '`CachePolicy`, one comes and one goes', make: evicting },
]

function looking(): () => unknown {
  const map = new KeyMap<number>(random.bytes(8))
  for (const [index, one] of keys.entries()) map.set(one, index)
  let at = 0
  return () => {
    at = at + 1 < keys.length ? at + 1 : 0
    return map.get(keys[at] ?? key)
  }
}

function decodingInterest(): () => unknown {
  const bytes = encodeInterest(interest)
  return () => decodeInterest(bytes)
}

function decodingData(): () => unknown {
  const payload = random.bytes(16_384)
  const head = encodeDataHead({ token: 7, offset: 0, total: 16_384, bytesAllowed: 262_144, hops: 1, ageS: 0 })
  const body = Buffer.concat([head, payload])
  return () => decodeData(body)
}

function evicting(): () => unknown {
  const policy = new CachePolicy(1_000 * 8_000)
  let row = 0
  for (; row < 1_000; row++) policy.added(row, 8_000, random.next())
  let free = row
  return () => {
    policy.added(free, 8_000, random.next())
    const gone = policy.evict()
    policy.gone(gone)
    free = gone
    return gone
  }
}
