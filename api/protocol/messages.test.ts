// Messages by their shape: what each side may say, and nothing else.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus } from '../../test/samples/decoders.js'
import { decodeFrame, type Frame } from './frames.js'
import { decodeClientMessage, decodeNodeMessage, helloFrame, itemCost } from './messages.js'

const test = suite('messages')

test('of a client are read by what is in them', () => {
  assert.equal(decodeClientMessage(helloFrame('client')), { kind: 'hello' })
  assert.equal(decodeClientMessage({ id: 1, method: 'get', params: { a: 1 } }), {
    kind: 'call',
    id: 1,
    method: 'get',
    params: { a: 1 },
  })
  assert.equal(decodeClientMessage({ id: 2, cancel: true }), { kind: 'cancel', id: 2 })
  assert.equal(decodeClientMessage({ id: 3, credit: 5 }), { kind: 'credit', id: 3, credit: 5 })
  const input = Uint8Array.of(1)
  assert.equal(decodeClientMessage({ id: 4, input }), { kind: 'input', id: 4, input })
  assert.equal(decodeClientMessage({ id: 4, inputEnd: true }), { kind: 'inputEnd', id: 4 })
})

test('of a node are read by what is in them', () => {
  assert.equal(decodeNodeMessage(helloFrame('node')), { kind: 'hello' })
  for (const kind of ['result', 'error', 'item', 'progress'] as const) {
    assert.equal(decodeNodeMessage({ id: 7, [kind]: 'x' }), { kind, id: 7, [kind]: 'x' })
  }
  assert.equal(decodeNodeMessage({ id: 7, wants: 5 }), { kind: 'wants', id: 7, wants: 5 })
})

test('that no client may send are none', () => {
  const bad: Frame[] = [
    {},
    { id: 1 },
    { id: 0, method: 'get', params: {} },
    { id: -1, method: 'get', params: {} },
    { id: 1.5, method: 'get', params: {} },
    { id: '1', method: 'get', params: {} },
    { id: 1, method: 'get' },
    { id: 1, method: 'get', params: [] },
    { id: 1, method: 'get', params: null },
    { id: 1, method: 1, params: {} },
    { id: 1, cancel: 'true' },
    { id: 1, credit: -1 },
    { id: 1, credit: 1.5 },
    { id: 1, input: 'text' },
    { id: 1, inputEnd: 1 },
    { method: 'get', params: {} },
    { runnel: 2, role: 'client' },
    { runnel: 1, role: 'node' },
  ]
  for (const frame of bad) assert.is(decodeClientMessage(frame), undefined, JSON.stringify(frame))
})

test('that no node may send are none', () => {
  for (const frame of [
    {},
    { id: 1 },
    { id: -1, result: 1 },
    { result: 1 },
    { id: 1, method: 'get' },
    { id: 1, wants: -1 },
    { runnel: 1 },
  ]) {
    assert.is(decodeNodeMessage(frame), undefined, JSON.stringify(frame))
  }
})

test('any map is a message or none, without an exception', () => {
  const keys = fc.constantFrom(
    'id',
    'runnel',
    'role',
    'method',
    'params',
    'cancel',
    'credit',
    'input',
    'inputEnd',
    'wants',
    'result',
    'item',
    'error',
  )
  fc.assert(
    fc.property(fc.dictionary(keys, fc.anything()), (frame) => {
      decodeClientMessage(frame)
      decodeNodeMessage(frame)
    }),
    { numRuns: 1000 },
  )
})

test('an item costs 64 and its bytes, to a depth of two', () => {
  assert.is(itemCost('text'), 64)
  assert.is(itemCost(new Uint8Array(10)), 74)
  assert.is(itemCost({ bytes: new Uint8Array(10), more: new Uint8Array(5), name: 'x' }), 79)
  assert.is(itemCost({ deep: { bytes: new Uint8Array(10) } }), 64)
})

test('the corpora are read and refused as their names say', () => {
  const message = (decode: (frame: Frame) => unknown) => (bytes: Uint8Array) => {
    const frame = decodeFrame(bytes)
    return typeof frame === 'string' ? frame : (decode(frame) ?? 'bad-kind')
  }
  assertCorpus('api/protocol/corpus/client-message', message(decodeClientMessage))
  assertCorpus('api/protocol/corpus/node-message', message(decodeNodeMessage))
})

test.run()
