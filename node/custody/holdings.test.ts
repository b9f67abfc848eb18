// What a custodian holds, and what it makes known of that.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plenty } from '../../test/node/custody.js'
import { crypto } from '../../test/node/temporary.js'
import { filled } from '../../test/samples/name.js'
import { custodyKey, encodeStoredCustody } from './custody-record.js'
import { Holdings, type HoldingsContext } from './holdings.js'
import { maxAnnounced } from './limits.js'

const test = suite('node/custody/holdings')

test('what is kept for others takes at most half of what a node may announce, and gives it back', async () => {
  const client = filled(9)
  const stored = Array.from({ length: maxAnnounced + 10 }, (_, number) => {
    const log = new Uint8Array(32)
    new DataView(log.buffer).setUint32(0, number)
    const record = { client, log, name: undefined, headBytes: filled(1), bytes: 1, chunks: 1, untilMs: 1 }
    return { key: custodyKey(client, log), bytes: encodeStoredCustody({ record, client, log, coming: undefined }), log }
  })
  const announced = new Set<string>()
  const hub = {
    announce: (_: string, key: Uint8Array) => void announced.add(String(key)),
    withdraw: (_: string, key: Uint8Array) => void announced.delete(String(key)),
  }
  const store = { values: () => stored, readKept: () => undefined, setValue: async () => {} }
  const trees = { addSource: () => {}, release: async () => ({ bytes: 0, chunks: 0 }) }
  const isNone = (): boolean => false
  const context = { crypto, store, trees, hub, isOwn: isNone, isPinned: isNone, policy: plenty }
  const holdings = new Holdings(context as unknown as HoldingsContext)
  assert.is(holdings.ledger.size, maxAnnounced + 10)
  assert.is(announced.size, maxAnnounced)
  for (const { log } of stored.slice(0, 5)) await holdings.drop(client, log)
  for (const { log } of stored.slice(-5)) await holdings.drop(client, log)
  assert.is(announced.size, maxAnnounced - 5)
})

test.run()
