import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../bytes/index.js'
import { decodeAnnounce, encodeAnnounce } from './announce.js'
import { decodeData, encodeDataHead } from './data.js'
import { decodeInterest, encodeInterest, type Question } from './interest.js'
import { decodeNack, encodeNack } from './nack.js'
import { NACK_CODE, type NackReason } from './numbers.js'

const test = suite('forward/wire')

const corpus = fileURLToPath(new URL('../../../../stack/forward/corpus/', import.meta.url))

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u24 = fc.integer({ min: 0, max: 0xffffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const token = fc.integer({ min: 1, max: 0xffffffff })
const rank = fc.integer({ min: 0, max: 254 })

const question: fc.Arbitrary<Question> = fc.oneof(
  fc.record({
    kind: fc.constant('name' as const),
    have: fc.record({ k: fc.integer({ min: 0, max: 15 }), serial: u32, versions: fc.array(u64, { maxLength: 32 }) }),
    maxAgeS: u32,
  }),
  fc.record({ kind: fc.constant('head' as const), have: fc.record({ length: u64, openPage: bytes32 }), maxAgeS: u32 }),
  fc.record({ kind: fc.constant('chunk' as const), via: bytes32 }),
)
const interest = fc.record({
  token,
  lifetimeMs: u16,
  hops: fc.integer({ min: 0, max: 32 }),
  rank,
  answerBytes: u24,
  key: bytes32,
  question,
})
const data = fc
  .record({
    token,
    offset: fc.integer({ min: 0, max: 1_000_000 }),
    more: fc.integer({ min: 0, max: 1_000_000 }),
    bytesAllowed: u32,
    hops: fc.integer({ min: 1, max: 255 }),
    ageS: u32,
    payload: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  })
  .map(({ more, ...rest }) => ({ ...rest, total: rest.offset + rest.payload.length + more }))
const nack = fc.record({
  token,
  reason: fc.constantFrom(...(Object.keys(NACK_CODE) as NackReason[])),
  retryMs: u16,
  bytesAllowed: u32,
})
const announce = fc.record({
  rank,
  routes: fc.array(
    fc.record({
      kind: fc.constantFrom('name' as const, 'log' as const),
      key: bytes32,
      lifetimeS: u16,
      cost: fc.integer({ min: 0, max: 254 }),
    }),
    { maxLength: 255 },
  ),
})

function encodeData(value: Parameters<typeof encodeDataHead>[0] & { payload: Uint8Array }): Uint8Array {
  return new Uint8Array([...encodeDataHead(value), ...value.payload])
}

interface Codec {
  readonly name: string
  readonly samples: fc.Arbitrary<Uint8Array>
  readonly decode: (body: Uint8Array) => unknown
  /** Decodes and encodes again, or gives the reason. */
  readonly again: (body: Uint8Array) => Uint8Array | string
  /** Whether a shorter body may be valid too. */
  readonly open: boolean
}

function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (body: Uint8Array) => T | string,
  open = false,
): Codec {
  const again = (body: Uint8Array): Uint8Array | string => {
    const value = decode(body)
    return typeof value === 'string' ? value : encode(value)
  }
  return { name, samples: values.map(encode), decode, again, open }
}

const codecs: readonly Codec[] = [
  codec('interest', interest, encodeInterest, decodeInterest),
  codec('data', data, encodeData, decodeData, true),
  codec('nack', nack, encodeNack, decodeNack),
  codec('announce', announce, encodeAnnounce, decodeAnnounce),
]

for (const { name, samples, decode, again, open } of codecs) {
  test(`${name}: what was encoded decodes to bytes that encode to the same`, () => {
    fc.assert(fc.property(samples, (body) => toHex(again(body) as Uint8Array) === toHex(body)))
  })

  test(`${name}: random bytes are refused with a reason or are canonical`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        const result = again(body)
        // Routes of unknown kinds are left out of what was decoded.
        return typeof result === 'string' || name === 'announce' || toHex(result) === toHex(body)
      }),
    )
  })

  test(`${name}: every truncation is refused`, () => {
    fc.assert(
      fc.property(samples, (body) => {
        for (let length = 0; length < body.length; length++) {
          const result = decode(body.subarray(0, length))
          if (typeof result !== 'string' && !(open && length > 21)) return false
        }
        return true
      }),
      { numRuns: 30 },
    )
  })

  test(`${name}: a valid body with a changed byte never throws and stays canonical`, () => {
    fc.assert(
      fc.property(samples, fc.nat(), u8, (body, at, value) => {
        const mutated = body.slice()
        mutated[at % mutated.length] = value
        const result = again(mutated)
        return typeof result === 'string' || name === 'announce' || toHex(result) === toHex(mutated)
      }),
    )
  })

  test(`${name}: the corpus is accepted or refused as its file names say`, () => {
    const files = readdirSync(`${corpus}${name}`)
    assert.ok(files.length >= 4)
    for (const file of files) {
      const body = fromHex(readFileSync(`${corpus}${name}/${file}`, 'utf8').trim())
      assert.ok(body !== undefined, file)
      assert.is(typeof decode(body) !== 'string', file.startsWith('valid'), file)
    }
  })
}

test('an interest refuses each field that cannot be, by its own reason', () => {
  const reasonOf = (file: string): unknown =>
    decodeInterest(fromHex(readFileSync(`${corpus}interest/${file}.hex`, 'utf8').trim())!)
  assert.is(reasonOf('bad-token'), 'bad-token')
  assert.is(reasonOf('bad-kind'), 'bad-kind')
  assert.is(reasonOf('too-many-hops'), 'bad-range')
  assert.is(reasonOf('part-of-chunk'), 'bad-range')
  assert.is(reasonOf('too-many-cards'), 'bad-count')
  assert.is(reasonOf('length-beyond-2-53'), 'too-large')
  assert.is(reasonOf('trailing'), 'trailing')
})

test('an announce leaves out routes of unknown kinds and keeps those after them', () => {
  const body = fromHex(readFileSync(`${corpus}announce/valid-unknown-kind.hex`, 'utf8').trim())!
  const decoded = decodeAnnounce(body)
  assert.ok(typeof decoded !== 'string')
  assert.equal(
    decoded.routes.map(({ kind, cost }) => ({ kind, cost })),
    [{ kind: 'log', cost: 2 }],
  )
})

test.run()
