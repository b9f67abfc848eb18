// A hub's answers for names, heads and chunks of the samples, all of them verified: for tests of what a reader makes of
// several logs.

import type { Outcome } from '../../node/hub.js'
import { toHex } from '../../stack/bytes/index.js'
import type { ForkProof, HeldHead } from '../../stack/data/index.js'
import type { LocalInterest } from '../../stack/forward/index.js'
import type { NameState } from '../../stack/name/index.js'
import type { SampleLog } from '../samples/log.js'
import { chunkAnswer, fromHop, nack } from './fake-hub.js'
import { crypto } from './temporary.js'

export class FakeStreams {
  readonly heads = new Map<string, HeldHead>()
  /** Proofs that come with heads. */
  readonly forks = new Map<string, ForkProof>()
  readonly chunks = new Map<string, Uint8Array>()
  state: NameState | undefined

  /** The newest head of each, and its chunks. */
  serve(...logs: readonly SampleLog[]): void {
    for (const log of logs) {
      this.heads.set(toHex(log.log), log.held)
      for (const [name, chunk] of log.chunks) this.chunks.set(name, chunk)
    }
  }

  /** Keeps a chunk and gives its name. */
  store(chunk: Uint8Array): Uint8Array {
    const name = crypto.hash(chunk)
    this.chunks.set(toHex(name), chunk)
    return name
  }

  readonly respond = ({ kind, key }: LocalInterest): Outcome => {
    const [held, chunk] = [this.heads.get(toHex(key)), this.chunks.get(toHex(key))]
    if (kind === 'head' && held !== undefined)
      return { kind: 'answer', answer: { kind, held, fork: this.forks.get(toHex(key)) }, source: fromHop(0) }
    if (kind === 'name' && this.state !== undefined)
      return { kind: 'answer', answer: { kind, state: this.state, conflict: false }, source: fromHop(0) }
    return kind === 'chunk' && chunk !== undefined ? chunkAnswer(chunk) : nack('NoRoute')
  }
}
