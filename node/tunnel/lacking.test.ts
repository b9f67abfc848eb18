// What is said of an interface that lacks rules of routing, and when nothing is.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressPrefix } from '../../stack/name/index.js'
import { lackingRules } from './lacking.js'

const test = suite('tunnel/lacking')
const prefix = { address: addressPrefix('device'), bits: 32 }
const zeros = '0'.repeat(32)
/** As Linux shows a route: by the interface, and one that refuses. */
const route = (start: string, flags: string, device: string) =>
  `${start} ${zeros} 00 ${zeros} ffffffff 00000001 00000000 ${flags} ${device}\n`
const own = '20010020000000000000000000000000 20'
const passing = route(own, '00000001', 'tun0')

test('where nothing is lacking, or the machine refuses the devices otherwise, nothing is said', () => {
  assert.is(
    lackingRules(undefined, prefix, () => ''),
    undefined,
  )
  const refusing = passing + route(own, '00200200', 'lo')
  assert.is(
    lackingRules('rules 97 Address family not supported', prefix, () => refusing),
    undefined,
  )
})

test('where packets could leave unsealed, that is said, with the one line that prevents it', () => {
  const others = [
    route('20010021000000000000000000000000 20', '00200200', 'lo'),
    route('20010020000000000000000000000000 40', '00200200', 'lo'),
    'no route\n',
  ]
  for (const routes of ['', passing, ...others]) {
    const lacking = lackingRules('rules 97 Address family not supported', prefix, () => routes)
    assert.match(lacking?.message ?? '', /leaving unsealed.*: Address family not supported$/)
    assert.match(lacking?.hint ?? '', /`ip -6 route add unreachable 2001:20::\/32 metric 4294967295`/)
  }
})

test('where only sites cannot be answered, that is what is said', () => {
  const lacking = lackingRules('answer 22 Invalid argument', prefix, () => '')
  assert.match(lacking?.message ?? '', /meet the device itself: Invalid argument$/)
  assert.match(lacking?.hint ?? '', /localhost:7280/)
})

test.run()
