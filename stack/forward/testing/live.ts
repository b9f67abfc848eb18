// A node that follows a log, and neighbours of it whose part in that a test plays by hand: what each was asked to keep up to
// date, and what was ended.

import { encodeHeadAnswer, type HeldHead, haveOfHead } from '../../data/index.js'
import { decodeData, decodeInterest, decodeNack, FrameType, type Interest, InterestFlag } from '../index.js'
import type { Network, Node, Peer } from './network.js'

export interface LivePeer extends Peer {
  readonly id: number
  /** Every live question and renewal, in order. */
  readonly interests: Interest[]
  /** With DOWN, by token. */
  readonly down: Set<number>
  /** Tokens that were ended. */
  readonly ended: number[]
  /** Other questions. */
  readonly ordinary: Interest[]
  /** Bytes of the payloads that it was given. */
  readonly given: number[]
  /** Reasons of Nacks. */
  readonly nacks: string[]
  /** Done for each live question, and each renewal. */
  answer: (interest: Interest) => void
  close(): void
}

/** A neighbour that says nothing by itself. */
export function livePeer(
  network: Network,
  node: Node,
  options: { readonly upstream?: boolean; readonly rank?: number },
): LivePeer {
  const interests: Interest[] = []
  const down = new Set<number>()
  const ended: number[] = []
  const ordinary: Interest[] = []
  const given: number[] = []
  const nacks: string[] = []
  const peer = network.peer(
    node,
    ({ type, flags, body }) => {
      const data = type === FrameType.data ? decodeData(body) : undefined
      if (typeof data === 'object') given.push(data.payload.length)
      const nack = type === FrameType.nack ? decodeNack(body) : undefined
      if (typeof nack === 'object') nacks.push(nack.reason)
      const interest = type === FrameType.interest ? decodeInterest(body) : undefined
      if (typeof interest !== 'object') return
      if ((flags & InterestFlag.live) === 0) ordinary.push(interest)
      else if (interest.answerBytes === 0) ended.push(interest.token)
      else {
        interests.push(interest)
        if ((flags & InterestFlag.down) !== 0) down.add(interest.token)
        played.answer(interest)
      }
    },
    options,
  )
  const played: LivePeer = { ...peer, interests, down, ended, ordinary, given, nacks, answer: () => {} }
  return played
}

export interface Following {
  /** Lengths that it was told, in order. */
  readonly lengths: number[]
  /** Whether somebody keeps it up to date, as it was told last. */
  reached(): boolean | undefined
  readonly requestId: number
}

/** Has the local program follow a log. */
export function followLog(node: Node, log: Uint8Array, change: { maxAgeS?: number; hops?: number } = {}): Following {
  const lengths: number[] = []
  const before = node.handleAnswer
  let requestId = 0
  node.handleAnswer = (event) => {
    before(event)
    if (requestId !== 0 && event.requestId !== requestId) return
    if (event.kind === 'answer' && event.answer.kind === 'head') lengths.push(event.answer.held.head.length)
  }
  requestId = node.ask({ kind: 'head', key: log, maxAgeS: 60, lifetimeMs: 60_000, live: true, ...change })
  const reached = (): boolean | undefined =>
    node.events
      .flatMap((event) => (event.kind === 'live' && event.requestId === requestId ? [event.reached] : []))
      .at(-1)
  return { lengths, reached, requestId }
}

/** The answer with a head for an asker that has `have`, or nothing. */
export function headPayload(network: Network, held: HeldHead, have?: HeldHead): Uint8Array {
  return encodeHeadAnswer(network.crypto, held, haveOfHead(have))
}
