// The custodian at a node, against clients that read nothing and a disk that refuses: no answer piles up, and nothing is
// signed for that is not there.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeInboxMessage, encodeInboxMessage, type InboxMessage } from '../../stack/inbox/index.js'
import { until } from '../../test/lab/until.js'
import { openTestCrypto } from '../../test/provider.js'
import { inboxSeeds, SampleInbox } from '../../test/samples/inbox.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import { type KeptItem, systemTime } from '../store/index.js'
import { maxHeldAnswers } from './limits.js'
import { InboxService } from './service.js'
import type { Talk } from './talk.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const test = suite('node/inbox/service')

/** What a client asks, one after the other, and what comes back. */
class Client implements Talk {
  readonly device: Uint8Array
  readonly answers: InboxMessage[] = []
  asked = 0
  /** Whether it reads what it is sent. */
  reads = true
  sends = 0
  readonly #next: (number: number) => InboxMessage | undefined
  #end: () => void = () => {}
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })

  /** `next`: the message of this number; with undefined it says nothing more, and stays. */
  constructor(device: Uint8Array, next: (number: number) => InboxMessage | undefined) {
    this.device = device
    this.#next = next
  }

  async receive(): Promise<Uint8Array | undefined> {
    const message = this.#next(this.asked)
    if (message === undefined) {
      await this.#ended
      return undefined
    }
    this.asked += 1
    return encodeInboxMessage(this.asked, message)
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.sends += 1
    const decoded = decodeInboxMessage(bytes)
    if (typeof decoded !== 'string') this.answers.push(decoded.message)
    if (!this.reads) await this.#ended
  }

  close(): void {
    this.#end()
  }
}

interface Scene {
  readonly service: InboxService
  readonly kept: KeptItem[]
  /** What writing does. */
  keep: (items: readonly KeptItem[]) => Promise<void>
}

async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const kept: KeptItem[] = []
  const store = {
    keep: (items: readonly KeptItem[]) => one.keep(items),
    keptValues: () => [],
    readChunk: () => undefined,
  }
  const service = new InboxService({
    crypto,
    store,
    time: { ...systemTime, now: () => ({ nowMs: sampleTimeMs, nowUs: systemTime.now().nowUs }) },
    identity: { device: sample.custodian, deviceSeed: inboxSeeds.custodian },
    policy: { grant: (_, __, wanted) => wanted },
    randomBytes: (length) => new Uint8Array(length),
    log: () => {},
    handleKept: () => {},
  })
  const one: Scene = {
    service,
    kept,
    keep: async (items) => {
      kept.push(...items)
    },
  }
  try {
    await run(one)
  } finally {
    await service.close()
  }
}

const register = {
  type: 'register',
  untilMs: sampleTimeMs + 86_400_000,
  quotaBytes: 1 << 20,
  certificate: sample.certificate,
} as const

async function registered({ service }: Scene): Promise<void> {
  const owner = new Client(sample.owner.device, (number) => (number === 0 ? register : undefined))
  const served = service.serve(owner)
  await until('the inbox is registered', () => owner.answers.length === 1)
  owner.close()
  await served
}

test('who reads no answers is read no further, whatever it asks', () =>
  scene(async (one) => {
    await registered(one)
    for (const message of [
      { type: 'acknowledge', ids: [] },
      { type: 'hello', inbox: sample.owner.name },
    ] as const) {
      const client = new Client(sample.owner.device, (number) => (number < 10_000 ? message : undefined))
      client.reads = false
      const served = one.service.serve(client)
      let asked = -1
      // Until it stands still.
      while (asked !== client.asked) {
        asked = client.asked
        for (let turn = 0; turn < 20; turn++) await systemTime.turn()
      }
      assert.ok(client.asked <= maxHeldAnswers + 1, `${message.type}: ${client.asked} were read`)
      client.close()
      await served
    }
  }))

test('an owner that does not read is told once that something has come', () =>
  scene(async (one) => {
    await registered(one)
    const list = { type: 'list', contacts: 1, strangers: 1 } as const
    const owner = new Client(sample.owner.device, (number) => (number === 0 ? list : undefined))
    const served = one.service.serve(owner)
    await until('it is listed', () => owner.answers.length === 1)
    owner.reads = false
    for (let serial = 1; serial <= 5; serial++) {
      const deliver = {
        type: 'deliver',
        envelope: sample.envelope(),
        admission: { kind: 'ticket', ticket: sample.ticket(serial) },
      } as const
      const sender = new Client(sample.senderDevice, (number) => (number === 0 ? deliver : undefined))
      const sent = one.service.serve(sender)
      await until('it is signed for', () => sender.answers[0]?.type === 'receipt')
      sender.close()
      await sent
    }
    assert.is(owner.sends, 2)
    owner.close()
    await served
  }))

// protocol.md §20.4 MUST: A RECEIPT MUST NOT be given before
test('what comes twice while it cannot be written is signed for to nobody', () =>
  scene(async (one) => {
    await registered(one)
    const write = one.keep
    const deliver = {
      type: 'deliver',
      envelope: sample.envelope(),
      admission: { kind: 'ticket', ticket: sample.ticket(1) },
    } as const
    const [first, second] = [1, 2].map(() => new Client(filled(9), (number) => (number === 0 ? deliver : undefined)))
    if (first === undefined || second === undefined) throw new Error('two clients')
    const served: Promise<void>[] = []
    let begun = false
    one.keep = async () => {
      begun = true
      // The same comes again while the disk is at it.
      served.push(one.service.serve(second))
      await until('it was read', () => second.asked === 1)
      for (let turn = 0; turn < 5; turn++) await systemTime.turn()
      one.keep = write
      throw new Error('no space left')
    }
    served.push(one.service.serve(first))
    await until('it is being written', () => begun)
    await until('the first is told', () => first.answers.length === 1)
    // Whatever is asked next has answers that wait sent.
    const hello = { type: 'hello', inbox: sample.owner.name } as const
    const third = new Client(filled(9), (number) => (number === 0 ? hello : undefined))
    served.push(one.service.serve(third))
    await until('the second is told', () => second.answers.length === 1)
    assert.equal(
      [first, second].map(({ answers: [answer] }) => answer?.type === 'refused' && answer.reason),
      ['Failed', 'Failed'],
    )
    assert.not(one.kept.some(({ type }) => type === 'chunk'))
    for (const client of [first, second, third]) client.close()
    await Promise.all(served)
  }))

test.run()
