// Addresses as sockets report them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../stack/bytes/index.js'
import { addressBytes, formatUdp } from './address.js'

const test = suite('node/carrier/address')

test('an IP address is read as its bytes, and an IPv4 one in an IPv6 one as that', () => {
  const cases: [string, string][] = [
    ['192.0.2.7', 'c0000207'],
    ['::ffff:192.0.2.7', 'c0000207'],
    ['::ffff:c000:207', 'c0000207'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::', '20010db8000000000000000000000000'],
    ['2001:db8::a:0:7', '20010db8000000000000000a00000007'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ]
  for (const [text, hex] of cases) assert.is(toHex(addressBytes(text) ?? new Uint8Array(0)), hex, text)
})

test('what is no address, and one that means something on one interface alone, has no bytes', () => {
  for (const text of ['', 'router', '1.2.3', '1.2.3.256', 'fe80::1%eth0', '1::2::3', ':::']) {
    assert.is(addressBytes(text), undefined, text)
  }
})

test('a UDP address is written as addresses of links are', () => {
  assert.is(formatUdp({ address: Uint8Array.of(192, 0, 2, 7), port: 7_254 }), '192.0.2.7:7254')
  assert.is(formatUdp({ address: addressBytes('2001:db8::7') ?? new Uint8Array(16), port: 1 }), '[2001:db8::7]:1')
})

test.run()
