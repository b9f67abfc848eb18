// News of addresses come from the kernel where an addon hears them, and from looking where none does.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MachineAddon } from './addon.js'
import { watchAddresses } from './watch.js'

const test = suite('node/machine/watch')

const none = (): never => {
  throw new Error('is not asked')
}
const addonThat = (watch: MachineAddon['watchAddresses']): MachineAddon => {
  return { watchAddresses: watch, examineMachine: none, removeAbandonedRules: none }
}
const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length

test('where there is an addon its bell is the news, nobody looks, and the end ends it', () => {
  let bell: (() => void) | undefined
  let closed = 0
  let news = 0
  const before = timers()
  const end = watchAddresses(
    () => {
      news += 1
    },
    addonThat((rings) => {
      bell = rings
      return {
        close: () => {
          closed += 1
        },
      }
    }),
  )
  bell?.()
  assert.equal([news, closed, timers()], [1, 0, before])
  end()
  assert.is(closed, 1)
})

test('where the kernel cannot be heard, looking now and then takes its place, and keeps no process alive', () => {
  const before = timers()
  let looked: (() => void) | undefined
  let news = 0
  const real = globalThis.setInterval
  globalThis.setInterval = ((look: () => void, everyMs: number) => {
    looked = look
    return real(look, everyMs)
  }) as typeof setInterval
  try {
    const end = watchAddresses(() => {
      news += 1
    }, addonThat(none))
    assert.is(timers(), before, 'a timer that keeps nothing alive is no active resource')
    looked?.()
    assert.is(news, 1)
    end()
  } finally {
    globalThis.setInterval = real
  }
})

test.run()
