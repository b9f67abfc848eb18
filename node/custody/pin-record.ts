// What the node's own state holds of a pin, as JSON under `pin/` and a hash of its link (docs/protocol.md §11).

import { decodeUtf8, encodeUtf8 } from '../../stack/bytes/index.js'

export interface PinnedLogRecord {
  /** Hex, as all keys here. */
  readonly log: string
  /** The newest state that is kept, in hex; empty before there is one. */
  readonly head: string
  /** A state that is being fetched, in hex: what came of it is let go of with the pin. */
  readonly coming?: string
  readonly bytes: number
  readonly chunks: number
  /** Whether all of it is here, and not only the newest of it. */
  readonly whole: boolean
  /** How much could have been kept of it then. */
  readonly roomBytes: number
}

export interface PinRecord {
  /** As it was given, without its secret, which is not kept. */
  readonly link: string
  /** Hex; where the link is of a name. */
  readonly name?: string
  /** Whether the link had a secret: then logs of further devices cannot be found. */
  readonly sealed: boolean
  readonly sizeBytes: number
  readonly sinceMs: number
  readonly logs: readonly PinnedLogRecord[]
}

export function encodePin(record: PinRecord): Uint8Array {
  return encodeUtf8(JSON.stringify(record))
}

/** Undefined for what `encodePin` did not write. */
export function decodePin(bytes: Uint8Array): PinRecord | undefined {
  let record: Partial<Record<keyof PinRecord, unknown>>
  try {
    record = JSON.parse(decodeUtf8(bytes) ?? '') as typeof record
  } catch {
    return undefined
  }
  const { link, name, sizeBytes, sinceMs, sealed, logs } = record ?? {}
  if (typeof link !== 'string' || typeof sealed !== 'boolean' || !isCount(sizeBytes) || !isCount(sinceMs))
    return undefined
  if (!Array.isArray(logs) || !logs.every(isLogRecord)) return undefined
  return { link, sealed, sizeBytes, sinceMs, logs, ...(typeof name === 'string' ? { name } : {}) }
}

function isLogRecord(value: unknown): value is PinnedLogRecord {
  if (typeof value !== 'object' || value === null) return false
  const {
    log,
    head,
    coming = '',
    bytes,
    chunks,
    whole,
    roomBytes,
  } = value as Partial<Record<keyof PinnedLogRecord, unknown>>
  const texts = [log, head, coming].every((one) => typeof one === 'string')
  return texts && typeof whole === 'boolean' && [bytes, chunks, roomBytes].every(isCount)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
