// The steps of one commit: runs go into the open page, which is closed when the next does not fit. It works on a copy of
// the state, and gathers what has to be stored.

import type { Crypto } from '../crypto/index.js'
import { type LogState, lengthOf, newOpenPage, withRun } from './log-state.js'
import { encodeRun } from './run.js'
import { type NewEntry, planRun } from './run-plan.js'

export class LogDraft {
  /** Runs of what is the open page now; those of a page that was closed since are in its chunk. */
  readonly runs: { readonly position: number; readonly bytes: Uint8Array }[] = []
  readonly chunks: { readonly name: Uint8Array; readonly bytes: Uint8Array }[] = []
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  #state: LogState

  constructor(crypto: Crypto, scope: Uint8Array, state: LogState) {
    this.#crypto = crypto
    this.#scope = scope
    this.#state = { ...state, edge: state.edge.copy() }
  }

  /** Adds all entries, which have been checked, with their times; gives the state with them. */
  add(entries: readonly NewEntry[], timesMs: readonly number[]): LogState {
    let sequence = lengthOf(this.#state)
    let didClose = false
    for (let index = 0; index < entries.length; ) {
      const { chunk, children } = this.#state.page
      const plan = planRun(entries, index, timesMs, chunk.length, children)
      if (plan.entries.length === 0) {
        this.#closePage()
        didClose = true
        continue
      }
      const run = encodeRun(this.#crypto, this.#scope, sequence, plan.entries, plan.children)
      this.runs.push({ position: chunk.length, bytes: run })
      this.#state = { ...this.#state, page: withRun(this.#state.page, run, plan) }
      index += plan.entries.length
      sequence += plan.entries.length
    }
    // Only now: what stands above the last page of several is made once.
    return didClose ? { ...this.#state, closed: this.#state.edge.root(this.#crypto, this.#emit) } : this.#state
  }

  #closePage(): void {
    const { edge, page } = this.#state
    const { chunk, entries, bytes, reachable } = page
    const name = this.#crypto.hash(chunk)
    this.#emit(name, chunk)
    edge.push(this.#crypto, { name, entries, bytes, reachable }, this.#emit)
    this.#state = { ...this.#state, page: newOpenPage() }
    this.runs.length = 0
  }

  readonly #emit = (name: Uint8Array, bytes: Uint8Array): void => {
    this.chunks.push({ name, bytes })
  }
}
