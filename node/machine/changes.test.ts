// Of all news about interfaces only changes of addresses count by which others reach this machine.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AddressChange, followAddresses } from './changes.js'

const test = suite('node/machine/changes')

test('what has gone and come since the last look is told once, and news without a change not at all', () => {
  let addresses = ['127.0.0.1', '192.0.2.7', '2001:db8::7']
  let news: (() => void) | undefined
  let ended = 0
  const told: AddressChange[] = []
  const end = followAddresses(
    {
      ownAddresses: () => addresses,
      watchAddresses: (handleNews) => {
        news = handleNews
        return () => {
          ended += 1
        }
      },
    },
    (change) => told.push(change),
  )
  news?.()
  addresses = [...addresses, '2001:20::5', '2001:21::53', 'fe80::1']
  news?.()
  assert.equal(told, [], 'the interface of the tunnel itself is no way to anybody')
  addresses = ['127.0.0.1', '192.0.2.9', '2001:db8::7']
  news?.()
  news?.()
  assert.equal(told, [{ gone: [Uint8Array.of(192, 0, 2, 7)], come: [Uint8Array.of(192, 0, 2, 9)] }])
  end()
  assert.is(ended, 1)
})

test('where nothing tells of them nothing happens', () => {
  followAddresses({ ownAddresses: () => ['192.0.2.7'] }, () => assert.unreachable())()
})

test.run()
