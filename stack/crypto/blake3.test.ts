// BLAKE3 in all modes against the published vectors and against each other; the start of WebAssembly and its refusals.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { createBLAKE3, type IHasher } from 'hash-wasm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { concat, encodeUtf8, toHex } from '../bytes/index.js'
import type { Blake3 } from './blake3.js'
import { nobleBlake3 } from './blake3-noble.js'
import { openWasmBlake3 } from './blake3-wasm.js'
import { CONTEXT_KEYS } from './limits.js'

interface Vectors {
  key: string
  context: string
  cases: { length: number; hash: string; keyedHash: string; deriveKey: string }[]
}

const path = new URL('../../../stack/crypto/vectors/blake3.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors
const wasm = (await openWasmBlake3())!
const test = suite('crypto/blake3')

const patterned = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251)
const parts = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 })
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('WebAssembly is at work here', () => {
  assert.is(wasm.implementation, 'hash-wasm')
})

/** The native provider, where there is one, in the shape of the others. */
const native = (await openProviders())
  .filter(({ provider }) => provider === 'native')
  .map(
    (crypto): Blake3 => ({
      implementation: 'native',
      hash: (parts) => crypto.hashParts(...parts),
      keyedHash: (key, parts) => crypto.keyedHash(key, ...parts),
      deriveKey: (context, parts) => crypto.deriveKey(context, ...parts),
      hasher: () => crypto.hasher(),
    }),
  )

for (const blake3 of [wasm, nobleBlake3, ...native]) {
  const { implementation } = blake3

  for (const { length, hash, keyedHash, deriveKey } of vectors.cases) {
    test(`${implementation} gives the published values for ${length} bytes`, () => {
      const input = patterned(length)
      assert.is(toHex(blake3.hash([input])), hash)
      assert.is(toHex(blake3.keyedHash(encodeUtf8(vectors.key), [input])), keyedHash)
      assert.is(toHex(blake3.deriveKey(vectors.context, [input])), deriveKey)
    })
  }

  test(`${implementation} hashes parts as if they were joined`, () => {
    fc.assert(
      fc.property(parts, bytes32, (parts, key) => {
        const joined = [concat(...parts)]
        assert.equal(blake3.hash(parts), blake3.hash(joined))
        assert.equal(blake3.keyedHash(key, parts), blake3.keyedHash(key, joined))
        assert.equal(blake3.deriveKey('a test', parts), blake3.deriveKey('a test', joined))
      }),
      { numRuns: 30 },
    )
  })

  test(`${implementation} goes on from a saved state, again and again`, () => {
    fc.assert(
      fc.property(parts, parts, parts, (before, one, other) => {
        const first = updated(blake3.hasher(), before)
        const state = first.save()
        assert.ok(state.byteLength > 1000 && state.byteLength < 4000)
        assert.equal(updated(first, one).digest(), blake3.hash([...before, ...one]))
        const second = blake3.hasher().update(Uint8Array.of(1)).restore(state)
        assert.equal(updated(second, other).digest(), blake3.hash([...before, ...other]))
        assert.equal(first.restore(state).digest(), blake3.hash(before), 'the state itself has not changed')
      }),
      { numRuns: 30 },
    )
  })

  test(`${implementation} keeps hashers apart that work at the same time, with hashing in between`, () => {
    const [a, b] = [blake3.hasher(), blake3.hasher()]
    for (let round = 0; round < 40; round++) {
      a.update(patterned(100 + round))
      blake3.keyedHash(patterned(32), [patterned(70)])
      b.update(patterned(200 + round))
      blake3.deriveKey('in between', [patterned(2000)])
    }
    const rounds = Array.from({ length: 40 }, (_, round) => round)
    assert.equal(a.digest(), blake3.hash(rounds.map((round) => patterned(100 + round))))
    assert.equal(b.digest(), blake3.hash(rounds.map((round) => patterned(200 + round))))
  })

  test(`${implementation} gives a digest and takes more bytes afterwards`, () => {
    const hasher = blake3.hasher().update(patterned(1024))
    assert.equal(hasher.digest(), blake3.hash([patterned(1024)]))
    assert.equal(hasher.digest(), blake3.hash([patterned(1024)]))
    hasher.update(patterned(10))
    assert.equal(hasher.digest(), blake3.hash([patterned(1024), patterned(10)]))
  })

  test(`${implementation} takes views with an offset and Buffers`, () => {
    const slab = patterned(300)
    const view = slab.subarray(17, 250)
    const expected = toHex(blake3.hash([view.slice()]))
    assert.is(toHex(blake3.hash([view])), expected)
    assert.is(toHex(blake3.hash([Buffer.from(view)])), expected)
  })
}

test('WebAssembly and plain JavaScript agree on any bytes in every mode', () => {
  fc.assert(
    fc.property(parts, bytes32, fc.string({ maxLength: 80 }), (parts, key, context) => {
      assert.equal(wasm.hash(parts), nobleBlake3.hash(parts))
      assert.equal(wasm.keyedHash(key, parts), nobleBlake3.keyedHash(key, parts))
      assert.equal(wasm.deriveKey(context, parts), nobleBlake3.deriveKey(context, parts))
    }),
    { numRuns: 100 },
  )
})

test('WebAssembly and plain JavaScript agree around each power of two of chunks', () => {
  for (let length = 1024; length <= 65536; length *= 2) {
    for (const input of [patterned(length - 1), patterned(length), patterned(length + 1)]) {
      assert.equal(wasm.hash([input]), nobleBlake3.hash([input]))
    }
  }
})

test('a state of one implementation is refused by the other', () => {
  const refused = (error: unknown) => error instanceof RangeError
  assert.throws(() => wasm.hasher().restore(nobleBlake3.hasher().save()), refused)
  assert.throws(() => nobleBlake3.hasher().restore(wasm.hasher().save()), refused)
  for (const other of native) assert.throws(() => other.hasher().restore(wasm.hasher().save()), refused)
})

test('more contexts than are remembered still give the same keys', () => {
  const keys = () => Array.from({ length: 2 * CONTEXT_KEYS + 1 }, (_, index) => wasm.deriveKey(`context ${index}`, []))
  assert.equal(keys(), keys())
  assert.equal(wasm.deriveKey('context 1', []), nobleBlake3.deriveKey('context 1', []))
})

test('neither key nor digest nor short input is left in the memory of WebAssembly', async () => {
  let engine: IHasher | undefined
  const blake3 = await openWasmBlake3(async () => {
    engine = await createBLAKE3()
    return engine
  })
  const fresh = toHex((await createBLAKE3()).init().save())
  const secret = new Uint8Array(32).fill(0xa5)
  blake3!.keyedHash(secret, [secret])
  blake3!.deriveKey('a context', [secret])
  const left = toHex(engine!.save())
  assert.not.match(left, 'a5a5a5a5')
  assert.is(left.slice(0, 8), fresh.slice(0, 8))
})

test('WebAssembly is not used where it cannot start, has another layout or gives another result', async () => {
  const lying = async (change: (honest: IHasher) => Partial<IHasher>): Promise<Blake3 | undefined> =>
    openWasmBlake3(async () => {
      const honest = await createBLAKE3()
      // Each verb gives the liar again, so that chained calls lie too.
      const liar: IHasher = { ...honest, ...change(honest) }
      const { init, update, load } = liar
      const chained =
        <A extends unknown[]>(verb: (...args: A) => IHasher) =>
        (...args: A) => {
          verb(...args)
          return liar
        }
      Object.assign(liar, { init: chained(init), update: chained(update), load: chained(load) })
      return liar
    })
  assert.is((await lying(() => ({})))?.implementation, 'hash-wasm', 'an honest one is used')
  assert.is(await openWasmBlake3(() => Promise.reject(new Error('WebAssembly is not supported'))), undefined)
  assert.is(await lying(({ save }) => ({ save: () => concat(save(), Uint8Array.of(0)) })), undefined)
  assert.is(
    await lying(({ load }) => ({ load: (state) => load(state.map((byte, at) => (at === 142 ? 0 : byte))) })),
    undefined,
  )
  assert.is(await lying(({ init }) => ({ init: () => init().update(Uint8Array.of(1)) })), undefined)
})

function updated<T extends { update(bytes: Uint8Array): T }>(hasher: T, parts: readonly Uint8Array[]): T {
  for (const part of parts) hasher.update(part)
  return hasher
}

test.run()
