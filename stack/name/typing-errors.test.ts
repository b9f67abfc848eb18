// A slip in a name is found where it was made.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { encodeText, TextKind } from './text.js'
import { likelyTexts } from './typing-errors.js'

const test = suite('typing errors')
const crypto = await openTestCrypto()
const name = encodeText(crypto, TextKind.name, new Uint8Array(32).fill(7))

function assertFound(slip: string, at?: number): void {
  const found = likelyTexts(crypto, slip).find(({ text }) => text === name)
  assert.ok(found, slip)
  if (at !== undefined) assert.is(found.at, at)
}

test('a wrong character is found at its place, in either case', () => {
  const wrong = `${name.slice(0, 20)}${name[20] === 'a' ? 'b' : 'a'}${name.slice(21)}`
  assertFound(wrong, 21)
  assertFound(wrong.toUpperCase(), 21)
})

test('a character that no text has is found', () => {
  assertFound(`${name.slice(0, 9)}1${name.slice(10)}`, 10)
})

test('two that were changed over, one left out and one too much are found', () => {
  const index = [...name].findIndex((character, at) => character !== name[at + 1])
  assertFound(`${name.slice(0, index)}${name[index + 1]}${name[index]}${name.slice(index + 2)}`)
  assertFound(name.slice(0, 30) + name.slice(31))
  assertFound(`${name.slice(0, 30)}x${name.slice(30)}`)
  assertFound(name.slice(1), 1)
  assertFound(`${name}q`)
})

test('nothing is guessed of what is far from a name, and no text makes it throw', () => {
  assert.equal(likelyTexts(crypto, ''), [])
  assert.equal(likelyTexts(crypto, name + name), [])
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => Array.isArray(likelyTexts(crypto, text))),
    { numRuns: 30 },
  )
})

test.run()
