// The cutter against the Rust crate's cuts, and against itself under any way of pushing.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { fromHex } from '../bytes/index.js'
import { type CutRule, Cutter, createCutter, fileCutRule } from './cutter.js'
import { gearTable, halves } from './gear.js'

/** Lengths of parts as the crate `fastcdc` 3.2.1 gives them (v2020, `with_level_and_seed`, level 1). */
interface CutVector {
  readonly data: 'xorshift' | 'zeros' | 'xorshift & 3'
  readonly bytes: number
  readonly minimum: number
  readonly average: number
  readonly maximum: number
  readonly seed: string
  readonly parts: readonly number[]
}

const fixture = new URL('../../../stack/data/fixtures/cuts.json', import.meta.url)
const vectors: readonly CutVector[] = JSON.parse(readFileSync(fixture, 'utf8'))

/** The crate's MASKS for one power of two more and one less than the average. */
const masks: Record<number, { strictMask: string; looseMask: string }> = {
  256: { strictMask: '0000019000353000', looseMask: '0000000018035100' },
  1024: { strictMask: '0000d90003530000', looseMask: '0000019000353000' },
}

function ruleOf({ minimum, average, maximum }: CutVector): CutRule {
  const found = masks[average]
  if (found === undefined) {
    assert.equal([minimum, average, maximum], [8192, 32768, 57344])
    return fileCutRule
  }
  return {
    minimumBytes: minimum,
    averageBytes: average,
    maximumBytes: maximum,
    strictMask: halves(found.strictMask),
    looseMask: halves(found.looseMask),
  }
}

/** Marsaglia's xorshift32 from 1, little-endian words. */
function xorshift(bytes: number): Uint8Array {
  const words = new DataView(new ArrayBuffer(bytes + 4))
  for (let offset = 0, x = 1; offset < bytes; offset += 4) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words.setInt32(offset, x, true)
  }
  return new Uint8Array(words.buffer, 0, bytes)
}

function dataOf(vector: CutVector): Uint8Array {
  if (vector.data === 'zeros') return new Uint8Array(vector.bytes)
  const bytes = xorshift(vector.bytes)
  return vector.data === 'xorshift' ? bytes : bytes.map((byte) => byte & 3)
}

function cut(cutter: Cutter, data: Uint8Array, steps: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  const piece = new Uint8Array(1 << 23)
  for (let offset = 0, turn = 0; offset < data.length; turn++) {
    const length = Math.min(steps[turn % steps.length]!, data.length - offset)
    // The same memory each time, as a reader of files does: what is given out is borrowed until the next piece.
    piece.set(data.subarray(offset, offset + length))
    parts.push(...cutter.push(piece.subarray(0, length)).map((part) => part.slice()))
    piece.fill(0xff, 0, length)
    offset += length
  }
  return [...parts, ...cutter.end()]
}

const lengths = (parts: readonly Uint8Array[]) => parts.map((part) => part.length)

const portable = await openTestCrypto()
const scannerOf = (seed: Uint8Array) => portable.gearScanner(gearTable(seed))
const test = suite('data/cutter')

for (const vector of vectors) {
  const { data, bytes, average, seed } = vector
  test(`cuts ${bytes} bytes of ${data} about ${average} under seed ${seed} as the crate does`, () => {
    const cutter = new Cutter(scannerOf(fromHex(seed)!), ruleOf(vector))
    assert.equal(lengths(cut(cutter, dataOf(vector), [1 << 23])), vector.parts)
    for (const step of [65536, 4095, 57344]) {
      assert.equal(lengths(cut(cutter, dataOf(vector), [step])), vector.parts, `in steps of ${step}`)
    }
  })
}

test('has vectors for both seeds of the file rule, over several MiB', () => {
  const big = vectors.filter((vector) => vector.bytes >= 4 << 20 && ruleOf(vector) === fileCutRule)
  assert.equal([...new Set(big.map((vector) => vector.seed))].length, 2)
})

test('gives the same parts however the bytes are pushed, and no byte is lost', () => {
  const data = xorshift(20_000)
  const rules = vectors.filter((vector) => vector.average < 32768).map(ruleOf)
  const step = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9000 }))
  fc.assert(
    fc.property(
      fc.constantFrom(...rules),
      fc.array(step, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 20_000 }),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      (rule, steps, bytes, seed) => {
        const part = data.subarray(0, bytes)
        const whole = cut(new Cutter(scannerOf(seed), rule), part, [1 << 23])
        assert.equal(lengths(cut(new Cutter(scannerOf(seed), rule), part, steps)), lengths(whole))
        assert.equal(Buffer.concat(cut(new Cutter(scannerOf(seed), rule), part, steps)), Buffer.from(part))
        for (const { length } of whole.slice(0, -1)) {
          assert.ok(length >= rule.minimumBytes && length <= rule.maximumBytes)
        }
      },
    ),
  )
})

test('cuts the parts behind a change as before', () => {
  const data = xorshift(1 << 20)
  const changed = Buffer.concat([Uint8Array.of(1, 2, 3), data])
  const crypto = portable
  const before = cut(createCutter(crypto, undefined), data, [65536])
  const after = cut(createCutter(crypto, undefined), changed, [65536])
  assert.equal(lengths(after).slice(-20), lengths(before).slice(-20))
})

test('cuts otherwise for each scope key, and as with seed 0 for public', () => {
  const data = xorshift(1 << 19)
  const cutsOf = (key: Uint8Array | undefined) => lengths(cut(createCutter(portable, key), data, [65536]))
  assert.equal(cutsOf(undefined), lengths(cut(new Cutter(scannerOf(new Uint8Array(8)), fileCutRule), data, [65536])))
  const seed = portable.deriveKey('runnel v1 cut', new Uint8Array(32).fill(6)).subarray(0, 8)
  assert.equal(
    cutsOf(new Uint8Array(32).fill(6)),
    lengths(cut(new Cutter(scannerOf(seed), fileCutRule), data, [65536])),
  )
  assert.not.equal(cutsOf(new Uint8Array(32).fill(6)), cutsOf(new Uint8Array(32).fill(7)))
  assert.not.equal(cutsOf(new Uint8Array(32).fill(6)), cutsOf(undefined))
})

test('gives nothing for nothing, and is as new after the end', () => {
  const cutter = createCutter(portable, undefined)
  assert.equal(cutter.push(new Uint8Array(0)), [])
  assert.equal(cutter.end(), [])
  assert.equal(cutter.push(Uint8Array.of(1, 2)), [])
  assert.equal(cutter.end(), [Uint8Array.of(1, 2)])
  assert.equal(cutter.end(), [])
})

test.run()
