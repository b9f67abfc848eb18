// A peer that was let in by its name loses it as soon as a certificate is known here that has struck its device.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equal } from '../../stack/bytes/index.js'
import type { NameState } from '../../stack/name/index.js'
import { openTestCrypto } from '../../test/provider.js'
import { SampleName } from '../../test/samples/name.js'
import type { Conversation, ServiceHandler, Ways } from '../sessions/index.js'
import { systemTime } from '../store/index.js'
import { Packets } from './packets.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('node/packets/name-lost')
const listed = sample.state()

/** A node that the sample's first device talks to, having proven its name, and what is held of that name. */
function talking() {
  let held: NameState | undefined
  let accept: ServiceHandler | undefined
  const packets = new Packets({
    crypto,
    time: { ...systemTime, after: () => ({ cancel: () => {} }) },
    randomBytes: (count) => new Uint8Array(count).fill(5),
    device: sample.secondDevice,
    sessions: {
      serve: (_service, handler) => {
        accept = handler
        return () => {}
      },
    },
    dialer: { dial: () => Promise.reject(new Error('nobody is dialled')) },
    addressed: { devices: [], add: () => {} },
    groupsOf: () => [],
    heldName: (name) => (equal(name, sample.name) ? held : undefined),
  })
  packets.handleOpen({ tell: () => {} })
  const ways = { current: new Map(), give: () => {}, withdraw: () => {}, handleChange: () => {} }
  const conversation = {
    peer: { device: sample.device, name: sample.name, certificate: listed.certificateBytes },
    ways: ways as unknown as Ways,
    read: () => new Promise<undefined>(() => {}),
    write: async () => {},
    reset: () => {},
  } as unknown as Conversation
  accept?.(conversation)
  const hear = (state: NameState): void => {
    held = state
    packets.handleName(state.name)
  }
  return { packets, hear, name: () => packets.peers()[0]?.name }
}

test('a newer certificate without the device takes the name away, one with it does not', () => {
  const { packets, hear, name } = talking()
  assert.equal(name(), sample.name)
  const { serial } = listed.certificate
  hear(sample.state(sample.certificate({ serial: serial + 1, devices: [sample.device, sample.secondDevice] })))
  assert.equal(name(), sample.name)
  hear(sample.state(sample.certificate({ serial: serial + 2, devices: [sample.secondDevice] })))
  assert.is(name(), undefined)
  packets.close()
})

test('an older certificate takes nothing away, and neither does news of another name', () => {
  const { packets, hear, name } = talking()
  const { serial } = listed.certificate
  hear(sample.state(sample.certificate({ serial: serial - 1, devices: [sample.secondDevice] })))
  assert.equal(name(), sample.name)
  hear({ ...sample.state(), name: new Uint8Array(32).fill(9) })
  assert.equal(name(), sample.name)
  packets.close()
})

test.run()
