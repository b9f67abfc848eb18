// What is remembered of opened directories: given to who opened the same thing in the same place, and bounded.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DirectoryContents, DirectoryPlace } from './directory-place.js'
import { maxOpenedDirectories, maxOpenedDirectoryBytes } from './limits.js'
import { OpenedDirectories } from './opened-directories.js'

const test = suite('data/opened-directories')
const scope = new Uint8Array(32).fill(1)
const contents: DirectoryContents = { items: [] }

function place(number: number, changed: Partial<DirectoryPlace> = {}): DirectoryPlace {
  const child = new Uint8Array(32)
  new DataView(child.buffer).setUint32(0, number)
  return { child, id: new Uint8Array(32).fill(2), moreDepth: 0, from: undefined, before: undefined, ...changed }
}

function memory(): OpenedDirectories {
  return new OpenedDirectories(new Uint8Array(8).fill(3))
}

test('what was opened is found again, and only with the scope key, id and place that it was opened with', () => {
  const opened = memory()
  opened.keep(scope, place(1), contents, 100)
  assert.is(opened.find(scope, place(1)), contents)
  assert.is(opened.find(scope, place(2)), undefined)
  assert.is(opened.find(new Uint8Array(32), place(1)), undefined)
  assert.is(opened.find(scope, place(1, { id: new Uint8Array(32) })), undefined)
  assert.is(opened.find(scope, place(1, { moreDepth: 1 })), undefined)
  assert.is(opened.find(scope, place(1, { from: 'a' })), undefined)
  assert.is(opened.find(scope, place(1, { before: 'a' })), undefined)
})

test('a chunk that is opened in another place counts once', () => {
  const opened = memory()
  opened.keep(scope, place(1), contents, 100)
  opened.keep(scope, place(1, { from: 'a' }), contents, 100)
  assert.equal([opened.size, opened.chunkBytes], [1, 100])
  assert.is(opened.find(scope, place(1)), undefined)
  assert.is(opened.find(scope, place(1, { from: 'a' })), contents)
})

test('of too many directories those that nobody asked for go first', () => {
  const opened = memory()
  const fill = (from: number, count: number) => {
    for (let at = from; at < from + count; at += 1) opened.keep(scope, place(at), contents, 1)
  }
  fill(0, 2 * maxOpenedDirectories)
  assert.is(opened.size, 2 * maxOpenedDirectories)
  assert.is(opened.find(scope, place(0)), contents)
  assert.is(opened.find(scope, place(1)), undefined)
  fill(10_000, maxOpenedDirectories)
  assert.is(opened.find(scope, place(0)), contents)
  assert.is(opened.find(scope, place(2 * maxOpenedDirectories - 1)), undefined)
  assert.ok(opened.size <= 2 * maxOpenedDirectories)
})

test('of too many bytes as well', () => {
  const opened = memory()
  const half = maxOpenedDirectoryBytes / 2
  for (const at of [1, 2, 3, 4]) opened.keep(scope, place(at), contents, half)
  assert.is(opened.chunkBytes, 2 * maxOpenedDirectoryBytes)
  opened.keep(scope, place(5), contents, 1)
  assert.is(opened.chunkBytes, maxOpenedDirectoryBytes + 1)
  assert.equal(
    [1, 2, 3, 4, 5].map((at) => opened.find(scope, place(at)) !== undefined),
    [false, false, true, true, true],
  )
})

test.run()
