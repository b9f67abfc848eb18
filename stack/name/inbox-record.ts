// Inbox records of a card: a key that messages to this device are sealed to during some days, and who keeps them until the
// device comes for them (protocol §6.6). A device lists several: the one of now, and those of the weeks to come, so that it
// can be written to while it is off.
//
//   3 inbox   timeMs u64 | HPKE key 32 | fromMs u64 | untilMs u64 | n u8 (1..4) × custodian device 32

import type { Reason } from '../bytes/index.js'
import { equal, Reader, Writer } from '../bytes/index.js'
import { key } from './field.js'
import { KEY_BYTES, MAX_INBOX_CUSTODIANS, MAX_INBOX_KEY_MS } from './limits.js'

/** One key of a device's inbox. */
export interface InboxRecord {
  type: 'inbox'
  timeMs: number
  /** X25519. */
  key: Uint8Array
  /** Messages are sealed to it from here until before `untilMs`, at most 14 days. */
  fromMs: number
  untilMs: number
  /** Device keys of one to four custodians, all different. */
  custodians: readonly Uint8Array[]
}

/** The body of a record of type 3. Throws RangeError for what a decoder would refuse. */
export function encodeInboxBody(record: InboxRecord): Uint8Array {
  const { custodians, fromMs, untilMs } = record
  const reason = refusal(record)
  if (reason !== undefined) throw new RangeError(`an inbox record that is ${reason}`)
  const writer = new Writer(256).u64(record.timeMs).put(key(record.key)).u64(fromMs).u64(untilMs).u8(custodians.length)
  for (const custodian of custodians) writer.put(key(custodian))
  return writer.bytes()
}

/** Reads it; byte strings are views. */
export function decodeInboxBody(body: Uint8Array): InboxRecord | Reason {
  const reader = new Reader(body)
  const timeMs = reader.u64()
  const hpkeKey = reader.take(KEY_BYTES)
  const fromMs = reader.u64()
  const untilMs = reader.u64()
  const count = reader.u8()
  if (count > MAX_INBOX_CUSTODIANS) reader.fail('bad-count')
  const custodians: Uint8Array[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) custodians.push(reader.take(KEY_BYTES))
  const refused = reader.end()
  if (refused !== undefined) return refused
  const record: InboxRecord = { type: 'inbox', timeMs, key: hpkeKey, fromMs, untilMs, custodians }
  return refusal(record) ?? record
}

function refusal({ custodians, fromMs, untilMs }: InboxRecord): Reason | undefined {
  if (custodians.length < 1 || custodians.length > MAX_INBOX_CUSTODIANS) return 'bad-count'
  if (fromMs >= untilMs || untilMs - fromMs > MAX_INBOX_KEY_MS) return 'bad-range'
  const distinct = custodians.every((later, at) => !custodians.slice(0, at).some((earlier) => equal(earlier, later)))
  return distinct ? undefined : 'bad-order'
}
