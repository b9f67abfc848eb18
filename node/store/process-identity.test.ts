// A process is told from every other with the same number.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeIdentity, encodeIdentity, isRunning, ownIdentity } from './process-identity.js'

const test = suite('process identity')

test('an identity is read as it was written', () => {
  const identity = ownIdentity()
  assert.equal(decodeIdentity(encodeIdentity(identity)), identity)
  assert.is.not(identity.token, ownIdentity().token)
})

test('any text is read or refused', () => {
  const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant('0'.repeat(32)))
  const object = fc.dictionary(fc.constantFrom('pid', 'start', 'boot', 'space', 'token'), part)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        object.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const identity = decodeIdentity(text)
        if (identity !== undefined) assert.equal(decodeIdentity(encodeIdentity(identity)), identity)
      },
    ),
  )
})

test('this process runs, and none with its number and another start, or of another boot', () => {
  const own = ownIdentity()
  assert.is(isRunning(own, own), true)
  assert.is(isRunning({ ...own, start: '1' }, own), false)
  assert.is(isRunning({ ...own, boot: 'another' }, own), false)
  assert.is(isRunning({ ...own, pid: 2 ** 22 + 1 }, own), false)
  assert.is(isRunning({ ...own, space: 'pid:[1]' }, own), 'unknown')
})

test.run()
