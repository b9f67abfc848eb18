// The bytes of a file, or a range of them, verified and in order.

import { RunnelError } from '../../errors/index.js'
import { openFileReader } from '../../stack/data/index.js'
import { drive, type LocalPart } from './drive.js'
import type { ReadSession } from './session.js'

export interface FileRoot {
  readonly child: Uint8Array
  readonly id: Uint8Array
  readonly bytes: number
}

/** Yields [from, to) of a file; `to` beyond its end is its end. Throws BAD_ARGUMENT for a range that begins beyond it. */
export function readFile(
  session: ReadSession,
  scope: Uint8Array,
  file: FileRoot,
  via: Uint8Array,
  what: string,
  range: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
  local?: LocalPart,
  room?: (bytes: number) => Uint8Array | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const from = range.from ?? 0
  const to = Math.min(range.to ?? file.bytes, file.bytes)
  if (from > file.bytes || to < from) {
    throw new RunnelError(
      'BAD_ARGUMENT',
      `bytes ${from} to ${range.to ?? file.bytes} of ${what}, which has ${file.bytes}`,
    )
  }
  return drive(session, openFileReader(session.crypto, scope, file, { from, to, room }), via, what, local)
}
