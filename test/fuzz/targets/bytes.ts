// Targets of stack/bytes: texts, fields, and tables against those of the language.

import { decodeUtf8, encodeUtf8, equal, fromHex, KeyMap, Reader, toHex } from '../../../stack/bytes/index.js'
import { Choices, choose } from '../choices.js'
import { codec } from '../codec.js'
import { words } from '../samples.js'
import { demand, type Target } from '../target.js'

const maxKeys = 40

export const bytesTargets: readonly Target[] = [
  {
    name: 'stack/bytes/utf8',
    kind: 'decoder',
    covers: ['decodeUtf8'],
    seeds: () => words('text', 'ÿ€𐍈', '\ufeffx'),
    words: [Uint8Array.of(0xed, 0xa0, 0x80), Uint8Array.of(0xef, 0xbb, 0xbf), Uint8Array.of(0xc0, 0x80)],
    run(bytes) {
      const text = decodeUtf8(bytes)
      demand(text === undefined || equal(encodeUtf8(text), bytes), 'text goes back to its bytes')
    },
  },
  codec({
    name: 'stack/bytes/hex',
    covers: ['fromHex'],
    seeds: () => words('', '00ff', 'AbCd'),
    decode: (bytes) => fromHex(new TextDecoder('latin1').decode(bytes)),
    check: (value, bytes) => {
      demand(toHex(value) === new TextDecoder('latin1').decode(bytes).toLowerCase(), 'hex goes back to its text')
    },
  }),
  { name: 'stack/bytes/reader', kind: 'machine', covers: [], seeds: readerSeeds, run: runReader },
  { name: 'stack/bytes/key-map', kind: 'machine', covers: [], allocatesBytes: 1 << 20, seeds: mapSeeds, run: runMap },
]

function readerSeeds(): Uint8Array[] {
  return [
    choose(
      Uint8Array.from({ length: 40 }, (_, index) => index),
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
    ),
  ]
}

/** Fields of a block in any order: views lie inside, what is left never grows, and after a failure all is nothing. */
function runReader(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const block = choices.block16()
  const reader = new Reader(block)
  while (choices.left > 0) {
    const [before, failed] = [reader.remaining, reader.failed]
    const value = readField(reader, choices.below(10), choices)
    demand(reader.remaining <= before && reader.remaining >= 0, 'what is left never grows')
    demand(failed === undefined || reader.failed === failed, 'the first failure stays')
    if (typeof value === 'number') {
      demand(Number.isSafeInteger(value) && value >= 0, 'numbers are safe integers')
      demand(failed === undefined || value === 0, 'after a failure numbers are 0')
    } else {
      demand(value.length <= before, 'a view is no longer than what was left')
      demand(failed === undefined || value.length === 0, 'after a failure views are empty')
    }
  }
  const left = reader.remaining
  const end = reader.end()
  demand(left === 0 || end !== undefined, 'bytes that are left are refused')
}

function readField(reader: Reader, which: number, choices: Choices): number | Uint8Array {
  switch (which) {
    case 0:
      return reader.u8()
    case 1:
      return reader.u16()
    case 2:
      return reader.u24()
    case 3:
      return reader.u32()
    case 4:
      return reader.u64()
    case 5:
      return reader.take(choices.u32())
    case 6:
      return reader.take(choices.u8())
    case 7:
      return reader.lp8(choices.u8())
    case 8:
      return reader.lp16(choices.u16())
    default:
      return reader.rest()
  }
}

function mapSeeds(): Uint8Array[] {
  const fill = Array.from({ length: 60 }, (_, key) => [0, key, key]).flat()
  const empty = Array.from({ length: 60 }, (_, key) => [1, key]).flat()
  return [choose(...fill, ...empty), choose(0, 1, 2, 0, 1, 3, 2, 1, 3, 4), choose(...fill, 3, ...fill)]
}

/** A map of keys that collide in all but a byte, against Map. */
function runMap(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const map = new KeyMap<number>(new Uint8Array(8), maxKeys)
  const model = new Map<number, number>()
  while (choices.left > 0) {
    const what = choices.below(4)
    const number = choices.u8()
    const key = new Uint8Array(32)
    key[number % 32] = number
    const id = number === 0 ? 0 : number
    if (what === 0) {
      const value = choices.u8()
      if (map.full && !model.has(id)) continue
      map.set(key, value)
      model.set(id, value)
    } else if (what === 1) demand(map.delete(key) === model.delete(id), 'deletes what is there')
    else if (what === 2) demand(map.get(key) === model.get(id) && map.has(key) === model.has(id), 'finds what is there')
    else if (number < 8) {
      map.clear()
      model.clear()
    }
    demand(map.size === model.size && map.full === (model.size === maxKeys), 'counts what is there')
  }
  const entries = [...map].map(([key, value]) => `${Math.max(...key)} ${value}`).sort()
  demand(
    entries.join() ===
      [...model]
        .map(([key, value]) => `${key} ${value}`)
        .sort()
        .join(),
    'lists what is there',
  )
}
