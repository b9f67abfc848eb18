// Whatever bytes arrive, decoding gives plain data or a reason; what we encode comes back as it was.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, fromHex, toHex } from '../../stack/bytes/index.js'
import { decodeCbor } from './cbor-decode.js'
import { encodeCbor } from './cbor-encode.js'
import { maxFrameDepth, maxFrameValues } from './limits.js'

const test = suite('cbor')

/** RFC 8949 appendix A, as far as it is plain data within 2^53 - 1. */
const vectors: readonly [string, unknown][] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f90000', 0],
  ['f98000', -0],
  ['f93c00', 1],
  ['fb3ff199999999999a', 1.1],
  ['f93e00', 1.5],
  ['f97bff', 65_504],
  ['fa47c35000', 100_000],
  ['fa7f7fffff', (2 - 2 ** -23) * 2 ** 127],
  ['fb7e37e43c8800759c', 1.0e300],
  ['f90001', 2 ** -24],
  ['f90400', 2 ** -14],
  ['f9c400', -4],
  ['fbc010666666666666', -4.1],
  ['f97c00', Number.POSITIVE_INFINITY],
  ['f97e00', Number.NaN],
  ['f9fc00', Number.NEGATIVE_INFINITY],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', undefined],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, index) => index + 1)],
  ['a0', {}],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['826161a161626163', ['a', { b: 'c' }]],
  ['5f42010243030405ff', Uint8Array.of(1, 2, 3, 4, 5)],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9fff', []],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['83018202039f0405ff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ['bf6346756ef563416d7421ff', { Fun: true, Amt: -2 }],
]

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value

test('reads the examples of RFC 8949', () => {
  for (const [hex, value] of vectors) assert.equal(decodeCbor(bytes(hex)), { value }, hex)
})

test('reads what it wrote', () => {
  fc.assert(fc.property(plain, (value) => assert.equal(decodeCbor(encodeCbor(value)), { value })))
})

test('writes the shortest form, as the RFC asks of deterministic encoders', () => {
  for (const [hex, value] of vectors) {
    if (/^(f9|fa|5f|7f|9f|bf)/.test(hex) || hex.includes('9f')) continue
    assert.is(toHex(encodeCbor(value)), hex)
  }
})

test('refuses every truncation and every byte too many', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const whole = encodeCbor(value)
      for (let length = 0; length < whole.length; length += 1) {
        assert.is(decodeCbor(whole.subarray(0, length)), 'too-short')
      }
      assert.is(decodeCbor(concat(whole, Uint8Array.of(0))), 'trailing')
    }),
  )
})

test('never throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (input) => void decodeCbor(input)),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(plain, fc.nat(), fc.nat(255), (value, at, change) => {
      const mutated = encodeCbor(value)
      mutated[at % mutated.length] = change
      decodeCbor(mutated)
    }),
    { numRuns: 2000 },
  )
})

test('whatever it accepts is plain data, which can be written again and read the same', () => {
  const mutated = fc.tuple(plain, fc.nat(), fc.nat(255)).map(([value, at, change]) => {
    const encoded = encodeCbor(value)
    encoded[at % encoded.length] = change
    return encoded
  })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 50 })), (input) => {
      const first = decodeCbor(input)
      if (typeof first === 'string') return
      assert.equal(decodeCbor(encodeCbor(first.value)), { value: clean(first.value) })
    }),
    { numRuns: 2000 },
  )
})

test('refuses every tag, so that nothing is made of a frame but plain data', () => {
  // A date, a bignum, a bigfloat of a vast exponent, a regular expression, an object of any class, shared references,
  // typed arrays, sets, and what other decoders keep for records.
  for (const head of ['c0', 'c1', 'c2', 'c5', 'd81b', 'd81c', 'd81d', 'd823', 'd840', 'd90102', 'd9d9f7', 'd9dfff']) {
    assert.is(decodeCbor(bytes(`${head}00`)), 'bad-type', head)
    assert.is(decodeCbor(bytes(`a16161${head}8100`)), 'bad-type', head)
  }
})

test('allocates nothing for a length that is only claimed', () => {
  for (const hex of [
    '5affffffff',
    '7affffffff',
    '9affffffff',
    'baffffffff',
    '9b001fffffffffffff',
    'bb001fffffffffffff',
  ]) {
    assert.is(decodeCbor(bytes(hex)), 'too-short', hex)
  }
  assert.is(decodeCbor(bytes('5bffffffffffffffff')), 'too-large')
})

test('refuses integers that a number cannot hold', () => {
  assert.is(decodeCbor(bytes('1b0020000000000000')), 'too-large')
  assert.is(decodeCbor(bytes('3b001fffffffffffff')), 'too-large')
  assert.equal(decodeCbor(bytes('1b001fffffffffffff')), { value: Number.MAX_SAFE_INTEGER })
  assert.equal(decodeCbor(bytes('3b001ffffffffffffe')), { value: Number.MIN_SAFE_INTEGER })
})

test('counts the values of a frame, and refuses one more than the limit', () => {
  const ofEmptyLists = (count: number) => {
    const head = encodeCbor([])
    const input = new Uint8Array(5 + count).fill(head[0]!, 5)
    input.set([0x9a, count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255])
    return input
  }
  assert.is.not(typeof decodeCbor(ofEmptyLists(maxFrameValues - 1)), 'string')
  assert.is(decodeCbor(ofEmptyLists(maxFrameValues)), 'too-many')
  assert.is(decodeCbor(concat(bytes('5f'), new Uint8Array(maxFrameValues).fill(0x40), bytes('ff'))), 'too-many')
})

test('goes as deep as the limit and no deeper', () => {
  const nested = (depth: number) => concat(new Uint8Array(depth).fill(0x81), bytes('00'))
  assert.is.not(typeof decodeCbor(nested(maxFrameDepth)), 'string')
  assert.is(decodeCbor(nested(maxFrameDepth + 1)), 'too-deep')
  assert.is(decodeCbor(new Uint8Array(1_000_000).fill(0x9f)), 'too-deep')
})

test('a key that would change what a map is, is refused; one that only looks so is a key', () => {
  assert.is(decodeCbor(bytes('a1695f5f70726f746f5f5fa0')), 'bad-order')
  const decoded = decodeCbor(encodeCbor({ constructor: 1, toString: 2 }))
  assert.equal(decoded, { value: { constructor: 1, toString: 2 } })
  assert.is(({} as Record<string, unknown>).polluted, undefined)
})

test('refuses a key given twice, and a key that is no text', () => {
  assert.is(decodeCbor(bytes('a2616101616102')), 'bad-order')
  assert.is(decodeCbor(bytes('a10102')), 'bad-type')
  assert.is(decodeCbor(bytes('a1416101')), 'bad-type')
})

test('refuses text that is not UTF-8, and reserved or unfinished forms', () => {
  assert.is(decodeCbor(bytes('61ff')), 'bad-text')
  assert.is(decodeCbor(bytes('63eda080')), 'bad-text')
  for (const hex of ['1c', '1f', '3f', '5c', 'f8', 'f820', 'fc', 'ff', 'df00'])
    assert.is(decodeCbor(bytes(hex)), 'bad-type', hex)
  for (const hex of ['5f6161ff', '7f4161ff', '5f5f4100ffff']) assert.is(decodeCbor(bytes(hex)), 'bad-type', hex)
})

test('gives bytes that are a plain Uint8Array of their own', () => {
  const input = Buffer.from('a16161420102', 'hex')
  const decoded = decodeCbor(input) as { value: { a: Uint8Array } }
  assert.is(Object.getPrototypeOf(decoded.value.a), Uint8Array.prototype)
  assert.is(decoded.value.a.buffer.byteLength, 2)
  input.fill(0)
  assert.equal(decoded.value.a, Uint8Array.of(1, 2))
})

test('leaves out what is undefined in a map, and keeps a Buffer as bytes', () => {
  assert.is(toHex(encodeCbor({ a: undefined, b: Buffer.of(1) })), 'a161624101')
})

test('refuses to write what is no plain data, and what contains itself', () => {
  for (const value of [new Date(), new Map(), () => 1, 1n, Symbol('a'), { a: new Set() }]) {
    assert.throws(
      () => encodeCbor(value),
      (error: unknown) => error instanceof TypeError,
    )
  }
  const loop: unknown[] = []
  loop.push(loop)
  assert.throws(
    () => encodeCbor(loop),
    (error: unknown) => error instanceof RangeError,
  )
})

test.run()

function bytes(hex: string): Uint8Array {
  const decoded = fromHex(hex)
  if (decoded === undefined) throw new Error(`${hex} is no hex`)
  return decoded
}

/** As it comes back: what is undefined in a map is gone. */
function clean<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const kept = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(kept.map(([key, part]) => [key, clean(part)])) as T
}
