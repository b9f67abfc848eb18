// docs/vectors.json is what the code makes, byte for byte.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../house/tree.js'
import { vectorsText } from './all.js'
import { readVectors } from './file.js'
import { recordingText } from './recording.js'

const test = suite('docs/vectors.json')

test('is what the code makes; `npm run docs` writes it', async () => {
  const text = readFileSync(`${root}/docs/vectors.json`, 'utf8')
  // Not assert.is: a difference of many lines of hex helps nobody.
  assert.ok(text === (await vectorsText()), 'the vectors have changed')
})

test('what the native tunnel replays is what the datapath in TypeScript does', async () => {
  const text = readFileSync(`${root}/native/tunnel/src/tests/recorded.txt`, 'utf8')
  assert.ok(text === (await recordingText()), 'the recording has changed: npm run docs')
})

test('is what the page prints', () => {
  const page = readFileSync(`${root}/docs/protocol.md`, 'utf8')
  const printed = page.slice(page.indexOf('The first ones to try:'), page.indexOf('## 16.')).replace(/\s/g, '')
  const { name, log, files, forward } = readVectors()
  const { scope, part } = files.public
  const all = [
    ...[name.ladder.bytes, name.ladder.name, name.text[0]?.text],
    ...[scope, part.ref.id, part.chunk, part.ref.child],
    ...[log.heads[1]?.page, log.heads[1]?.head, forward.interests[0]?.body],
  ]
  for (const vector of all) assert.ok(vector !== undefined && printed.includes(vector), vector)
})

test.run()
