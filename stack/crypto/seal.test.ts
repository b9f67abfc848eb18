// The seal: round trips, determinism, separation of scopes, kinds and contexts, and that any change is found.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { concat, toHex } from '../bytes/index.js'
import { cardScope, fileScope, open, runScope, seal } from './seal.js'

for (const crypto of await openProviders()) {
  const test = suite(`crypto/seal by ${crypto.provider}`)

  const none = new Uint8Array(0)
  const filled = (value: number): Uint8Array => new Uint8Array(32).fill(value)
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const plaintext = fc.uint8Array({ maxLength: 500 })
  const context = fc.oneof(fc.constant(none), fc.uint8Array({ minLength: 8, maxLength: 8 }))
  const kind = fc.integer({ min: 0, max: 255 })

  test('what was sealed opens, for any scope, kind and context', () => {
    fc.assert(
      fc.property(bytes32, kind, context, plaintext, (scope, kind, context, plaintext) => {
        const { id, sealed } = seal(crypto, scope, kind, context, plaintext)
        assert.is(sealed.length, plaintext.length)
        assert.equal(open(crypto, scope, kind, context, id, sealed), plaintext)
      }),
    )
  })

  test('id and sealed bytes are made as the protocol says', () => {
    const plaintext = Uint8Array.of(1, 2, 3)
    const { id, sealed } = seal(crypto, filled(1), 1, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9), plaintext)
    const clear = Uint8Array.of(1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3)
    assert.is(toHex(id), toHex(crypto.keyedHash(filled(1), clear)))
    const key = crypto.deriveKey('runnel v1 seal key', concat(filled(1), id))
    assert.is(toHex(sealed), toHex(crypto.aes256ctr(key, plaintext)))
  })

  test('equal plaintext under one scope is one ciphertext, which any other scope, kind or context changes', () => {
    const base = seal(crypto, filled(1), 3, none, filled(9))
    assert.equal(seal(crypto, filled(1), 3, none, filled(9)), base)
    const others = [
      seal(crypto, filled(2), 3, none, filled(9)),
      seal(crypto, filled(1), 4, none, filled(9)),
      seal(crypto, filled(1), 3, Uint8Array.of(0), filled(9)),
      seal(crypto, filled(1), 3, none, filled(8)),
    ]
    for (const other of others) {
      assert.is.not(toHex(other.id), toHex(base.id))
      assert.is.not(toHex(other.sealed), toHex(base.sealed))
    }
  })

  // protocol.md §5 MUST: A reader MUST compute `id` again
  test('a wrong scope, kind or context opens nothing', () => {
    const { id, sealed } = seal(crypto, filled(1), 3, none, filled(9))
    assert.is(open(crypto, filled(2), 3, none, id, sealed), 'bad-seal')
    assert.is(open(crypto, filled(1), 4, none, id, sealed), 'bad-seal')
    assert.is(open(crypto, filled(1), 3, Uint8Array.of(0), id, sealed), 'bad-seal')
  })

  test('bytes cannot move between context and plaintext', () => {
    const a = seal(crypto, filled(1), 3, Uint8Array.of(1), Uint8Array.of(2, 3))
    const b = seal(crypto, filled(1), 3, Uint8Array.of(1, 2), Uint8Array.of(3))
    assert.is.not(toHex(a.id), toHex(b.id))
  })

  // protocol.md §5 MUST: A reader MUST compute `id` again
  test('any changed, missing or added byte is found', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (plaintext, at, change) => {
          const { id, sealed } = seal(crypto, filled(1), 3, none, plaintext)
          const all = concat(id, sealed)
          const place = at % all.length
          all[place] = (all[place] ?? 0) ^ change
          assert.is(open(crypto, filled(1), 3, none, all.subarray(0, 32), all.subarray(32)), 'bad-seal')
          assert.is(open(crypto, filled(1), 3, none, id, sealed.subarray(1)), 'bad-seal')
          assert.is(open(crypto, filled(1), 3, none, id, concat(sealed, Uint8Array.of(0))), 'bad-seal')
        },
      ),
    )
  })

  test('neither the plaintext nor what was sealed is written to', () => {
    const plaintext = filled(9)
    const { id, sealed } = seal(crypto, filled(1), 3, none, plaintext)
    const before = [toHex(id), toHex(sealed)]
    open(crypto, filled(2), 3, none, id, sealed)
    assert.equal([toHex(id), toHex(sealed)], before)
    assert.equal(plaintext, filled(9))
  })

  test('scopes are those of the protocol, all different', () => {
    const log = filled(5)
    const secret = filled(6)
    const kdf = (...bytes: Uint8Array[]): string => toHex(crypto.deriveKey('runnel v1 scope', concat(...bytes)))
    const scopes = [
      [fileScope(crypto, undefined), kdf(Uint8Array.of(0))],
      [fileScope(crypto, secret), kdf(Uint8Array.of(0), secret)],
      [runScope(crypto, log, undefined), kdf(Uint8Array.of(1), log)],
      [runScope(crypto, log, secret), kdf(Uint8Array.of(1), log, secret)],
      [cardScope(crypto, secret), kdf(Uint8Array.of(2), secret)],
    ] as const
    for (const [scope, expected] of scopes) assert.is(toHex(scope), expected)
    assert.is(new Set(scopes.map(([scope]) => toHex(scope))).size, scopes.length)
  })

  test('parts are sealed like anything else, stand behind their kind, and are named by their hash', () => {
    const plaintexts = [filled(1), Uint8Array.of(5), new Uint8Array(3000), none]
    const parts = crypto.seals.sealParts(filled(9), 3, plaintexts)
    assert.is(parts.length, plaintexts.length)
    for (const [index, { id, chunk, name }] of parts.entries()) {
      const alone = seal(crypto, filled(9), 3, none, plaintexts[index]!)
      assert.equal(id, alone.id)
      assert.equal(chunk, concat(Uint8Array.of(3), alone.sealed))
      assert.equal(name, crypto.hash(chunk))
    }
    assert.equal(crypto.seals.sealParts(filled(9), 3, []), [])
  })

  // protocol.md §5 MUST: A reader MUST compute `id` again
  test('parts open together, or not at all when one is not what its id says', () => {
    const plaintexts = [filled(1), Uint8Array.of(5), new Uint8Array(3000)]
    const parts = crypto.seals.sealParts(filled(9), 3, plaintexts)
    const ids = parts.map(({ id }) => id)
    const chunks = parts.map(({ chunk }) => chunk)
    assert.equal(crypto.seals.openParts(filled(9), 3, ids, chunks), plaintexts)
    assert.equal(crypto.seals.openParts(filled(9), 3, [], []), [])
    assert.is(crypto.seals.openParts(filled(8), 3, ids, chunks), undefined)
    for (const index of chunks.keys()) {
      const changed = chunks.map((chunk) => chunk.slice())
      changed[index]![1]! ^= 1
      assert.is(crypto.seals.openParts(filled(9), 3, ids, changed), undefined)
    }
    assert.throws(() => crypto.seals.openParts(filled(9), 3, ids, chunks.slice(1)), RangeError)
    assert.throws(() => crypto.seals.openParts(filled(9), 3, [none], chunks.slice(2)), RangeError)
  })

  test('a context of more than 65,535 bytes is refused, both ways', () => {
    const long = new Uint8Array(65_536)
    assert.throws(() => seal(crypto, filled(1), 3, long, none), RangeError)
    assert.throws(() => open(crypto, filled(1), 3, long, filled(2), none), RangeError)
  })

  test('wrong lengths are the caller’s mistake', () => {
    assert.throws(() => fileScope(crypto, none), RangeError)
    assert.throws(() => runScope(crypto, none, undefined), RangeError)
    assert.throws(() => cardScope(crypto, filled(1).subarray(1)), RangeError)
    assert.throws(() => seal(crypto, none, 3, none, none), RangeError)
    assert.throws(() => open(crypto, filled(1), 3, none, none, none), RangeError)
  })

  test.run()
}
