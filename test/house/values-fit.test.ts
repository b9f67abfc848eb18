// What strangers can have written into a node's own state, all bounds together: it fits, and leaves room for its owner's.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeStoredCustody } from '../../node/custody/custody-record.js'
import * as mail from '../../node/inbox/limits.js'
import { VALUES_BYTES_MAX, VALUES_MAX } from '../../node/store/limits.js'
import { maxRecords } from '../../stack/custody/limits.js'
import * as inbox from '../../stack/inbox/limits.js'
import { MAX_CERTIFICATE_BYTES } from '../../stack/name/limits.js'
import { filled } from '../samples/name.js'

const test = suite('bounds of what is written down')
const numbers = Number.MAX_SAFE_INTEGER
const ticketBytes = 152
const letterBytes = 256

test('promises, letters and tickets fit into a node’s own values, and some is left for what its owner has', () => {
  const [key, head] = [filled(1), new Uint8Array(207)]
  const record = {
    client: key,
    log: key,
    name: key,
    headBytes: head,
    bytes: numbers,
    chunks: numbers,
    untilMs: numbers,
  }
  const promises = maxRecords * encodeStoredCustody({ record, client: key, log: key, coming: head }).length
  const letters = 2 * mail.maxWaitingBytes + (mail.maxWaitingLetters + mail.maxRememberedLetters) * letterBytes
  const tickets = mail.maxHeldNames * mail.maxHeldTickets * ticketBytes
  assert.ok(promises + letters + tickets < VALUES_BYTES_MAX, `${promises} + ${letters} + ${tickets}`)
  assert.ok(maxRecords + mail.maxRememberedLetters + mail.maxWaitingLetters + mail.maxHeldNames < 0.75 * VALUES_MAX)
})

test('inboxes of others fit into the values of kept/', () => {
  const boxes = inbox.MAX_BOXES * (64 + MAX_CERTIFICATE_BYTES)
  const shelves = (2 * inbox.MAX_ENTRIES) / inbox.SHELF_ENTRIES
  assert.ok(boxes + inbox.MAX_RECORD_BYTES < VALUES_BYTES_MAX)
  assert.ok(inbox.MAX_BOXES * 2 + shelves < VALUES_MAX)
  assert.ok(16 * inbox.MAX_BOX_RECORD_BYTES <= inbox.MAX_RECORD_BYTES)
  assert.ok(16 * inbox.MAX_BOX_ENTRIES <= inbox.MAX_ENTRIES)
})

test.run()
