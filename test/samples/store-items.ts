// Arbitrary items of each place of a store, for properties.

import fc from 'fast-check'
import type { Item, PlaceName } from '../../node/store/item.js'
import { cardHeadOf, certificateOf, chunkOf, headOf, keyOf } from '../../node/store/testing/samples.js'

const number = fc.nat(50)
const time = fc.record({ ageS: fc.nat(), seenMs: fc.nat(Number.MAX_SAFE_INTEGER) })
const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 })
const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const held = fc.tuple(number, number, bytes).map(([log, length, page]) => headOf({ log: keyOf(log), length, page }))

const common: fc.Arbitrary<Item>[] = [
  fc.tuple(number, fc.integer({ min: 1, max: 90 })).map(([of, size]) => ({ type: 'chunk', ...chunkOf(of, size) })),
  fc.tuple(number, number, time).map(([name, serial, at]) => {
    return { type: 'name', ...at, certificateBytes: certificateOf(name, 0, serial, 1 + (serial % 3)) }
  }),
  fc.tuple(number, number, number, time).map(([name, device, version, at]) => {
    return { type: 'card', ...at, headBytes: cardHeadOf(name, device, version) }
  }),
  fc.tuple(key, fc.uint8Array({ maxLength: 50 })).map(([of, value]) => ({ type: 'value', key: of, bytes: value })),
  number.map((of) => ({ type: 'forget', name: keyOf(of) })),
]

const others: fc.Arbitrary<Item>[] = [
  fc.tuple(held, time).map(([head, at]) => ({ type: 'head', ...at, ...head })),
  fc.tuple(held, held).map(([first, second]) => ({ type: 'fork', first, second })),
]

const own: fc.Arbitrary<Item>[] = [
  fc.tuple(held, time).map(([{ headBytes }, at]) => ({ type: 'head', ...at, headBytes, page: undefined })),
  fc.tuple(number, fc.integer({ min: 1, max: 1000 }), bytes).map(([log, position, run]) => {
    return { type: 'run', log: keyOf(log), position, bytes: run }
  }),
]

export function itemOf(place: PlaceName): fc.Arbitrary<Item> {
  return fc.oneof(...common, ...(place === 'own' ? own : others))
}

/** The items of one record. */
export function itemsOf(place: PlaceName): fc.Arbitrary<Item[]> {
  return fc.array(itemOf(place), { minLength: 1, maxLength: 8 })
}
