// Who may knock: places in all and for each source, and the memory of accepted handshakes.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { REMEMBERED_EPHEMERALS } from '../noise/index.js'
import { Admission } from './admission.js'
import { MAX_HALF_OPEN, MAX_HALF_OPEN_OF_SOURCE } from './limits.js'
import { sourceOf } from './source.js'

const test = suite('link/admission')

const open = () => new Admission(new Uint8Array(8).fill(3))
const ignore = () => {}

function ephemeral(number: number): Uint8Array {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(7, number)
  return key
}

// protocol.md §8 MUST: It MUST bound half-open handshakes
test('a source gets sixteen places and no more, until it gives one back', () => {
  const admission = open()
  const places = Array.from({ length: MAX_HALF_OPEN_OF_SOURCE }, () => admission.admit('192.0.2.1', ignore))
  assert.is(places.filter(Boolean).length, 16)
  assert.is(admission.admit('192.0.2.1', ignore), undefined)
  assert.ok(admission.admit('192.0.2.2', ignore))
  assert.is(admission.counters.refused, 1)
  places[3]!.release()
  places[3]!.release()
  assert.ok(admission.admit('192.0.2.1', ignore))
  assert.is(admission.admit('192.0.2.1', ignore), undefined)
})

// protocol.md §8 MUST: It MUST bound half-open handshakes
test('when all 256 places are taken, the oldest of the busiest source makes room', () => {
  const admission = open()
  const evicted: string[] = []
  const admit = (address: string, label = address) => admission.admit(address, () => evicted.push(label))
  admit('198.51.100.1')
  for (let index = 0; index < 16; index++) admit('192.0.2.9', `flood ${index}`)
  for (let index = 17; index < MAX_HALF_OPEN; index++) admit(`10.0.0.${index}`)
  assert.is(admission.halfOpen, MAX_HALF_OPEN)
  assert.equal(evicted, [])
  assert.ok(admit('203.0.113.1'))
  assert.ok(admit('203.0.113.2'))
  assert.equal(evicted, ['flood 0', 'flood 1'])
  assert.is(admission.halfOpen, MAX_HALF_OPEN)
  assert.is(admission.counters.evicted, 2)
})

test('when every source has one place, the oldest of all makes room', () => {
  const admission = open()
  const evicted: number[] = []
  for (let index = 0; index <= MAX_HALF_OPEN; index++) {
    admission.admit(`10.0.${index >> 8}.${index & 255}`, () => evicted.push(index))
  }
  assert.equal(evicted, [0])
})

test('a place that was given to another is not given back a second time', () => {
  const admission = open()
  const first = admission.admit('10.1.1.1', ignore)!
  for (let index = 0; index < MAX_HALF_OPEN; index++) admission.admit(`10.0.0.${index}`, ignore)
  assert.is(admission.halfOpen, MAX_HALF_OPEN)
  first.release()
  assert.is(admission.halfOpen, MAX_HALF_OPEN)
})

test('an ephemeral key is remembered for at least 4,096 further ones, and at most twice as many are', () => {
  const admission = open()
  admission.remember(ephemeral(0))
  for (let number = 1; number < REMEMBERED_EPHEMERALS; number++) admission.remember(ephemeral(number))
  admission.remember(ephemeral(REMEMBERED_EPHEMERALS))
  for (let number = 0; number <= REMEMBERED_EPHEMERALS; number++) assert.ok(admission.isReplay(ephemeral(number)))
  for (let number = 1; number < REMEMBERED_EPHEMERALS; number++) {
    admission.remember(ephemeral(REMEMBERED_EPHEMERALS + number))
  }
  assert.ok(admission.isReplay(ephemeral(0)))
  admission.remember(ephemeral(2 * REMEMBERED_EPHEMERALS))
  assert.not(admission.isReplay(ephemeral(0)))
  assert.ok(admission.isReplay(ephemeral(REMEMBERED_EPHEMERALS)))
  assert.is(admission.counters.replayed, REMEMBERED_EPHEMERALS + 3)
})

test('a key that was never accepted is no replay', () => {
  const admission = open()
  assert.not(admission.isReplay(ephemeral(1)))
  assert.is(admission.counters.replayed, 0)
})

test('an IPv6 source is its /64, an IPv4 source its address, however a socket writes them', () => {
  const same = (a: string, b: string) => assert.is(sourceOf(a), sourceOf(b), `${a} and ${b}`)
  const differ = (a: string, b: string) => assert.is.not(sourceOf(a), sourceOf(b), `${a} and ${b}`)
  same('2001:db8:1:2::1', '2001:0DB8:1:2:ffff:ffff:ffff:ffff')
  same('2001:db8::1', '2001:db8:0:0:8000::')
  same('::1', '::2')
  same('fe80::1%eth0', 'fe80::2%eth1')
  same('::ffff:192.0.2.1', '192.0.2.1')
  differ('2001:db8:1:2::1', '2001:db8:1:3::1')
  differ('192.0.2.1', '192.0.2.2')
  differ('::ffff:192.0.2.1', '::ffff:192.0.2.2')
  for (const text of ['', ':', '::::', 'x', '1:2:3:4:5:6:7:8:9::a', '%']) assert.type(sourceOf(text), 'string')
})

test.run()
