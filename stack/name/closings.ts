// Closings: where the logs of struck devices end (protocol §6.7). A certificate names the chunk, so who struck the device
// says it; a closed log is read up to here, whichever card lists it, and no later head of it is believed.
//
//   CLOSINGS = 07 | d u8 (≤ 32) | d × { device key 32 | LP16(CARD HEAD) | l u16 (≤ 256) | l × CLOSED }
//   CLOSED   = log key 32 | length u64 | closed root 32 | open page 32

import type { Reason } from '../bytes/index.js'
import { equal, Reader, toHex, Writer } from '../bytes/index.js'
import { type CardHead, decodeCardHead, encodeCardHead } from './card-head.js'
import { key } from './field.js'
import { CARD_HEAD_BYTES, KEY_BYTES, MAX_CHUNK_BYTES, MAX_CLOSED_DEVICES, MAX_CLOSED_LOGS } from './limits.js'

/** Where a log ends. */
export interface ClosedLog {
  log: Uint8Array
  /** Entries. */
  length: number
  closedRoot: Uint8Array
  openPage: Uint8Array
}

/** A struck device: its last card that counts, undefined where it had none, and its logs. */
export interface ClosedDevice {
  device: Uint8Array
  cardHead: CardHead | undefined
  logs: readonly ClosedLog[]
}

const CLOSINGS_KIND = 0x07

/** Writes a closings chunk. Throws RangeError where it does not fit one, or lists a device or a log twice. */
export function encodeClosings(devices: readonly ClosedDevice[]): Uint8Array {
  if (devices.length > MAX_CLOSED_DEVICES) throw new RangeError(`${devices.length} struck devices`)
  const writer = new Writer(1_024).u8(CLOSINGS_KIND).u8(devices.length)
  for (const { device, cardHead, logs } of devices) {
    if (logs.length > MAX_CLOSED_LOGS) throw new RangeError(`${logs.length} closed logs of a device`)
    if (cardHead !== undefined && !equal(cardHead.device, device)) throw new RangeError("another device's card")
    writer.put(key(device)).lp16(cardHead === undefined ? new Uint8Array(0) : encodeCardHead(cardHead))
    writer.u16(logs.length)
    for (const closed of logs) {
      writer.put(key(closed.log)).u64(closed.length).put(key(closed.closedRoot)).put(key(closed.openPage))
    }
  }
  if (writer.length > MAX_CHUNK_BYTES) throw new RangeError(`closings of ${writer.length} bytes do not fit a chunk`)
  if (!areDistinct(devices)) throw new RangeError('a device or a log is closed twice')
  return writer.bytes()
}

/**
 * Reads a closings chunk: all of `chunk`; byte strings are views. The card heads' signatures are not checked: who signed
 * the certificate answers for them.
 * 'not-member': a card head of another device; 'bad-order': a device or a log twice, which could contradict itself.
 */
export function decodeClosings(chunk: Uint8Array): ClosedDevice[] | Reason {
  if (chunk.length > MAX_CHUNK_BYTES) return 'too-long'
  const reader = new Reader(chunk)
  if (reader.u8() !== CLOSINGS_KIND) reader.fail('bad-kind')
  const count = reader.u8()
  if (count > MAX_CLOSED_DEVICES) reader.fail('bad-count')
  const devices: ClosedDevice[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    const closed = readDevice(reader)
    if (typeof closed === 'string') return closed
    devices.push(closed)
  }
  return reader.end() ?? (areDistinct(devices) ? devices : 'bad-order')
}

/** Where a log ends by these closings; undefined when it is not closed. */
export function closingOf(devices: readonly ClosedDevice[], log: Uint8Array): ClosedLog | undefined {
  for (const device of devices) {
    const closed = device.logs.find((candidate) => equal(candidate.log, log))
    if (closed !== undefined) return closed
  }
  return undefined
}

function readDevice(reader: Reader): ClosedDevice | Reason {
  const device = reader.take(KEY_BYTES)
  const headBytes = reader.lp16(CARD_HEAD_BYTES)
  const count = reader.u16()
  if (count > MAX_CLOSED_LOGS) reader.fail('bad-count')
  const logs: ClosedLog[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    logs.push({
      log: reader.take(KEY_BYTES),
      length: reader.u64(),
      closedRoot: reader.take(KEY_BYTES),
      openPage: reader.take(KEY_BYTES),
    })
  }
  if (reader.failed !== undefined) return reader.failed
  const cardHead = headBytes.length === 0 ? undefined : decodeCardHead(headBytes)
  if (typeof cardHead === 'string') return cardHead
  if (cardHead !== undefined && !equal(cardHead.device, device)) return 'not-member'
  return { device, cardHead, logs }
}

// A chunk has room for some 590 logs, and closings are read once a certificate: text keys are cheap enough here.
function areDistinct(devices: readonly ClosedDevice[]): boolean {
  const logs = devices.flatMap((closed) => closed.logs)
  return (
    new Set(devices.map((closed) => toHex(closed.device))).size === devices.length &&
    new Set(logs.map((closed) => toHex(closed.log))).size === logs.length
  )
}
