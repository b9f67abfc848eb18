// Feeds a pure walk (a file, a folder, a log) with the chunks that it wants, several at a time within a window of bytes,
// and yields what it gives, in order.

import { RunnelError } from '../../errors/index.js'
import type { Reason } from '../../stack/bytes/index.js'
import { readAhead, windowBytes } from './limits.js'
import type { ReadSession } from './session.js'

interface Wanted {
  readonly name: Uint8Array
  readonly bytes: number | undefined
  readonly offset?: number | undefined
}

/** What `FileReader`, `FolderWalk` and `LogReader` of stack/data have in common. */
export interface Walk<T> {
  readonly done: boolean
  readonly failed: Reason | undefined
  wanted(limit: number): readonly Wanted[]
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined
  take(): T[]
}

/**
 * Gives the chunk of a file's part that is at hand already, made of a file on disk; undefined: ask for it. The part
 * stands at `offset` of its file and has `bytes` bytes of it.
 */
export type LocalPart = (name: Uint8Array, offset: number, bytes: number) => Promise<Uint8Array | undefined>

const typicalBytes = 32 * 1024

/** Yields the items of a walk in order. Throws what a chunk failed with, and DAMAGED when the walk refuses what it was given. */
export async function* drive<T>(
  session: ReadSession,
  walk: Walk<T>,
  via: Uint8Array,
  what: string,
  local?: LocalPart,
): AsyncGenerator<T, void, undefined> {
  let inFlightBytes = 0
  let inFlight = 0
  let failure: unknown
  let wake: () => void = () => {}
  const fetch = async ({ name, bytes, offset }: Wanted): Promise<void> => {
    inFlight += 1
    inFlightBytes += bytes ?? typicalBytes
    try {
      const found = offset === undefined || bytes === undefined ? undefined : await local?.(name, offset, bytes - 1)
      const chunk = found ?? (await session.chunk(name, via, bytes))
      walk.handleChunk(name, chunk)
    } catch (error) {
      failure ??= error
    } finally {
      inFlight -= 1
      inFlightBytes -= bytes ?? typicalBytes
      wake()
    }
  }
  while (!walk.done) {
    const room = Math.max(1, Math.ceil((windowBytes - inFlightBytes) / typicalBytes))
    if (inFlightBytes < windowBytes) {
      for (const wanted of walk.wanted(Math.min(readAhead, inFlight + room))) void fetch(wanted)
    }
    yield* walk.take()
    if (failure !== undefined) throw failure
    if (walk.failed !== undefined) throw refused(what, walk.failed)
    if (walk.done) return
    if (inFlight === 0) continue
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

/** What the writer signed does not hold together: no neighbour's fault, and nothing of it is shown. */
export function refused(what: string, reason: Reason): RunnelError {
  if (reason === 'too-many' || reason === 'too-deep' || reason === 'too-large') {
    return new RunnelError('TOO_MANY', `${what} is larger than it says or than this node reads (${reason})`)
  }
  if (reason === 'bad-seal') return new RunnelError('WRONG_SECRET', `${what} does not open with this secret`)
  if (reason === 'bad-path') return new RunnelError('PATH_ESCAPES', `${what} holds a path that leaves it`)
  return new RunnelError('DAMAGED', `${what} was signed, but does not hold together (${reason})`, { blame: 'peer' })
}
