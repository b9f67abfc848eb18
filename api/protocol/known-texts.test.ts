// Texts that are remembered: whatever was there before, the text is that of the bytes.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { knownText } from './known-texts.js'
import { knownTextBytes, knownTexts } from './limits.js'

const test = suite('known-texts')
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))

test('what is ASCII is given as it is, at any place, again and again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: knownTextBytes }), fc.nat(9), (text, from) => {
      const bytes = bytesOf(`${'x'.repeat(from)}${text}y`)
      for (const _ of [1, 2]) assert.is(knownText(bytes, from, text.length), text)
    }),
  )
})

test('a text with the place of another takes it, and both are right', () => {
  for (let round = 0; round < 2; round += 1) {
    for (let at = 0; at < 2 * knownTexts; at += 1) {
      const text = `text ${at}`
      assert.is(knownText(bytesOf(text), 0, text.length), text)
    }
  }
})

test('what is no ASCII, or longer than is remembered, is left to the decoder', () => {
  assert.is(knownText(bytesOf('ü'), 0, 2), undefined)
  assert.is(knownText(Uint8Array.of(0xff), 0, 1), undefined)
  assert.is(knownText(bytesOf('a'.repeat(knownTextBytes + 1)), 0, knownTextBytes + 1), undefined)
  assert.is(knownText(bytesOf('a'.repeat(knownTextBytes)), 0, knownTextBytes), 'a'.repeat(knownTextBytes))
})

test.run()
