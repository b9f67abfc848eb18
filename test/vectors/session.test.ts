// The vectors of sessions, read by a second hand: payloads and records are taken apart at the offsets that §10.12 gives, and
// opened by AES-256-GCM of node:crypto under the keys that they name.

import { createDecipheriv } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeAnswerHello, decodeCallHello, decodeRecord } from '../../stack/session/index.js'
import { openTestCrypto } from '../provider.js'
import { sessionVectors } from './session.js'

interface Hello {
  readonly received: number
  readonly certificate: string
  readonly payload: string
}

interface Vectors {
  calls: (Hello & { timeMs: number; resume: boolean; device: string; id: string; service: string })[]
  answers: (Hello & { status: string })[]
  message1: string
  message2: string
  initiatorKey: string
  responderKey: string
  records: ({ from: 'initiator' | 'responder'; counter: number; kind: string; record: string; sealed: string } & Record<
    string,
    string | number
  >)[]
}

const test = suite('vectors/session')
const crypto = await openTestCrypto()
const vectors = JSON.parse(JSON.stringify(sessionVectors(crypto))) as Vectors

/** Hex of a number in so many bytes. */
function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0')
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

/** Hex of bytes behind their length. */
function counted(text: string, lengthBytes: number): string {
  return hex(text.length / 2, lengthBytes) + text
}

test('payloads of both messages have their fields where §10.12 says', () => {
  for (const { timeMs, resume, device, id, received, service, certificate, payload } of vectors.calls) {
    const front = `${hex(timeMs, 8)}01${hex(Number(resume), 1)}${device}${id}${hex(received, 8)}`
    const name = counted(Buffer.from(service).toString('hex'), 1)
    assert.is(payload, front + name + counted(certificate, 2))
    assert.type(decodeCallHello(bytes(payload)), 'object')
  }
  const statuses = ['accepted', 'NoService', 'NotAllowed', 'Busy', 'NoSession']
  for (const { status, received, certificate, payload } of vectors.answers) {
    assert.is(payload, hex(statuses.indexOf(status), 1) + hex(received, 8) + counted(certificate, 2))
    assert.type(decodeAnswerHello(bytes(payload)), 'object')
  }
})

test('the messages are as long as their payloads and what Noise IK puts around them', () => {
  assert.is(bytes(vectors.message1).length, 32 + 48 + bytes(vectors.calls[0]?.payload ?? '').length + 16)
  assert.is(bytes(vectors.message2).length, 32 + bytes(vectors.answers[0]?.payload ?? '').length + 16)
})

test('records open under the key of their side and their counter, and say what stands beside them', () => {
  const kinds = ['data', 'end', 'ack', 'ping', 'pong', 'reset']
  const seen = { initiator: 0, responder: 0 }
  for (const { from, counter, kind, record, sealed, ...fields } of vectors.records) {
    assert.is(counter, seen[from]++)
    const opening = createDecipheriv('aes-256-gcm', bytes(vectors[`${from}Key`]), bytes(`00000000${hex(counter, 8)}`))
    const all = bytes(sealed)
    opening.setAuthTag(all.subarray(-16))
    assert.is(Buffer.concat([opening.update(all.subarray(0, -16)), opening.final()]).toString('hex'), record)
    const body: Readonly<Record<string, string>> = {
      data: String(fields.bytes),
      end: '',
      ack: hex(Number(fields.received), 8) + hex(Number(fields.room), 4),
      ping: String(fields.token),
      pong: String(fields.token),
      reset: `01${Buffer.from(String(fields.text)).toString('hex')}`,
    }
    assert.is(record, hex(kinds.indexOf(kind), 1) + body[kind])
    assert.type(decodeRecord(bytes(record)), 'object')
  }
  assert.equal(new Set(vectors.records.map(({ kind }) => kind)), new Set(kinds))
})

test.run()
