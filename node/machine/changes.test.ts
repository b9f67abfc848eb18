// Of all news about interfaces only changes of addresses count by which others reach this machine.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Timer } from '../outside.js'
import { type AddressChange, followAddresses } from './changes.js'
import { awayMs } from './limits.js'

const test = suite('node/machine/changes')

class Machine {
  addresses: string[]
  readonly told: AddressChange[] = []
  readonly end: () => void
  #news: (() => void) | undefined
  #late: { leftMs: number; readonly call: () => void } | undefined

  constructor(...addresses: string[]) {
    this.addresses = addresses
    const outside = {
      time: { after: (delayMs: number, call: () => void) => this.#wait(delayMs, call) },
      ownAddresses: () => this.addresses,
      watchAddresses: (handleNews: () => void) => {
        this.#news = handleNews
        return () => {
          this.#news = undefined
        }
      },
    }
    this.end = followAddresses(outside, (change) => this.told.push(change))
  }

  /** It has these now, and says so. */
  change(...addresses: string[]): void {
    this.addresses = addresses
    this.#news?.()
  }

  pass(ms: number): void {
    const late = this.#late
    if (late === undefined) return
    late.leftMs -= ms
    if (late.leftMs > 0) return
    this.#late = undefined
    late.call()
  }

  #wait(leftMs: number, call: () => void): Timer {
    this.#late = { leftMs, call }
    return {
      cancel: () => {
        this.#late = undefined
      },
    }
  }
}

const [old, fresh] = [Uint8Array.of(192, 0, 2, 7), Uint8Array.of(192, 0, 2, 9)]

test('what has gone and come since the last look is told once, and news without a change not at all', () => {
  const machine = new Machine('127.0.0.1', '192.0.2.7', '2001:db8::7')
  machine.change('127.0.0.1', '192.0.2.7', '2001:db8::7')
  machine.change('127.0.0.1', '192.0.2.7', '2001:db8::7', '2001:20::5', '2001:21::53', 'fe80::1')
  assert.equal(machine.told, [], 'the interface of the tunnel itself is no way to anybody')
  machine.change('127.0.0.1', '192.0.2.9', '2001:db8::7')
  machine.change('127.0.0.1', '192.0.2.9', '2001:db8::7')
  assert.equal(machine.told, [{ gone: [old], come: [fresh] }])
  machine.end()
  machine.change('127.0.0.1')
  machine.pass(awayMs)
  assert.is(machine.told.length, 1)
})

test('an address that is away for a moment is not gone, and one that stays away is', () => {
  const machine = new Machine('192.0.2.7', '192.0.2.9')
  machine.change('192.0.2.9')
  machine.pass(awayMs - 1)
  machine.change('192.0.2.7', '192.0.2.9')
  machine.pass(awayMs)
  assert.equal(machine.told, [])
  machine.change('192.0.2.9')
  machine.pass(1)
  machine.change('192.0.2.9')
  machine.pass(awayMs - 1)
  assert.equal(machine.told, [{ gone: [old], come: [] }])
})

test('when another address comes, one that is away is gone at once', () => {
  const machine = new Machine('192.0.2.7')
  machine.change()
  machine.change('192.0.2.9')
  machine.pass(awayMs)
  assert.equal(machine.told, [{ gone: [old], come: [fresh] }])
})

test('where nothing tells of them nothing happens', () => {
  const time = { after: () => assert.unreachable() as never }
  followAddresses({ time, ownAddresses: () => ['192.0.2.7'] }, () => assert.unreachable())()
})

test.run()
