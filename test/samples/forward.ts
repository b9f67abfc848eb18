// What tests of forwarding have in common: chunks, a few shapes of networks, and the frames that a test's own peer speaks.

import { concat } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Answer,
  decodeInterest,
  encodeAnnounce,
  encodeDataHead,
  encodeInterest,
  encodeNack,
  FrameType,
  type Interest,
  type NackReason,
  type RouteName,
} from '../../stack/forward/index.js'
import type { LocalResult, Node, Peer, PeerHandler } from '../../stack/forward/testing/network.js'
import { patterned } from './log.js'

export interface SampleChunk {
  readonly name: Uint8Array
  readonly bytes: Uint8Array
}

/** File bytes as a chunk, different for each seed. */
export function sampleChunk(crypto: Crypto, seed = 1, length = 1_000): SampleChunk {
  const bytes = patterned(length, seed)
  bytes[0] = 3
  return { bytes, name: crypto.hash(bytes) }
}

/** Has a node hold chunks of its own and announce the log or name through which they are found. */
export function publish(
  node: Node,
  key: Uint8Array,
  chunks: readonly SampleChunk[],
  kind: Exclude<RouteName, 'device'> = 'log',
): void {
  for (const { name, bytes } of chunks) node.store.putOwnChunk(name, bytes)
  node.run(() => node.machine.announce(node.clock, kind, key))
}

/** The answer of a result, or an error that says what came instead. */
export function answerOf(result: LocalResult | undefined): Answer {
  if (result?.kind === 'answer') return result.answer
  throw new Error(result === undefined ? 'no answer yet' : `${result.reason} after ${JSON.stringify(outcomes(result))}`)
}

/** The bytes of an answered chunk. */
export function bytesOf(result: LocalResult | undefined): Uint8Array {
  const answer = answerOf(result)
  if (answer.kind !== 'chunk') throw new Error(`a ${answer.kind}`)
  return answer.bytes
}

/** The reason of a Nack, or 'answer', or 'open'. */
export function reasonOf(result: LocalResult | undefined): string {
  return result === undefined ? 'open' : result.kind === 'nack' ? result.reason : 'answer'
}

/** How each neighbour failed, in order. */
export function outcomes(result: LocalResult | undefined): string[] {
  return result?.kind === 'nack' ? result.asked.map(({ outcome }) => outcome) : []
}

/** A peer that keeps every Interest it gets and does what `answer` says with it. */
export function asked(interests: Interest[], answer: (interest: Interest, peer: Peer) => void = () => {}): PeerHandler {
  return ({ type, body }, peer) => {
    if (type !== FrameType.interest) return
    const interest = decodeInterest(body)
    if (typeof interest === 'string') throw new Error(`the machine sent an interest that is refused: ${interest}`)
    interests.push(interest)
    answer(interest, peer)
  }
}

/** Frames of a peer. */
export const speak = {
  interest(peer: Peer, interest: Partial<Interest> & Pick<Interest, 'token' | 'key' | 'question'>, flags = 0): void {
    const body = { lifetimeMs: 4_000, hops: 32, rank: 200, answerBytes: 61_440, ...interest }
    peer.send(FrameType.interest, flags, encodeInterest(body))
  },
  data(
    peer: Peer,
    token: number,
    payload: Uint8Array,
    change: { flags?: number; ageS?: number; hops?: number; bytesAllowed?: number } = {},
  ): void {
    const head = { token, offset: 0, total: payload.length, bytesAllowed: 262_144, hops: 1, ageS: 0, ...change }
    peer.send(FrameType.data, change.flags ?? 0, concat(encodeDataHead(head), payload))
  },
  piece(peer: Peer, token: number, payload: Uint8Array, from: number, to: number, total = payload.length): void {
    const head = { token, offset: from, total, bytesAllowed: 262_144, hops: 1, ageS: 0 }
    peer.send(FrameType.data, 0, concat(encodeDataHead(head), payload.subarray(from, to)))
  },
  nack(peer: Peer, token: number, reason: NackReason, retryMs = 0, bytesAllowed = 262_144): void {
    peer.send(FrameType.nack, 0, encodeNack({ token, reason, retryMs, bytesAllowed }))
  },
  announce(peer: Peer, rank: number, kind: RouteName, keys: readonly Uint8Array[], cost = 0, lifetimeS = 300): void {
    const routes = keys.map((key) => ({ kind, key, cost, lifetimeS }))
    peer.send(FrameType.announce, 0, encodeAnnounce({ rank, routes }))
  },
}
