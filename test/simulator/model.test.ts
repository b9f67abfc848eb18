// The reference model refuses what cannot be: bytes that nobody wrote, another order, what was acknowledged and is gone.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogModel, Violation } from './model.js'
import { payloadOf } from './payload.js'
import { SiteModel } from './site-model.js'

const test = suite('simulator/model')

const entry = (name: string): Uint8Array => payloadOf('seed', name, 200)

function written(...names: string[]): LogModel {
  const model = new LogModel('log')
  for (const name of names) model.give(name, entry(name))
  return model
}

const isViolation = (error: Error): boolean => error instanceof Violation

test('takes entries in the order in which they were acknowledged, from any reader', () => {
  const model = written('a', 'b', 'c')
  model.acknowledge(0, ['a', 'b'])
  for (const reader of ['one', 'two'])
    for (const [at, name] of ['a', 'b', 'c'].entries()) model.show(reader, at, entry(name))
  assert.is(model.acknowledgedLength, 2)
})

test('refuses bytes that nobody wrote, and written ones with a bit more', () => {
  const model = written('a')
  assert.throws(() => model.show('reader', 0, entry('x')), isViolation)
  const changed = entry('a')
  changed[150] = (changed[150] ?? 0) ^ 1
  assert.throws(() => model.show('reader', 0, changed), isViolation)
})

test('refuses another entry where one was shown or acknowledged', () => {
  const model = written('a', 'b', 'c')
  model.acknowledge(0, ['a'])
  assert.throws(() => model.show('reader', 0, entry('b')), isViolation)
  model.show('reader', 1, entry('b'))
  assert.throws(() => model.show('other', 1, entry('c')), isViolation)
  assert.throws(() => model.acknowledge(1, ['c']), isViolation)
})

test('refuses that one entry is acknowledged twice', () => {
  const model = written('a')
  model.acknowledge(0, ['a'])
  assert.throws(() => model.acknowledge(1, ['a']), isViolation)
})

test('knows of a site whole versions only', () => {
  const model = new SiteModel('site')
  model.give(3, new Map([['file0', entry('site/3/0')]]))
  assert.is(model.show('reader', 'file0', entry('site/3/0')), 3)
  assert.throws(() => model.show('reader', 'file1', entry('site/3/0')), isViolation)
  assert.throws(() => model.show('reader', 'file0', entry('site/4/0')), isViolation)
})

test.run()
