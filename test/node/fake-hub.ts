// A hub that a test answers by hand, or that answers from chunks in memory, and a reading call on it.

import type { Outcome } from '../../node/hub.js'
import { ReadSession } from '../../node/reader/session.js'
import { systemTime } from '../../node/store/index.js'
import { toHex } from '../../stack/bytes/index.js'
import { type HeldHead, OpenedDirectories } from '../../stack/data/index.js'
import type { LocalInterest } from '../../stack/forward/index.js'
import { crypto } from './temporary.js'

export const fromHop = (hops: number) => ({ hops, cached: hops > 0, ageS: 0, stale: false, neighbour: hops })

export function chunkAnswer(bytes: Uint8Array, hops = 1): Outcome {
  return { kind: 'answer', answer: { kind: 'chunk', bytes }, source: fromHop(hops) }
}

export function nack(
  reason: Extract<Outcome, { kind: 'nack' }>['reason'],
  devices: readonly Uint8Array[] = [],
): Outcome {
  const asked = devices.map((device) => ({ neighbour: 1, device, outcome: reason }))
  return { kind: 'nack', reason, asked, retryMs: 0 }
}

export interface OpenQuestion {
  readonly id: number
  readonly interest: LocalInterest
  answer(outcome: Outcome): void
}

export class FakeHub {
  readonly open = new Map<number, OpenQuestion>()
  readonly asked: LocalInterest[] = []
  readonly cancelled: number[] = []
  /** Answers a question at its next turn where it gives something. */
  respond: (interest: LocalInterest) => Outcome | undefined = () => undefined
  #nextId = 1

  ask(interest: LocalInterest, done: (outcome: Outcome) => void): number {
    const id = this.#nextId++
    this.asked.push(interest)
    const answer = (outcome: Outcome): void => {
      if (this.open.delete(id)) done(outcome)
    }
    this.open.set(id, { id, interest, answer })
    const outcome = this.respond(interest)
    if (outcome !== undefined) queueMicrotask(() => answer(outcome))
    return id
  }

  cancel(id: number): void {
    this.open.delete(id)
    this.cancelled.push(id)
  }

  /** Answers chunks from a map by their names in hex. */
  serve(chunks: ReadonlyMap<string, Uint8Array>): void {
    this.respond = ({ kind, key }) => {
      const bytes = kind === 'chunk' ? chunks.get(toHex(key)) : undefined
      return bytes && chunkAnswer(bytes)
    }
  }

  /** The question for a chunk that is open. */
  questionFor(name: Uint8Array): OpenQuestion {
    for (const question of this.open.values()) if (toHex(question.interest.key) === toHex(name)) return question
    throw new Error(`${toHex(name)} is not asked for`)
  }
}

/** A reading call on a fake hub; close it. */
export function openSession(
  hub: FakeHub,
  options: { signal?: AbortSignal; upstreamsMissing?: boolean; idleTimeoutMs?: number; seen?: HeldHead } = {},
): ReadSession {
  const { signal = new AbortController().signal, upstreamsMissing = false, idleTimeoutMs = 30_000 } = options
  const context = {
    crypto,
    time: systemTime,
    hub,
    directories: new OpenedDirectories(new Uint8Array(8)),
    upstreamsMissing: () => upstreamsMissing,
    seenHead: () => options.seen,
    handleFork: () => {},
    handleFirstByte: () => {},
    remember: () => {},
  }
  return new ReadSession(context, { idleTimeoutMs }, signal)
}
