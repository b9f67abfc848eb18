// What the node's own state holds of custody, as JSON (docs/protocol.md §11): under `custody/`, the client and the log, what
// is kept for others; under `keep/` and the log, what others are to keep for this node. Keys and signed bytes are hex.

import { decodeUtf8, encodeUtf8, fromHex, toHex } from '../../stack/bytes/index.js'
import { type Copy, type CustodyRecord, type Duty, decodeReceipt, encodeReceipt } from '../../stack/custody/index.js'

export interface StoredCustody {
  /** Undefined while its first state is being fetched. */
  readonly record: CustodyRecord | undefined
  readonly client: Uint8Array
  readonly log: Uint8Array
  /** The HEAD of a state that is being fetched: what came of it is let go of when it is given up. */
  readonly coming: Uint8Array | undefined
}

export function custodyKey(client: Uint8Array, log: Uint8Array): string {
  return `custody/${toHex(client)}/${toHex(log)}`
}

export function encodeStoredCustody({ record, client, log, coming }: StoredCustody): Uint8Array {
  return encodeUtf8(
    JSON.stringify({
      client: toHex(client),
      log: toHex(log),
      ...(coming === undefined ? {} : { coming: toHex(coming) }),
      ...(record === undefined ? {} : { head: toHex(record.headBytes), bytes: record.bytes, chunks: record.chunks }),
      ...(record === undefined ? {} : { untilMs: record.untilMs }),
      ...(record?.name === undefined ? {} : { name: toHex(record.name) }),
    }),
  )
}

/** Undefined for what `encodeStoredCustody` did not write. */
export function decodeStoredCustody(bytes: Uint8Array): StoredCustody | undefined {
  const values = parse(bytes)
  const [client, log, head, coming, name] = ['client', 'log', 'head', 'coming', 'name'].map((key) =>
    hexOf(values?.[key]),
  )
  if (values === undefined || client?.length !== 32 || log?.length !== 32) return undefined
  const { bytes: kept, chunks, untilMs } = values
  const whole = typeof kept === 'number' && typeof chunks === 'number' && typeof untilMs === 'number'
  const record =
    head === undefined || !whole ? undefined : { client, log, name, headBytes: head, bytes: kept, chunks, untilMs }
  return { record, client, log, coming }
}

export function dutyKey(log: Uint8Array): string {
  return `keep/${toHex(log)}`
}

export function encodeDuty({ log, keepMs, untilMs, ended, copies }: Duty): Uint8Array {
  const stored = copies.map(({ custodian, receipt, held, ...rest }) => ({
    ...rest,
    custodian: toHex(custodian),
    ...(receipt === undefined ? {} : { receipt: toHex(encodeReceipt(receipt)) }),
    ...(held === undefined ? {} : { held: toHex(held) }),
  }))
  return encodeUtf8(JSON.stringify({ log: toHex(log), keepMs, untilMs, ended, copies: stored }))
}

/** Undefined for what `encodeDuty` did not write. */
export function decodeDuty(bytes: Uint8Array): Duty | undefined {
  const values = parse(bytes)
  const log = hexOf(values?.log)
  if (values === undefined || log?.length !== 32 || typeof values.keepMs !== 'number') return undefined
  const { keepMs, untilMs, ended } = values
  const stored = Array.isArray(values.copies) ? (values.copies as Record<string, unknown>[]) : []
  const copies = stored.flatMap((copy): Copy[] => {
    const custodian = hexOf(copy.custodian)
    if (custodian?.length !== 32) return []
    const receipt = decodeReceipt(hexOf(copy.receipt) ?? new Uint8Array(0))
    if (!isCopy(copy)) return []
    const { receivedMs, state, problem, retryMs, failures, reachedMs, auditMs, auditedMs, failedAudits } = copy
    const evadedMs = typeof copy.evadedMs === 'number' ? copy.evadedMs : undefined
    const audits = { auditMs, auditedMs, failedAudits, evadedMs }
    const counted = { receivedMs, state, problem, retryMs, failures, reachedMs, ...audits }
    return [
      { ...counted, custodian, receipt: typeof receipt === 'string' ? undefined : receipt, held: hexOf(copy.held) },
    ]
  })
  return { log, keepMs, untilMs: typeof untilMs === 'number' ? untilMs : undefined, ended: ended === true, copies }
}

/** What `Copy` has besides keys and receipts. */
type Counted = Omit<Copy, 'custodian' | 'receipt' | 'held'>

function isCopy(copy: Record<string, unknown>): copy is Record<string, unknown> & Counted {
  const { receivedMs, retryMs, failures, reachedMs, auditMs, failedAudits, auditedMs, problem, state } = copy
  const numbers = [receivedMs, retryMs, failures, reachedMs, auditMs, failedAudits, auditedMs ?? 0]
  if (!numbers.every((one) => typeof one === 'number')) return false
  return typeof (problem ?? '') === 'string' && states.some((known) => known === state)
}

const states: readonly Copy['state'][] = ['asked', 'kept', 'refused', 'lost', 'failed']

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const values: unknown = JSON.parse(decodeUtf8(bytes) ?? '')
    return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function hexOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromHex(value) : undefined
}
