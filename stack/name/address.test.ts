// Addresses: the shape of ORCHIDv2, and text as the system writes it.

import { isIPv6, SocketAddress } from 'node:net'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { addressOf, formatAddress, streamAddressKey } from './address.js'

const test = suite('addresses')
const crypto = await openTestCrypto()

test('a device and a stream with the same key have different addresses in 2001:20::/28', () => {
  const key = new Uint8Array(32).fill(4)
  const device = formatAddress(addressOf(crypto, 'device', key))
  const stream = formatAddress(addressOf(crypto, 'stream', key))
  assert.match(device, /^2001:20:/)
  assert.match(stream, /^2001:21:/)
  assert.is(device.slice(8), stream.slice(8))
})

test('the streams of a name have an address each', () => {
  const name = new Uint8Array(32).fill(4)
  const keys = ['main', 'posts'].map((label) => streamAddressKey(name, label))
  assert.equal(keys[0], Uint8Array.of(...name, 0x6d, 0x61, 0x69, 0x6e))
  const [main, posts] = keys.map((key) => formatAddress(addressOf(crypto, 'stream', key)))
  assert.is.not(main, posts)
})

test('the text of any address is the one that the system gives', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0xab), { minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatAddress(Uint8Array.from(bytes))
      assert.ok(isIPv6(text))
      const full = Array.from({ length: 8 }, (_, at) =>
        (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
      ).join(':')
      const url = (address: string): string => new URL(`http://[${address}]/`).hostname
      assert.is(`[${text}]`, url(full))
      assert.is(new SocketAddress({ address: text, family: 'ipv6' }).family, 'ipv6')
    }),
  )
})

test.run()
