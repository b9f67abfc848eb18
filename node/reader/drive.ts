// Feeds a pure walk (a file, a folder, a log) with the chunks that it wants, several at a time within a window of bytes,
// and yields what it gives, in order.

import { RunnelError } from '../../errors/index.js'
import type { Reason } from '../../stack/bytes/index.js'
import { readAhead, windowBytes } from './limits.js'
import { writerHint } from './patience.js'
import type { ReadSession } from './session.js'

/** What a walk needs of the call that it is part of. */
export type DriveSession = Pick<ReadSession, 'lendChunk' | 'openQuestions' | 'closeQuestions' | 'inFlightBytes'>

interface Wanted {
  readonly name: Uint8Array
  readonly bytes: number | undefined
  readonly likelyBytes?: number | undefined
  readonly offset?: number | undefined
}

/** What `FileReader`, `FolderWalk` and `LogReader` of stack/data have in common. */
export interface Walk<T> {
  readonly done: boolean
  readonly failed: Reason | undefined
  wanted(limit: number): readonly Wanted[]
  /** The chunk is lent: what is kept of it is copied. */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined
  take(): T[]
}

/**
 * Gives the chunk of a file's part that is at hand already, made of a file on disk; undefined: ask for it. The part
 * stands at `offset` of its file and has `bytes` bytes of it.
 */
export type LocalPart = (name: Uint8Array, offset: number, bytes: number) => Promise<Uint8Array | undefined>

const typicalBytes = 32 * 1024

/**
 * Yields the items of a walk in order. Throws what a chunk failed with, and DAMAGED when the walk refuses what it was
 * given. Whoever stops early leaves nothing behind: what is still asked for is cancelled.
 */
export async function* drive<T>(
  session: DriveSession,
  walk: Walk<T>,
  via: Uint8Array,
  what: string,
  local?: LocalPart,
): AsyncGenerator<T, void, undefined> {
  const questions = session.openQuestions()
  let inFlight = 0
  let arrived = false
  let failure: unknown
  let wake: () => void = () => {}
  const handleDone = (error?: unknown): void => {
    failure ??= error
    inFlight -= 1
    arrived = true
    wake()
  }
  const ask = ({ name, bytes, likelyBytes }: Wanted): void => {
    const take = (chunk: Uint8Array): void => void walk.handleChunk(name, chunk)
    const handleLikely = (error?: unknown): void => {
      // It has more than was likely: asked for once more, as much as a chunk can have (§10.9).
      if (!(error instanceof RunnelError && error.code === 'DAMAGED')) handleDone(error)
      else session.lendChunk(name, via, undefined, questions, take, handleDone)
    }
    const isLikely = bytes === undefined && likelyBytes !== undefined
    session.lendChunk(name, via, bytes ?? likelyBytes, questions, take, isLikely ? handleLikely : handleDone)
  }
  const look = async (wanted: Wanted, offset: number, bytes: number, at: LocalPart): Promise<void> => {
    const found = await at(wanted.name, offset, bytes - 1)
    if (found === undefined) return ask(wanted)
    walk.handleChunk(wanted.name, found)
    handleDone()
  }
  const fetch = (wanted: Wanted): void => {
    const { bytes, offset } = wanted
    inFlight += 1
    if (local === undefined || offset === undefined || bytes === undefined) ask(wanted)
    else look(wanted, offset, bytes, local).catch(handleDone)
  }
  try {
    while (!walk.done) {
      arrived = false
      // A walk always has one question of its own, however many others of the call there are: so each of them goes on.
      const room = Math.max(1 - inFlight, Math.ceil((windowBytes - session.inFlightBytes) / typicalBytes))
      if (room > 0) for (const wanted of walk.wanted(Math.min(readAhead, inFlight + room))) fetch(wanted)
      for (const item of walk.take()) {
        yield item
        arrived = true
      }
      if (failure !== undefined) throw failure
      if (walk.failed !== undefined) throw refused(what, walk.failed)
      // While the taker of an item was busy, or because there is room for more.
      if (arrived) continue
      if (inFlight === 0) throw new RunnelError('INTERNAL', `nothing more is wanted of ${what}, which is not whole`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    session.closeQuestions(questions)
  }
}

/** What the writer signed does not hold together: no neighbour's fault, and nothing of it is shown. */
export function refused(what: string, reason: Reason): RunnelError {
  if (reason === 'too-many' || reason === 'too-deep' || reason === 'too-large') {
    return new RunnelError('TOO_MANY', `${what} is larger than it says or than this node reads (${reason})`)
  }
  if (reason === 'bad-path') return new RunnelError('PATH_ESCAPES', `${what} holds a path that leaves it`)
  return new RunnelError('DAMAGED', `${what} was signed, but does not hold together (${reason})`, {
    blame: 'peer',
    hint: writerHint,
  })
}
