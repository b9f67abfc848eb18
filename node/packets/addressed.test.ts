// Devices that packets go to are known again after a restart, few of them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogEvent } from '../log-event.js'
import { Addressed } from './addressed.js'
import { maxAddressedDevices } from './limits.js'

const test = suite('packets/addressed')

function device(number: number): Uint8Array {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

/** Values as a store has them. */
class FakeValues {
  readonly all = new Map<string, Uint8Array>()
  writes = 0
  problem: Error | undefined

  values(prefix = ''): { key: string; bytes: Uint8Array }[] {
    return [...this.all].filter(([key]) => key.startsWith(prefix)).map(([key, bytes]) => ({ key, bytes }))
  }

  async setValue(key: string, bytes: Uint8Array): Promise<void> {
    if (this.problem !== undefined) throw this.problem
    this.writes++
    this.all.set(key, bytes.slice())
  }
}

const open = (values: FakeValues, log: LogEvent[] = []): Addressed => new Addressed(values, (event) => log.push(event))

test('what was added is there again, and is written once', () => {
  const values = new FakeValues()
  const addressed = open(values)
  for (const number of [1, 2, 1, 2]) addressed.add(device(number))
  assert.equal(open(values).devices, [device(1), device(2)])
  assert.is(values.writes, 2)
})

test('when there are too many the oldest gives way', () => {
  const values = new FakeValues()
  const addressed = open(values)
  for (let number = 0; number <= maxAddressedDevices; number++) addressed.add(device(number))
  const { devices } = open(values)
  assert.is(devices.length, maxAddressedDevices)
  assert.equal([devices[0], devices.at(-1)], [device(1), device(maxAddressedDevices)])
})

test('a part of a key on disk is none, and more than there may be are not read', () => {
  const values = new FakeValues()
  values.all.set('packets/devices', new Uint8Array(32 + 7).fill(5))
  values.all.set('packets/devices/other', device(9))
  assert.equal(open(values).devices, [new Uint8Array(32).fill(5)])
  values.all.set('packets/devices', new Uint8Array(32 * (maxAddressedDevices + 1)))
  assert.is(open(values).devices.length, maxAddressedDevices)
})

test('a disk that takes nothing is told in the log, and it is known all the same', async () => {
  const values = new FakeValues()
  const log: LogEvent[] = []
  const addressed = open(values, log)
  values.problem = new Error('full')
  addressed.add(device(1))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(addressed.devices, [device(1)])
  assert.is(log.length, 1)
})

test.run()
