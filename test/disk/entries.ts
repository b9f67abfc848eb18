// The entries of a log, read from a store the way a reader does: head verified, trees walked, runs opened.

import type { Store } from '../../node/store/index.js'
import { crypto } from '../../node/store/testing/samples.js'
import { decodeUtf8, fromHex } from '../../stack/bytes/index.js'
import { runScope } from '../../stack/crypto/index.js'
import { LogReader, openHeldHead, openRun } from '../../stack/data/index.js'

/** All entries of an own log in order, or why they cannot be read. Undefined when there is no such log. */
export function readEntries(
  store: Store,
  log: Uint8Array,
  secret: Uint8Array | undefined,
): Uint8Array[] | string | undefined {
  const stored = store.head(log)
  if (stored === undefined) return undefined
  const held = openHeldHead(crypto, Number.MAX_SAFE_INTEGER, log, stored.headBytes, stored.page)
  if (typeof held === 'string') return `its head is refused: ${held}`
  const reader = new LogReader(held, { unit: 'sequence', from: 0, to: held.head.length })
  const scope = runScope(crypto, log, secret)
  const entries: Uint8Array[] = []
  while (reader.result() === undefined) {
    for (let page = reader.pollPage(); page !== undefined; page = reader.pollPage()) {
      for (const run of page.page.runs) {
        const opened = openRun(crypto, scope, run)
        if (typeof opened === 'string') return `a run does not open: ${opened}`
        entries.push(...opened.map(({ bytes }) => bytes))
      }
    }
    const [name] = reader.wanted()
    if (name === undefined) continue
    const chunk = store.readChunk(name)
    if (chunk === undefined) return 'a chunk of its tree is gone'
    reader.handleChunk(name, chunk.bytes)
  }
  return reader.result() === 'done' ? entries : `its tree is refused: ${reader.result()}`
}

/** The secret of an unlisted stream, from the record that is kept of it; undefined for a public one. */
export function secretOf(recordBytes: Uint8Array): Uint8Array | undefined {
  const record = JSON.parse(decodeUtf8(recordBytes) ?? '{}') as { readonly secret?: string }
  return record.secret === undefined ? undefined : fromHex(record.secret)
}
