// What a custodian knows of its owners' cards: it asks until the device that registered lists it, and not for ever.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { InboxRecord, NameState } from '../../stack/name/index.js'
import { openTestCrypto } from '../../test/provider.js'
import { inboxSeeds, SampleInbox } from '../../test/samples/inbox.js'
import { sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import type { Time } from '../outside.js'
import { KeptCards } from './kept-cards.js'
import { firstCardRestMs, maxCardAsks } from './limits.js'

const crypto = await openTestCrypto()
const { owner, custodian } = new SampleInbox(crypto)
const test = suite('node/inbox/kept-cards')

const certificate = owner.certificate({ devices: [owner.device, owner.secondDevice] })

/** The second device's card names these as who keeps its inbox. */
function listing(custodians: readonly Uint8Array[]): NameState {
  const record: InboxRecord = {
    type: 'inbox',
    timeMs: sampleTimeMs,
    key: crypto.x25519.publicFromPrivate(inboxSeeds.keys[1]),
    fromMs: sampleTimeMs,
    untilMs: sampleTimeMs + 86_400_000,
    custodians,
  }
  const records = custodians.length === 0 ? [] : [record]
  return owner.state(certificate, [undefined, owner.card(1, records, sampleTimeMs, sampleSeeds.secondDevice)])
}

/** Questions that a test answers, and rests that it lets pass. */
class World {
  readonly restsMs: number[] = []
  readonly cards: KeptCards
  asked = 0
  #answer: ((state: NameState | Error) => void) | undefined
  #wake: (() => void) | undefined

  constructor() {
    const time: Time = {
      now: () => ({ nowMs: sampleTimeMs, nowUs: 0 }),
      after: (delayMs, call) => {
        this.restsMs.push(delayMs)
        this.#wake = call
        return { cancel: () => {} }
      },
      turn: async () => {},
    }
    const ask = (): Promise<NameState> => {
      this.asked += 1
      return new Promise((resolve, reject) => {
        this.#answer = (state) => (state instanceof Error ? reject(state) : resolve(state))
      })
    }
    this.cards = new KeptCards({ time, device: custodian, ask })
  }

  register(): void {
    this.cards.handleRegistered(owner.name, owner.secondDevice)
  }

  async answer(state: NameState | Error): Promise<void> {
    this.#answer?.(state)
    await new Promise((resolve) => setImmediate(resolve))
  }

  async pass(): Promise<void> {
    this.#wake?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a device that lists its custodian is asked for once', async () => {
  const world = new World()
  world.register()
  await world.answer(listing([owner.name, custodian]))
  assert.equal([world.asked, world.restsMs], [1, []])
})

test('one that does not yet is asked for again until it does', async () => {
  const world = new World()
  world.register()
  await world.answer(listing([]))
  await world.pass()
  await world.answer(new Error('nobody answers'))
  await world.pass()
  await world.answer(listing([custodian]))
  assert.equal([world.asked, world.restsMs], [3, [firstCardRestMs, 2 * firstCardRestMs]])
})

test('one that never does is left in peace after some questions', async () => {
  const world = new World()
  world.register()
  for (let time = 0; time < 2 * maxCardAsks; time++) {
    await world.answer(listing([owner.device]))
    await world.pass()
  }
  assert.is(world.asked, maxCardAsks)
  world.register()
  assert.is(world.asked, maxCardAsks + 1)
})

test('what was asked before a card changed is asked again at once, and by one question at a time', async () => {
  const world = new World()
  world.register()
  for (let time = 0; time < 50; time++) world.register()
  assert.is(world.asked, 1)
  await world.answer(listing([]))
  assert.equal([world.asked, world.restsMs], [2, []])
  await world.answer(listing([]))
  world.register()
  await world.answer(listing([]))
  assert.equal([world.asked, world.restsMs], [3, [firstCardRestMs]])
})

test('the end of the node ends the asking', async () => {
  const world = new World()
  world.register()
  await world.answer(listing([]))
  world.cards.close()
  await world.pass()
  assert.is(world.asked, 1)
})

test.run()
