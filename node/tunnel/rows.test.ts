// Rows: what is written is what the native side reads (both test against the same files), and nothing else is read.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, toHex } from '../../stack/bytes/index.js'
import { anyCommand, anyEvent, everyCommand, everyEvent, sampleInterface } from '../../test/samples/datapath.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { encodeCommands, encodeInterface } from './command-rows.js'
import { decodeEvents } from './event-rows.js'
import {
  maxCommandBytes,
  maxHeadBytes,
  maxMtuBytes,
  maxNameBytes,
  maxProbeBytes,
  maxQuestionBytes,
  minMtuBytes,
} from './limits.js'
import { decodeQuestionRows } from './question-rows.js'
import { encodeEvents, encodeQuestions } from './testing/event-writer.js'

const test = suite('tunnel rows')

const sample = (path: string): string => {
  return readFileSync(fileURLToPath(new URL(`../../../node/tunnel/corpus/${path}`, import.meta.url)), 'utf8').trim()
}
const written = (...commands: Parameters<typeof encodeCommands>[0]) => concat(...encodeCommands(commands))

test('a command of every kind is written as the native side reads it', () => {
  assert.is(toHex(written(...everyCommand)), sample('commands/valid--every-kind.hex'))
})

test('an event of every kind is read as the native side writes it', () => {
  assert.is(toHex(encodeEvents(everyEvent)), sample('events/valid--every-kind.hex'))
  assert.equal(decodeEvents(encodeEvents(everyEvent)), [...everyEvent])
})

test('what an interface is to be is written as the native side reads it', () => {
  assert.is(toHex(encodeInterface(sampleInterface)), sample('interface/valid--whole.hex'))
})

test('events are read from any bytes, or refused', () => {
  const valid = fc.array(anyEvent, { minLength: 1, maxLength: 5 }).map(encodeEvents)
  // Rows that are cut off at an end of a row are fewer rows.
  assertDecoder({ valid, decode: decodeEvents, encode: encodeEvents, extensible: true })
  assertCorpus('node/tunnel/corpus/events', decodeEvents)
})

test('questions are read as the native side writes them, or refused', () => {
  const address = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const packet = fc.record({ from: address, to: address, bytes: fc.uint8Array({ maxLength: 200 }) })
  const valid = fc.array(packet, { minLength: 1, maxLength: 5 }).map(encodeQuestions)
  // Rows that are cut off at an end of a row are fewer rows.
  assertDecoder({ valid, decode: decodeQuestionRows, encode: encodeQuestions, extensible: true })
  assertCorpus('node/tunnel/corpus/questions', decodeQuestionRows)
})

test('an event that is read shares no memory with the rows that it came from', () => {
  const rows = encodeEvents(everyEvent)
  const read = decodeEvents(rows)
  rows.fill(0)
  assert.equal(read, [...everyEvent])
})

test('commands are written in their order, in buffers that stay near their bound', () => {
  const property = fc.property(fc.array(anyCommand, { maxLength: 20 }), (commands) => {
    assert.equal(written(...commands), concat(...commands.map((command) => written(command))))
  })
  fc.assert(property)
  const keys = {
    type: 'add-keys',
    index: 1,
    peer: 1,
    opening: new Uint8Array(32),
    sealing: new Uint8Array(32),
  } as const
  const buffers = [...encodeCommands(new Array(2_000).fill(keys))]
  assert.ok(buffers.length > 1)
  for (const buffer of buffers) assert.ok(buffer.length <= maxCommandBytes + written(keys).length)
  assert.is(concat(...buffers).length, 2_000 * written(keys).length)
})

test('what does not fit its field is a fault of the caller', () => {
  const to = { address: new Uint8Array(5), port: 1 }
  assert.throws(() => written({ type: 'send-cookie', to, cookie: new Uint8Array(16) }), /5 bytes/)
  assert.throws(() => written({ type: 'expect-cookie', cookie: new Uint8Array(15) }), /15 bytes/)
  assert.throws(() => written({ type: 'set-peer', peer: -1, address: new Uint8Array(16) }), /-1/)
  const [key] = everyCommand.flatMap((command) => (command.type === 'remove-flow' ? [command.key] : []))
  if (key === undefined) throw new Error('there is a flow')
  assert.throws(() => written({ type: 'set-flow', key, verdict: { type: 'drop', unreachable: 256 } }), /256/)
})

test('every bound is kept at the limit and one more', () => {
  const probe = (length: number) => {
    const [sent] = everyCommand.flatMap((command) => (command.type === 'probe' ? [command] : []))
    if (sent === undefined) throw new Error('there is a probe')
    return () => written({ ...sent, content: new Uint8Array(length) })
  }
  assert.is(probe(maxProbeBytes)().length, sample('commands/too-long--probe-of-65.hex').length / 2 - 1)
  assert.throws(probe(maxProbeBytes + 1))
  for (const mtuBytes of [minMtuBytes, maxMtuBytes]) encodeInterface({ ...sampleInterface, mtuBytes })
  for (const mtuBytes of [minMtuBytes - 1, maxMtuBytes + 1]) {
    assert.throws(() => encodeInterface({ ...sampleInterface, mtuBytes }))
  }
  encodeInterface({ ...sampleInterface, name: 'x'.repeat(maxNameBytes) })
  assert.throws(() => encodeInterface({ ...sampleInterface, name: 'x'.repeat(maxNameBytes + 1) }))
  const [miss] = everyEvent.flatMap((event) => (event.type === 'miss' ? [event] : []))
  if (miss === undefined) throw new Error('there is a miss')
  const read = (length: number) => decodeEvents(encodeEvents([{ ...miss, head: new Uint8Array(length) }]))
  assert.is.not(typeof read(maxHeadBytes), 'string')
  assert.is(read(maxHeadBytes + 1), 'too-long')
  const question = (length: number) => {
    const address = new Uint8Array(16)
    return decodeQuestionRows(encodeQuestions([{ from: address, to: address, bytes: new Uint8Array(length) }]))
  }
  assert.is.not(typeof question(maxQuestionBytes), 'string')
  assert.is(question(maxQuestionBytes + 1), 'too-long')
})

test.run()
