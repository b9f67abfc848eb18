// What `doctor` says of a NAT, by what neighbours see.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { natCheck } from './nat.js'

const test = suite('node/tunnel/nat')
const own = [Uint8Array.of(192, 0, 2, 7)]
const seen = (last: number, port: number) => ({ address: Uint8Array.of(198, 51, 100, last), port })

test('who has no neighbour is told so, and nothing is guessed', () => {
  assert.match(natCheck([], own).text, /no neighbour has said/)
})

test('an address of this machine is no NAT, another one is', () => {
  assert.match(natCheck([{ address: Uint8Array.of(192, 0, 2, 7), port: 9 }], own).text, /192\.0\.2\.7:9.*no NAT/)
  const behind = natCheck([seen(1, 4711)], own)
  assert.is(behind.level, 'ok')
  assert.match(behind.text, /behind a NAT, seen at 198\.51\.100\.1:4711/)
  assert.is(natCheck([seen(1, 4711), seen(1, 4711), seen(2, 9)], own).level, 'ok', 'two uplinks are no two ports')
})

test('a NAT that shows each neighbour another port is a warning, with what to do', () => {
  const check = natCheck([seen(1, 4711), seen(1, 4712)], own)
  assert.is(check.level, 'warn')
  assert.match(check.fix ?? '', /forward the UDP port/)
})

test.run()
