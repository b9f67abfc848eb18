// Recovery phrases: published vectors, round trips, and what goes wrong when one is typed from paper.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus } from '../../test/samples/decoders.js'
import { filled } from '../../test/samples/name.js'
import { decodeUtf8 } from '../bytes/index.js'
import { phraseToSeed, seedToPhrase, unknownWords } from './phrase.js'

const test = suite('name/phrase')

const zeros = `${'abandon '.repeat(23)}art`

test('phrases are those of BIP-39', () => {
  // From the reference vectors of BIP-39 (trezor/python-mnemonic, 256 bits).
  assert.is(seedToPhrase(filled(0)), zeros)
  assert.is(seedToPhrase(filled(0xff)), `${'zoo '.repeat(23)}vote`)
  assert.is(
    seedToPhrase(filled(0x80)),
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid ' +
      'letter advice cage absurd amount doctor acoustic bless',
  )
})

test('every seed comes back from its phrase', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      assert.equal(phraseToSeed(seedToPhrase(seed)), seed)
    }),
  )
})

// protocol.md §2 MUST: Readers MUST take any case
test('case and white space do not matter', () => {
  const typed = `\n  ${zeros.toUpperCase().replaceAll(' ', ' \t\r\n')}\u00a0 `
  assert.equal(phraseToSeed(typed), filled(0))
})

test('what was typed wrong is named', () => {
  assert.is(phraseToSeed(zeros.slice(0, zeros.lastIndexOf(' '))), 'bad-length')
  assert.is(phraseToSeed(`${zeros} art`), 'bad-length')
  assert.is(phraseToSeed(''), 'bad-length')
  assert.is(phraseToSeed(zeros.replace('art', 'arf')), 'bad-text')
  assert.is(phraseToSeed(zeros.replace('art', 'able')), 'bad-checksum')
  assert.equal(unknownWords(`${zeros.replace('abandon', 'abandom')}x`), [0, 23])
  assert.equal(unknownWords(zeros), [])
})

test('a phrase of 12 words, which other programs make, is refused', () => {
  assert.is(phraseToSeed(`${'abandon '.repeat(11)}about`), 'bad-length')
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom('zoo', 'art', 'constructor', '__proto__'))), (text) => {
      phraseToSeed(typeof text === 'string' ? text : text.join(' '))
    }),
  )
})

test('only a seed of 32 bytes has a phrase', () => {
  assert.throws(() => seedToPhrase(new Uint8Array(16)), /16 bytes/)
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/phrase', (bytes) => phraseToSeed(decodeUtf8(bytes) ?? ''))
})

test.run()
