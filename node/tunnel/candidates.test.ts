// Where the sockets of a node may be reached: what is of use to others, and nothing else.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { candidatesOf } from './candidates.js'

const test = suite('candidates')
const observed = { address: Uint8Array.of(198, 51, 100, 9), port: 4711 }
const ports = { four: 7254, six: 7255 }

test('what neighbours observe comes first, then the addresses of the machine with the port of their family', () => {
  assert.equal(candidatesOf([observed], ['192.0.2.7', '2001:db8::7'], ports), [
    observed,
    { address: Uint8Array.of(192, 0, 2, 7), port: 7254 },
    { address: Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7), port: 7255 },
  ])
})

test('addresses that mean nothing elsewhere, or lead into the tunnel, are left out', () => {
  const own = ['127.0.0.1', '169.254.1.1', '::1', '::', 'fe80::1', 'febf::1', '2001:20::a', '2001:21::53', 'no address']
  assert.equal(candidatesOf([], own, ports), [])
})

test('a family without a socket has none', () => {
  assert.equal(candidatesOf([], ['192.0.2.7', '2001:db8::7'], { four: undefined, six: undefined }), [])
})

test.run()
