// Vectors of the protocol's page on the API (§12): frames of both sides as bytes and as what they say, and what items
// cost. A byte string is `{ "hex": … }` in what a frame says.

import { encodeFrame, helloFrame, itemCost } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { toHex } from '../../stack/bytes/index.js'

type Value = Readonly<Record<string, unknown>>

/** A plain object that JSON holds: frames of each side in the order of a short conversation, then costs. */
export function apiVectors(): Record<string, unknown> {
  const entry = { sequence: 0, timeMs: 1_700_000_000_000, bytes: Uint8Array.of(1, 2, 3), long: false }
  const { code, message, blame, hint } = new RunnelError('UNSUPPORTED', 'this node has no method sing')
  const client: Value[] = [
    helloFrame('client'),
    { id: 1, method: 'append', params: { label: 'posts', entries: [Uint8Array.of(1, 2, 3), new Uint8Array(0)] } },
    { id: 2, method: 'entries', params: { link: 'posts.NAME', from: 0, to: 2 ** 40 } },
    { id: 2, credit: 524_288 },
    { id: 2, cancel: true },
    { id: 3, method: 'sing', params: {} },
    { id: 4, method: 'dial', params: { to: 'NAME', service: 'chat' } },
    { id: 4, input: Uint8Array.of(104, 105) },
    { id: 4, inputEnd: true },
  ]
  const node: Value[] = [
    helloFrame('node'),
    { id: 1, result: { first: 0, count: 2, length: 2 } },
    { id: 2, progress: { bytes: 3 } },
    { id: 2, item: entry },
    { id: 3, error: { code, message, blame, hint, details: {} } },
    { id: 4, item: { peer: { device: 'DEVICE' } } },
    { id: 4, wants: 1_048_576 },
  ]
  const items: unknown[] = [entry, Uint8Array.of(1, 2, 3), { text: 'no bytes', inner: { bytes: Uint8Array.of(1) } }]
  return {
    client: client.map(frameVector),
    node: node.map(frameVector),
    itemCosts: items.map((item) => ({ item: describeValue(item), cost: itemCost(item) })),
  }
}

/** A value as JSON shows it. */
export function describeValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: toHex(value) }
  if (Array.isArray(value)) return value.map(describeValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, describeValue(field)]))
}

function frameVector(value: Value): unknown {
  return { says: describeValue(value), bytes: toHex(encodeFrame(value)) }
}
