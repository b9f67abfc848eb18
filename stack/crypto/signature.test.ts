// Typed signatures: what exactly is signed, and that no type verifies as another.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { encodeUtf8, toHex } from '../bytes/index.js'
import { type SignedType, signedMessage, signTyped, verifyTyped } from './signature.js'

for (const crypto of await openProviders()) {
  const test = suite(`crypto/signature by ${crypto.provider}`)
  const seed = new Uint8Array(32).fill(1)
  const publicKey = crypto.ed25519.publicKeyFromSeed(seed)
  const body = encodeUtf8('a body')
  const types: SignedType[] = ['cert', 'head', 'card', 'member', 'announce', 'receipt', 'ticket', 'envelope']

  test('what is signed is the prefix, the type, a zero byte and the body', () => {
    for (const type of types) assert.equal(signedMessage(type, body), encodeUtf8(`runnel v1 sign ${type}\0a body`))
    assert.is(toHex(signedMessage('head', new Uint8Array(0))), '72756e6e656c207631207369676e206865616400')
  })

  test('a signature verifies as its own type and as no other', () => {
    for (const type of types) {
      const signature = signTyped(crypto, type, seed, body)
      for (const other of types) assert.is(verifyTyped(crypto, other, publicKey, body, signature), other === type)
    }
  })

  test('neither a bare signature of the body nor one of another body or key verifies', () => {
    assert.not(verifyTyped(crypto, 'head', publicKey, body, crypto.ed25519.sign(seed, body)))
    const signature = signTyped(crypto, 'head', seed, body)
    assert.not(verifyTyped(crypto, 'head', publicKey, encodeUtf8('a bodz'), signature))
    const other = crypto.ed25519.publicKeyFromSeed(new Uint8Array(32).fill(2))
    assert.not(verifyTyped(crypto, 'head', other, body, signature))
  })

  test('a signature of this protocol is one value (Ed25519 is deterministic)', () => {
    assert.equal(
      signTyped(crypto, 'cert', seed, body),
      crypto.ed25519.sign(seed, encodeUtf8('runnel v1 sign cert\0a body')),
    )
  })

  test.run()
}
