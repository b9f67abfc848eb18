// The messages inside frames, checked by shape: what each side may say (docs/protocol.md §12). Decoders are total.

import { type Frame, isRecord } from './frames.js'

export type ClientMessage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly params: Record<string, unknown> }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'credit'; readonly id: number; readonly credit: number }
  | { readonly kind: 'input'; readonly id: number; readonly input: Uint8Array }
  | { readonly kind: 'inputEnd'; readonly id: number }

export type NodeMessage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: unknown }
  | { readonly kind: 'item'; readonly id: number; readonly item: unknown }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'wants'; readonly id: number; readonly wants: number }

const version = 1

export function helloFrame(role: 'client' | 'node'): Frame {
  return { runnel: version, role }
}

/** Undefined for what is no message of a client. */
export function decodeClientMessage(frame: Frame): ClientMessage | undefined {
  if (frame.runnel === version && frame.role === 'client') return { kind: 'hello' }
  const { id } = frame
  if (!isCount(id)) return undefined
  // 0 is what the node says about the connection.
  if (id === 0) return undefined
  if (typeof frame.method === 'string' && isRecord(frame.params)) {
    return { kind: 'call', id, method: frame.method, params: frame.params }
  }
  if (frame.cancel === true) return { kind: 'cancel', id }
  if (frame.input instanceof Uint8Array) return { kind: 'input', id, input: frame.input }
  if (frame.inputEnd === true) return { kind: 'inputEnd', id }
  if (isCount(frame.credit)) return { kind: 'credit', id, credit: frame.credit }
  return undefined
}

/** Undefined for what is no message of a node. */
export function decodeNodeMessage(frame: Frame): NodeMessage | undefined {
  if (frame.runnel === version && frame.role === 'node') return { kind: 'hello' }
  const { id } = frame
  if (!isCount(id)) return undefined
  if ('result' in frame) return { kind: 'result', id, result: frame.result }
  if ('error' in frame) return { kind: 'error', id, error: frame.error }
  if ('item' in frame) return { kind: 'item', id, item: frame.item }
  if (isCount(frame.wants)) return { kind: 'wants', id, wants: frame.wants }
  if ('progress' in frame) return { kind: 'progress', id, progress: frame.progress }
  return undefined
}

/** What an item costs of the credit: 64, and the bytes of the byte strings in it (to a depth of two). */
export function itemCost(item: unknown): number {
  if (item instanceof Uint8Array) return 64 + item.length
  let cost = 64
  if (!isRecord(item)) return cost
  // Plain data, so that nothing is inherited; asked three times for each item.
  for (const key in item) {
    const value = item[key]
    if (value instanceof Uint8Array) cost += value.length
  }
  return cost
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
