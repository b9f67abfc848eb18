// Entries as lines: JSON as `runnel tail --json` has it, or the bytes themselves.

import type { LogEntry } from '../../api/index.js'

/** One line of JSON: what is UTF-8 as `text`, the rest as `base64`; of a long entry and of a site what they are. */
export function entryJson({ bytes, ...entry }: LogEntry): string {
  if (entry.long || entry.site !== undefined) return JSON.stringify(entry)
  const text = textOf(bytes)
  return JSON.stringify(
    text === undefined ? { ...entry, base64: Buffer.from(bytes).toString('base64') } : { ...entry, text },
  )
}

/** The text of bytes that are UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
