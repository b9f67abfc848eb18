// A file that is published to be kept by others for a time: what a letter's attachment is.

import { toHex } from '../../stack/bytes/index.js'
import { wantedCopies } from '../../stack/custody/index.js'
import type { OwnStream } from '../publisher/index.js'
import { publishFile, type WritingContext } from './writing.js'

export interface KeptFile {
  readonly stream: OwnStream
  readonly link: string
  readonly bytes: number
  /** Custodians that have promised it by now; the node goes on asking. */
  readonly copies: number
}

/**
 * Publishes a file as an unlisted stream of its own, whose label begins with `prefix`, and asks custodians to keep it for
 * `keptMs` from now. Resolves when two have promised it, or all have answered, at the latest `waitMs` after it is on disk.
 * Throws what publishing throws, and TOO_MANY; that nobody keeps it is no error.
 */
export async function publishKeptFile(
  context: WritingContext,
  { path, prefix, keptMs, waitMs }: { path: string; prefix: string; keptMs: number; waitMs: number },
  signal: AbortSignal,
): Promise<KeptFile> {
  const { randomBytes, streams, session, custody } = context
  const label = `${prefix}${toHex(randomBytes(8))}`
  const { link, bytes } = await publishFile(context, { path, label, visibility: 'unlisted' }, () => {}, signal)
  const { stream } = await streams.open(label, 'unlisted')
  const untilMs = session.time.now().nowMs + keptMs
  await custody.duties.keep(stream.key, keptMs, untilMs)
  const copies = await custody.duties.settled(stream.key, wantedCopies, waitMs, signal)
  return { stream, link, bytes, copies: copies.filter(({ state }) => state === 'kept').length }
}
