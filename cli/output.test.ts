// What is written where, and what a terminal alone is shown.

import { Writable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Output } from './output.js'

const test = suite('output')

function outputTo(isTTY: boolean, json = false) {
  let text = ''
  const out = new Writable({
    write(chunk: Uint8Array, _, done) {
      text += String(chunk)
      done()
    },
  })
  return { output: new Output(json, Object.assign(out, { isTTY })), written: () => text }
}

test('a draft is shown on a terminal until the next line takes its place', () => {
  const { output, written } = outputTo(true)
  output.draft('one')
  output.draft('two')
  output.line('settled')
  output.line('more')
  assert.is(written(), '\r\u001b[Kone\r\u001b[Ktwo\r\u001b[Ksettled\nmore\n')
})

test('in a pipe, and where records are asked for, there are no drafts', () => {
  for (const { output, written } of [outputTo(false), outputTo(true, true)]) {
    output.draft('one')
    output.line('settled')
    assert.is(written(), 'settled\n')
  }
})

test.run()
