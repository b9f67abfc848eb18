// What a caller can rely on: the properties of an error, and that they survive the way over the API socket.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError, RunnelError } from './error.js'
import { type ErrorCode, errorTable } from './table.js'
import { toRunnelError } from './unknown.js'

const codes = Object.keys(errorTable) as ErrorCode[]

const test = suite('errors')

test('an error is an Error with its code, culprit, hint and errno from the table', () => {
  const error = new RunnelError('NO_HOLDER')
  assert.instance(error, Error)
  assert.is(error.name, 'RunnelError')
  assert.is(error.code, 'NO_HOLDER')
  assert.is(error.blame, 'network')
  assert.is(error.errno, 'EHOSTUNREACH')
  assert.is(error.exitCode, 3)
  assert.is(error.docs, 'reference/errors.md#no_holder')
  assert.is(error.message, errorTable.NO_HOLDER.title)
  assert.is(error.hint, errorTable.NO_HOLDER.hint)
})

test('the thrower may say more than the table does', () => {
  const cause = new Error('why')
  const error = new RunnelError('IO', 'own/0001: short write', {
    cause,
    blame: 'peer',
    hint: 'Look.',
    details: { bytes: 7 },
  })
  assert.is(error.message, 'own/0001: short write')
  assert.is(error.cause, cause)
  assert.is(error.blame, 'peer')
  assert.is(error.hint, 'Look.')
  assert.equal(error.details, { bytes: 7 })
})

test('an error without a cause has no property of that name', () => {
  assert.not('cause' in new RunnelError('IO'))
})

test('every error survives the socket with all that it says', () => {
  const plain = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string())))
  fc.assert(
    fc.property(fc.constantFrom(...codes), fc.string(), plain, fc.string(), (code, message, details, why) => {
      const { __proto__: _, ...kept } = details
      const sent = new RunnelError(code, message, { details: kept, cause: new Error(why) })
      const received = RunnelError.fromJSON(JSON.parse(JSON.stringify(sent)))
      assert.equal(received.toJSON(), sent.toJSON())
    }),
  )
})

test('whatever arrives as an error becomes one, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      assert.instance(RunnelError.fromJSON(value), RunnelError)
    }),
  )
  const broken = fc.record({
    code: fc.constantFrom(...codes),
    message: fc.anything(),
    hint: fc.anything(),
    details: fc.anything(),
  })
  fc.assert(
    fc.property(broken, (value) => {
      const error = RunnelError.fromJSON(value)
      assert.is(error.code, value.code)
      assert.type(error.message, 'string')
      assert.type(error.hint, 'string')
    }),
  )
})

test('a code of a later version is kept in the message of an INTERNAL', () => {
  const error = RunnelError.fromJSON({ code: 'OUT_OF_HONEY', message: 'no bees' })
  assert.is(error.code, 'INTERNAL')
  assert.match(error.message, 'OUT_OF_HONEY: no bees')
})

test('names that every object has are not codes', () => {
  assert.is(RunnelError.fromJSON({ code: 'constructor' }).code, 'INTERNAL')
  assert.is(RunnelError.fromJSON({ code: '__proto__' }).code, 'INTERNAL')
})

test('details from the other side are cut where they get too deep, too many or too long', () => {
  let deep: object = { end: true }
  for (let level = 0; level < 100; level++) deep = { deep }
  const error = RunnelError.fromJSON({
    code: 'IO',
    message: 'x'.repeat(10_000),
    details: { deep, many: Array.from({ length: 5000 }, (_, index) => index), long: 'y'.repeat(10_000), call: () => 1 },
  })
  const text = JSON.stringify(error.details)
  assert.is(error.message.length, 4096)
  assert.not(text.includes('end'))
  assert.ok((error.details!.many as number[]).length <= 1024)
  assert.not('call' in (error.details ?? {}))
  assert.not(text.includes('y'.repeat(4097)))
})

test('isRunnelError tells the code', () => {
  assert.ok(isRunnelError(new RunnelError('STALE'), 'STALE'))
  assert.not(isRunnelError(new RunnelError('STALE'), 'FORKED'))
  assert.not(isRunnelError(new Error('STALE')))
})

test('what was thrown becomes an error that says what was tried', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const error = toRunnelError(full, 'append to posts')
  assert.is(error.code, 'DISK_FULL')
  assert.is(error.message, 'append to posts: ENOSPC: no space left on device, write')
  assert.is(error.cause, full)
})

test('an aborted signal and a passed deadline are told apart', () => {
  assert.is(toRunnelError(AbortSignal.abort().reason).code, 'ABORTED')
  assert.is(toRunnelError(new DOMException('late', 'TimeoutError')).code, 'TIMEOUT')
})

test('a RunnelError stays the same object, and anything else is INTERNAL', () => {
  const error = new RunnelError('STALE')
  assert.is(toRunnelError(error, 'get'), error)
  assert.is(toRunnelError(new TypeError('x is not a function')).code, 'INTERNAL')
  assert.is(toRunnelError('only a text').message, 'only a text')
  assert.is(toRunnelError(Object.create(null)).code, 'INTERNAL')
})

test.run()
