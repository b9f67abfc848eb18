// Where a follower is in a stream: of each log the sequence that comes next, as the id of a Server-Sent Event. Total: any
// Last-Event-ID gives a position or none.

import { maxPositionLogs } from './limits.js'

export class Position {
  readonly #next: Map<string, number>

  constructor(next: Readonly<Record<string, number>> = {}) {
    this.#next = new Map(Object.entries(next))
  }

  /** Moves behind an entry. */
  pass({ log, sequence }: { readonly log: string; readonly sequence: number }): void {
    this.#next.set(log, sequence + 1)
  }

  /** `LOG:SEQUENCE`, with commas between. */
  toString(): string {
    return [...this.#next].map(([log, sequence]) => `${log}:${sequence}`).join(',')
  }
}

/** What `Position.toString` wrote; undefined for anything else. */
export function readPosition(text: string): Record<string, number> | undefined {
  const parts = text.split(',', maxPositionLogs + 1)
  if (parts.length > maxPositionLogs) return undefined
  const next = new Map<string, number>()
  for (const part of parts) {
    const [, log, digits] = /^([a-z2-7]{56}):(\d{1,16})$/.exec(part) ?? []
    const sequence = Number(digits)
    if (log === undefined || !Number.isSafeInteger(sequence)) return undefined
    next.set(log, sequence)
  }
  return Object.fromEntries(next)
}
