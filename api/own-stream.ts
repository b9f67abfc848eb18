// A stream that this node writes.

import type { Caller, CallOptions } from './caller.js'
import { durationS } from './duration.js'
import type { Result, Visibility } from './protocol/index.js'

export interface AppendOptions extends CallOptions<'append'> {
  /** Has the stream kept by others for so long ('30d', '12h', or seconds); resolves with what they promised. */
  readonly keep?: string | number
}

export class OwnStream {
  readonly #caller: Caller
  readonly link: string
  readonly label: string
  readonly visibility: Visibility
  readonly log: string

  constructor(caller: Caller, created: Result<'createStream'>) {
    this.#caller = caller
    this.link = created.link
    this.label = created.label
    this.visibility = created.visibility
    this.log = created.log
  }

  /** Appends one entry or several; resolves when they are on disk. `first` is the sequence of the first one. */
  async append(
    entries: Uint8Array | string | readonly (Uint8Array | string)[],
    { keep, ...options }: AppendOptions = {},
  ): Promise<Result<'append'>> {
    const list = typeof entries === 'string' || entries instanceof Uint8Array ? [entries] : entries
    const bytes = list.map((entry) => (typeof entry === 'string' ? new TextEncoder().encode(entry) : entry))
    const kept = keep === undefined ? {} : { keepS: durationS(keep) }
    return this.#caller.call('append', { label: this.label, entries: bytes, ...kept }, options)
  }
}
