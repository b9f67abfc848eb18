// What the operator of a custodian lets whom keep: decided before anything is fetched, and again of each chunk on the way.

import { equal } from '../bytes/index.js'
import type { Refusal } from './wire.js'

/** Who asks: a proven name, or a device of which nothing more is proven. */
export interface Client {
  readonly device: Uint8Array
  readonly name: Uint8Array | undefined
}

export interface CustodyPolicy {
  /** Bytes that may be kept for others in all; 0: nothing. */
  readonly totalBytes: number
  /** Bytes for one client. */
  readonly clientBytes: number
  /** The longest promise, in days. */
  readonly maxDays: number
  /** Names and devices that may ask; undefined: anyone. */
  readonly from: readonly Uint8Array[] | undefined
  /** What is not kept: names, logs and chunks in hex, each with the reason that is told. */
  readonly denied: ReadonlyMap<string, string>
}

export interface Refused {
  readonly reason: Refusal
  readonly retryS: number
  /** For a person. */
  readonly text: string
}

export function refused(reason: Refusal, text: string, retryS = 0): Refused {
  return { reason, text, retryS }
}

/** The key under which a client's quota is counted: its name where that is proven, else its device. */
export function clientKey({ device, name }: Client): Uint8Array {
  return name ?? device
}

/** Whether this node keeps anything for this client at all. */
export function checkClient(policy: CustodyPolicy, client: Client): Refused | undefined {
  if (policy.totalBytes === 0) {
    return refused('policy', 'this node keeps nothing for others; its operator can start it with --custody SIZE')
  }
  if (policy.from === undefined) return undefined
  const { device, name } = client
  const known = policy.from.some((key) => equal(key, device) || (name !== undefined && equal(key, name)))
  return known ? undefined : refused('policy', 'this node keeps only for names and devices that its operator lists')
}
