// Every order of up to six certificates of a name, of owners and thieves: at the machines of a router and of a reader behind
// it, and in the store on disk. Whatever comes, the highest that has arrived is held, and nobody goes back.

import { openStore, systemTime } from '../../../node/store/index.js'
import { MemoryFiles } from '../../../node/store/testing/memory-files.js'
import { concat } from '../../../stack/bytes/index.js'
import { decodeInterest, encodeDataHead, FrameType } from '../../../stack/forward/index.js'
import { Network } from '../../../stack/forward/testing/network.js'
import { compareCertificates, encodeNameAnswer, type NameState } from '../../../stack/name/index.js'
import { Person } from '../attackers/index.js'
import { openSimulatedCrypto } from '../crypto.js'
import { Random } from '../random.js'
import type { Figure } from './figure.js'

const MAX_SERIAL = 0xffff_ffff

/** The owner's and the thieves' certificates of a person, the lowest first, but for two of one order. */
function certificates(person: Person, nowMs: number): NameState[] {
  const wishes = [
    { k: 0, serial: 100 },
    { k: 0, serial: MAX_SERIAL },
    { k: 0, serial: MAX_SERIAL },
    { k: 1, serial: 5 },
    { k: 1, serial: MAX_SERIAL },
    { k: 2, serial: 1 },
  ]
  return wishes.map((wish) => person.state({ ...wish, devices: [person.device()] }, nowMs))
}

/** Every order of every selection. */
function* orders<T>(from: readonly T[], taken: readonly T[] = []): Generator<readonly T[]> {
  if (taken.length > 0) yield taken
  for (const one of from) if (!taken.includes(one)) yield* orders(from, [...taken, one])
}

export async function measureOrders(): Promise<Figure[]> {
  return [await ordersOfMachines(), await ordersOfStore()]
}

async function ordersOfMachines(): Promise<Figure> {
  const crypto = await openSimulatedCrypto()
  let steps = 0
  let runs = 0
  const wrong: string[] = []
  const sample = new Network(crypto)
  const person = new Person(crypto, new Random('orders'))
  const states = certificates(person, sample.clock.nowMs + 300_000)
  for (const order of orders([0, 1, 2, 3, 4, 5])) {
    const network = new Network(crypto)
    const [router, reader] = [network.node('router'), network.node('reader')]
    network.link(reader, router)
    let speaks: NameState | undefined
    network.peer(
      router,
      ({ type, body }, peer) => {
        const interest = type === FrameType.interest ? decodeInterest(body) : 'other'
        if (typeof interest === 'string' || interest.question.kind !== 'name' || speaks === undefined) return
        const payload = encodeNameAnswer(speaks, interest.question.have)
        const head = {
          token: interest.token,
          offset: 0,
          total: payload.length,
          bytesAllowed: 262_144,
          hops: 1,
          ageS: 0,
        }
        peer.send(FrameType.data, 0, concat(encodeDataHead(head), payload))
      },
      { upstream: true, rank: 0 },
    )
    network.run(20)
    let highest: NameState | undefined
    runs++
    for (const index of order) {
      speaks = states[index] as NameState
      if (highest === undefined || compareCertificates(crypto, speaks.certificate, highest.certificate) > 0)
        highest = speaks
      reader.ask({ kind: 'name', key: person.name, maxAgeS: 0, staleOk: true, lifetimeMs: 1_000 })
      network.run(1_500)
      steps++
      for (const node of [router, reader]) {
        const held = node.store.findName(person.name)?.state
        if (held === undefined || compareCertificates(crypto, held.certificate, highest.certificate) !== 0) {
          wrong.push(`${node.name} after ${order.join(' ')}`)
        }
      }
    }
  }
  return {
    goal: 'in every order of up to six certificates a router and a reader hold the highest that arrived',
    measured: `${steps} arrivals in ${runs} orders, ${wrong.length} wrong ${wrong.slice(0, 3).join('; ')}`,
    holds: wrong.length === 0 && runs === 1_956,
  }
}

async function ordersOfStore(): Promise<Figure> {
  const crypto = await openSimulatedCrypto()
  const random = new Random('orders of the store')
  let files = new MemoryFiles()
  const open = () =>
    openStore({
      home: '/home',
      files,
      crypto,
      randomBytes: (count) => random.bytes(count),
      cacheBytes: 1_073_741_824,
      time: systemTime,
    })
  let store = await open()
  const expected: { readonly person: Person; readonly highest: NameState; readonly order: string }[] = []
  for (const order of orders([0, 1, 2, 3, 4, 5])) {
    if (order.length < 4) continue
    const person = new Person(crypto, random.split(order.join()))
    const states = certificates(person, 1)
    let highest: NameState | undefined
    for (const index of order) {
      const state = states[index] as NameState
      if (highest === undefined || compareCertificates(crypto, state.certificate, highest.certificate) > 0)
        highest = state
      store.putName(
        state.certificateBytes,
        state.cards.flatMap((card) => (card === undefined ? [] : [card.headBytes])),
        0,
      )
    }
    if (highest !== undefined) expected.push({ person, highest, order: order.join(' ') })
  }
  const wrong: string[] = []
  let forgotten = 0
  for (const when of ['before', 'after']) {
    for (const { person, highest, order } of expected) {
      const held = store.name(person.name)?.certificateBytes
      if (held === undefined) forgotten++
      else if (Buffer.compare(held, highest.certificateBytes) !== 0) wrong.push(`${order} ${when}`)
    }
    await store.close()
    files = files.successor()
    if (when === 'before') store = await open()
  }
  return {
    goal: '… and so does a store on disk, before and after it is opened again',
    measured: `${expected.length} orders of four to six, ${wrong.length} wrong, ${forgotten} forgotten ${wrong.slice(0, 3).join('; ')}`,
    holds: wrong.length === 0,
  }
}
