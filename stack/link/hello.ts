// The payload of both handshake messages, docs/protocol.md §8. It is sealed, so it tells only the device that it is for.
//
//   timeMs u64 | lowest version u8 | highest version u8 | features u32 | rank u8 | device key 32

import { Reader, type Reason, Writer } from '../bytes/index.js'

export const HELLO_BYTES = 47

/** Ranks are at most this (§10.5). */
const MAX_RANK = 254

/** The versions of this protocol that a side speaks, both ends included. */
export interface VersionRange {
  readonly lowest: number
  readonly highest: number
}

/** What this implementation speaks. */
export const ownVersions: VersionRange = { lowest: 1, highest: 1 }

export interface Hello {
  /** The sender's clock. */
  readonly timeMs: number
  readonly versions: VersionRange
  /** 32 bits; unknown ones are ignored. Version 1 has none. */
  readonly features: number
  /** How far the sender is from a root, 0 to 254. */
  readonly rank: number
  /** The sender's Ed25519 key, 32 bytes. Not checked here. */
  readonly device: Uint8Array
}

/** 47 bytes. Throws RangeError for a field that does not fit. */
export function encodeHello(hello: Hello): Uint8Array {
  if (hello.rank > MAX_RANK) throw new RangeError(`a rank of ${hello.rank} where ${MAX_RANK} is the last`)
  return new Writer(new Uint8Array(HELLO_BYTES))
    .u64(hello.timeMs)
    .u8(hello.versions.lowest)
    .u8(hello.versions.highest)
    .u32(hello.features)
    .u8(hello.rank)
    .put(hello.device)
    .bytes()
}

/** Reads a payload; `device` is a view of it. */
export function decodeHello(bytes: Uint8Array): Hello | Reason {
  const reader = new Reader(bytes)
  const timeMs = reader.u64()
  const versions = { lowest: reader.u8(), highest: reader.u8() }
  const features = reader.u32()
  const rank = reader.u8()
  const device = reader.take(32)
  const refusal = reader.end()
  if (refusal !== undefined) return refusal
  if (versions.lowest === 0 || versions.lowest > versions.highest) return 'bad-range'
  if (rank > MAX_RANK) return 'bad-rank'
  return { timeMs, versions, features, rank, device }
}

/** The version to speak: the highest that both have; undefined without one. */
export function commonVersion(a: VersionRange, b: VersionRange): number | undefined {
  const highest = Math.min(a.highest, b.highest)
  return highest >= Math.max(a.lowest, b.lowest) ? highest : undefined
}
