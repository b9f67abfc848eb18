// Lines out of a stream of bytes, wherever it is cut, in batches that an API frame can hold.

import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maxFrameBytes } from '../api/protocol/index.js'
import { failure } from '../test/api/promises.js'
import { batchBytes, batchEntries, joinLines, lineBytes } from './lines.js'

const test = suite('lines')

async function linesOf(chunks: Iterable<Uint8Array>): Promise<Uint8Array[][]> {
  const batches: Uint8Array[][] = []
  for await (const batch of joinLines(Readable.from(chunks, { objectMode: false }))) batches.push(batch)
  return batches
}

const texts = (batches: Uint8Array[][]) => batches.flat().map((line) => Buffer.from(line).toString('latin1'))

test('are what stands between newlines, wherever the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', '\n', '\r', '\u0000'), { maxLength: 40 }),
      fc.array(fc.nat(7)),
      async (letters, cuts) => {
        const whole = Buffer.from(letters.join(''), 'latin1')
        const chunks: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          if (cut > 0) chunks.push(whole.subarray(at, at + cut))
          at += cut
        }
        chunks.push(whole.subarray(at))
        const expected = whole.toString('latin1').split('\n')
        if (expected.at(-1) === '') expected.pop()
        assert.equal(texts(await linesOf(chunks.filter((chunk) => chunk.length > 0))), expected)
      },
    ),
  )
})

test('need no newline at the end, and none come of nothing', async () => {
  assert.equal(texts(await linesOf([Buffer.from('a\nb')])), ['a', 'b'])
  assert.equal(texts(await linesOf([Buffer.from('\n\n')])), ['', ''])
  assert.equal(await linesOf([]), [])
})

test('that wait are handed over when nothing more is there', async () => {
  const input = new PassThrough()
  const batches = joinLines(input)
  input.write('first\nsec')
  assert.equal(texts([(await batches.next()).value ?? []]), ['first'])
  input.end('ond\n')
  assert.equal(texts([(await batches.next()).value ?? []]), ['second'])
  assert.ok((await batches.next()).done)
})

test('come in batches within the limits, which a frame can hold', async () => {
  const long = Buffer.concat([Buffer.alloc(batchBytes - 1, 97), Buffer.from('\n')])
  const batches = await linesOf([Buffer.concat([long, long, long, Buffer.alloc(batchEntries + 1, '\n')])])
  assert.equal(
    batches.map((batch) => batch.length),
    [2, batchEntries, 2],
  )
  const largest = batchBytes + lineBytes + 9 * batchEntries
  assert.ok(largest < maxFrameBytes, 'a full batch and its heads are over the limit of a frame')
})

test('of the largest length are taken, and one byte more is TOO_LARGE', async () => {
  assert.is((await linesOf([Buffer.alloc(lineBytes, 97)])).flat()[0]?.length, lineBytes)
  await failure(linesOf([Buffer.alloc(lineBytes + 1, 97)]), 'TOO_LARGE')
})

test('keep bytes that are no text', async () => {
  const batches = await linesOf([Uint8Array.of(0xff, 0xfe, 0x0a, 0x00)])
  assert.equal(
    batches.flat().map((line) => [...line]),
    [[0xff, 0xfe], [0]],
  )
})

test.run()
