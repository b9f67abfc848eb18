// docs/vectors.json is what the code makes, byte for byte.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../house/tree.js'
import { vectorsText } from './all.js'

const test = suite('docs/vectors.json')

test('is what the code makes; `npm run docs` writes it', async () => {
  const text = readFileSync(`${root}/docs/vectors.json`, 'utf8')
  // Not assert.is: a difference of many lines of hex helps nobody.
  assert.ok(text === (await vectorsText()), 'the vectors have changed')
})

test.run()
