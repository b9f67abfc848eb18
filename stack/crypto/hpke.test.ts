// HPKE: the published vector, what does not open, and keys that contribute nothing.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { fromHex, toHex } from '../bytes/index.js'
import { openHpke, sealHpke } from './hpke.js'

const path = new URL('../../../stack/crypto/vectors/hpke.json', import.meta.url)
const vector = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
const field = (name: string): Uint8Array => fromHex(vector[name] ?? '')!
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const bytes = fc.uint8Array({ maxLength: 200 })

for (const crypto of await openProviders()) {
  const test = suite(`crypto/hpke by ${crypto.provider}`)

  test('seals and opens as the test vectors of RFC 9180 say', () => {
    const made = sealHpke(crypto, field('pkRm'), field('skEm'), field('info'), field('aad'), field('pt'))
    assert.is(toHex(made!.enc), vector.enc)
    assert.is(toHex(made!.sealed), vector.ct)
    const given = { enc: field('enc'), sealed: field('ct') }
    assert.is(toHex(openHpke(crypto, field('skRm'), given, field('info'), field('aad'))!), vector.pt)
  })

  test('opens what was sealed, and nothing in which a bit of anything differs', () => {
    fc.assert(
      fc.property(bytes32, bytes32, bytes, bytes, bytes, fc.nat(), (own, ephemeral, info, aad, text, at) => {
        const made = sealHpke(crypto, crypto.x25519.publicFromPrivate(own), ephemeral, info, aad, text)!
        assert.equal(openHpke(crypto, own, made, info, aad), text)
        const changed = (from: Uint8Array): Uint8Array => {
          if (from.length === 0) return Uint8Array.of(0)
          const copy = from.slice()
          copy[at % copy.length]! ^= 1
          return copy
        }
        assert.is(openHpke(crypto, own, { ...made, sealed: changed(made.sealed) }, info, aad), undefined)
        assert.is(openHpke(crypto, own, { ...made, enc: changed(made.enc) }, info, aad), undefined)
        assert.is(openHpke(crypto, own, made, changed(info), aad), undefined)
        assert.is(openHpke(crypto, own, made, info, changed(aad)), undefined)
        assert.is(openHpke(crypto, ephemeral, made, info, aad), toHex(own) === toHex(ephemeral) ? text : undefined)
        assert.is(openHpke(crypto, own, { ...made, sealed: made.sealed.subarray(0, 15) }, info, aad), undefined)
      }),
      { numRuns: 20 },
    )
  })

  test('a key of small order seals nothing and opens nothing', () => {
    const zero = new Uint8Array(32)
    assert.is(sealHpke(crypto, zero, field('skEm'), zero, zero, zero), undefined)
    assert.is(openHpke(crypto, field('skRm'), { enc: zero, sealed: field('ct') }, zero, zero), undefined)
  })

  test.run()
}
