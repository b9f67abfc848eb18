// Who has what kept here, for how long, and how much room there is for more. Exact at every moment: what is promised and
// what is being fetched together never exceed what the operator gave, in all and for each client.

import { compare, equal, toHex } from '../bytes/index.js'
import { busyRetryS, graceMs, maxRecords, maxRecordsOfClient } from './limits.js'
import { type Client, type CustodyPolicy, checkClient, clientKey, type Refused, refused } from './policy.js'

export interface CustodyRecord {
  /** As `clientKey` gives it. */
  readonly client: Uint8Array
  readonly log: Uint8Array
  /** The name that lists the log, where the client said one. */
  readonly name: Uint8Array | undefined
  /** The head that is promised, 207 bytes. */
  readonly headBytes: Uint8Array
  /** Of its chunks, each counted once. */
  readonly bytes: number
  readonly chunks: number
  readonly untilMs: number
}

/** What an offer may have. */
export interface Granted {
  readonly untilMs: number
  /** Bytes, with those that are kept for it already. */
  readonly roomBytes: number
}

const dayMs = 86_400_000

export class CustodyLedger {
  readonly policy: CustodyPolicy
  readonly #records = new Map<string, CustodyRecord>()
  /** Bytes of what is being fetched, by record. */
  readonly #reserved = new Map<string, { client: Uint8Array; bytes: number }>()

  constructor(policy: CustodyPolicy, records: Iterable<CustodyRecord>) {
    this.policy = policy
    for (const record of records) this.#records.set(keyOf(record.client, record.log), record)
  }

  get size(): number {
    return this.#records.size
  }

  /** Bytes that are promised. */
  get bytes(): number {
    return this.bytesOf(undefined)
  }

  /** Bytes that are promised to one client, or to all. */
  bytesOf(client: Uint8Array | undefined): number {
    let bytes = 0
    for (const record of this.#records.values()) {
      if (client === undefined || equal(record.client, client)) bytes += record.bytes
    }
    return bytes
  }

  find(client: Uint8Array, log: Uint8Array): CustodyRecord | undefined {
    return this.#records.get(keyOf(client, log))
  }

  /** Ascending by log key; of one client, or all. */
  list(client?: Uint8Array): CustodyRecord[] {
    const records = [...this.#records.values()].filter((one) => client === undefined || equal(one.client, client))
    return records.sort((a, b) => compare(a.log, b.log))
  }

  /**
   * Decides about an offer before anything is fetched, and sets its room aside until `settle`. The promise is never longer
   * than what was asked and what the policy allows.
   */
  admit(nowMs: number, client: Client, log: Uint8Array, wantUntilMs: number, declaredBytes: number): Granted | Refused {
    const { policy } = this
    const stranger = checkClient(policy, client)
    if (stranger !== undefined) return stranger
    for (const key of [client.name, client.device, log]) {
      const reason = key && policy.denied.get(toHex(key))
      if (reason !== undefined) return refused('denied', reason)
    }
    const key = clientKey(client)
    const known = this.find(key, log)
    if (this.isReserved(key, log)) return refused('busy', 'this log is being fetched already', busyRetryS)
    if (known === undefined && (this.size >= maxRecords || this.list(key).length >= maxRecordsOfClient)) {
      return refused('busy', 'as many logs are kept as one node keeps', 3_600)
    }
    if (wantUntilMs <= nowMs) return refused('clock', `that time is over by the clock here (${nowMs})`)
    let [clientLeft, totalLeft] = [policy.clientBytes - this.bytesOf(key), policy.totalBytes - this.bytes]
    for (const { client: who, bytes } of this.#reserved.values()) {
      totalLeft -= bytes
      if (equal(who, key)) clientLeft -= bytes
    }
    const roomBytes = Math.min(clientLeft, totalLeft) + (known?.bytes ?? 0)
    if (roomBytes <= 0) {
      const whose =
        clientLeft <= totalLeft ? 'all that it keeps for you is in use' : 'all that it keeps for others is in use'
      return refused('quota', whose)
    }
    const more = Math.max(0, Math.min(roomBytes, declaredBytes) - (known?.bytes ?? 0))
    this.#reserved.set(keyOf(key, log), { client: key, bytes: more })
    return { untilMs: Math.min(wantUntilMs, nowMs + policy.maxDays * dayMs), roomBytes: (known?.bytes ?? 0) + more }
  }

  /** Whether `admit` has set room aside that was not settled yet. */
  isReserved(client: Uint8Array, log: Uint8Array): boolean {
    return this.#reserved.has(keyOf(client, log))
  }

  /** Ends what `admit` began: with a record, which is then promised, or without one. */
  settle(client: Client, log: Uint8Array, record?: CustodyRecord): void {
    this.#reserved.delete(keyOf(clientKey(client), log))
    if (record !== undefined) this.#records.set(keyOf(record.client, record.log), record)
  }

  delete(client: Uint8Array, log: Uint8Array): CustodyRecord | undefined {
    const known = this.find(client, log)
    this.#records.delete(keyOf(client, log))
    return known
  }

  /** What may go: its time has been over for longer than clocks are wrong. */
  expired(nowMs: number): CustodyRecord[] {
    return this.list().filter(({ untilMs }) => untilMs + graceMs < nowMs)
  }
}

function keyOf(client: Uint8Array, log: Uint8Array): string {
  return toHex(client) + toHex(log)
}
