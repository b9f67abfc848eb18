// What every decoder promises: it reads what its encoder wrote, refuses every truncation and every byte too many, and
// throws for nothing; and whatever it accepts encodes to the same bytes again, so that one value has one layout.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { concat, fromHex, toHex } from '../../stack/bytes/index.js'

export interface Codec<T> {
  /** Bytes that the encoder wrote. */
  readonly valid: fc.Arbitrary<Uint8Array>
  readonly decode: (bytes: Uint8Array) => T | string
  readonly encode: (value: T) => Uint8Array
  /** Set where the bytes after the end are a further record and not a fault. */
  readonly extensible?: boolean
}

/** Asserts all of it for random and for damaged input. */
export function assertDecoder<T>(codec: Codec<T>, numRuns = 100): void {
  const accepts = (bytes: Uint8Array): boolean => {
    const value = codec.decode(bytes)
    if (typeof value === 'string') return false
    assert.is(toHex(codec.encode(value)), toHex(bytes))
    return true
  }
  fc.assert(
    fc.property(codec.valid, (bytes) => {
      assert.ok(accepts(bytes), 'a valid sample is refused')
      if (codec.extensible !== true) {
        for (let length = 0; length < bytes.length; length++) assert.not(accepts(bytes.subarray(0, length)))
        assert.not(accepts(concat(bytes, Uint8Array.of(0))))
      } else {
        for (let length = 0; length < bytes.length; length++) accepts(bytes.subarray(0, length))
      }
    }),
    { numRuns },
  )
  fc.assert(
    fc.property(codec.valid, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
      const mutated = bytes.slice()
      const place = at % mutated.length
      mutated[place] = (mutated[place] ?? 0) ^ change
      accepts(mutated)
    }),
    { numRuns: 5 * numRuns },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      accepts(bytes)
    }),
    { numRuns: 5 * numRuns },
  )
}

/**
 * Replays the corpus of a decoder: files `valid….hex` are read, `REASON--….hex` are refused for that reason.
 * `folder` is relative to the root. Throws when there is not at least one valid and three bad ones.
 */
export function assertCorpus(folder: string, decode: (bytes: Uint8Array) => unknown): void {
  const path = fileURLToPath(new URL(`../../../${folder}/`, import.meta.url))
  const files = readdirSync(path).sort()
  const valid = files.filter((file) => file.startsWith('valid'))
  assert.ok(valid.length >= 1 && files.length - valid.length >= 3, `${folder} has ${files.length} files`)
  for (const file of files) {
    const bytes = fromHex(readFileSync(path + file, 'utf8').trim())
    if (bytes === undefined) throw new Error(`${folder}/${file} is no hex`)
    const decoded = decode(bytes)
    if (valid.includes(file)) assert.is.not(typeof decoded, 'string', `${file} is refused: ${String(decoded)}`)
    else assert.is(decoded, file.slice(0, file.indexOf('--')), file)
  }
}
