// A thief of rung k loses to rung k + 1 wherever its certificate has arrived, whatever order certificates come in; and the
// closed logs of a struck device stay readable up to their closing and no further.

import { KeyMap } from '../../../stack/bytes/index.js'
import { HandLog, impersonate, Person, type PersonDevice, serveLog } from '../attackers/index.js'
import { Tap } from '../attackers/tap.js'
import { EPOCH_MS } from '../virtual-time.js'
import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'
import { isPrefix, readEntries } from './reading.js'
import { measureOrders } from './thief-orders.js'

const MAX_SERIAL = 0xffff_ffff

const readers = ['near-thief', 'near-owner', 'beside', 'both']

function town(seed: string): Promise<Place> {
  return Place.open(`thief ${seed}`, [
    { name: 'root' },
    { name: 'r1', upstreams: ['root'] },
    { name: 'r2', upstreams: ['root'] },
    { name: 'owner', upstreams: ['r1'] },
    { name: 'thief', upstreams: ['r2'] },
    { name: 'near-thief', upstreams: ['r2'] },
    { name: 'near-owner', upstreams: ['r1'] },
    { name: 'beside', upstreams: ['root'] },
    { name: 'both', upstreams: ['r2', 'r1'] },
  ])
}

interface Fight {
  readonly place: Place
  readonly person: Person
  readonly link: string
  /** One of them begins to speak for the name. */
  readonly speak: (
    who: 'owner' | 'thief',
    wish: Parameters<Person['state']>[0],
    devices: readonly PersonDevice[],
  ) => void
  readonly taps: ReadonlyMap<string, Tap>
}

async function openFight(seed: string): Promise<Fight> {
  const place = await town(seed)
  const { world } = place
  const person = new Person(world.crypto, world.random)
  const taps = new Map(['owner', 'thief'].map((name) => [name, new Tap(place.at(name), world)]))
  const seeds = new KeyMap<Uint8Array>(new Uint8Array(8))
  return {
    place,
    person,
    link: person.link,
    taps,
    speak: (who, wish, devices) => {
      for (const { key, seed: deviceSeed } of devices) seeds.set(key, deviceSeed)
      const nowMs = EPOCH_MS + Math.floor(world.time.nowUs / 1_000)
      impersonate(taps.get(who) as Tap, person.state(wish, nowMs), (device) => seeds.get(device))
    },
  }
}

/** A log of a device with entries, given by one of them. */
function logOf(fight: Fight, who: 'owner' | 'thief', device: PersonDevice, entries: readonly Uint8Array[]): HandLog {
  const tap = fight.taps.get(who) as Tap
  const log = new HandLog(fight.place.world.crypto, { seed: device.logSeed, chunks: tap.extra })
  for (const bytes of entries) log.append(EPOCH_MS, [{ bytes }])
  serveLog(tap, log)
  return log
}

/** Rounds of reading until everybody holds the owner's certificate; gives the nodes that still do not, and what was shown. */
async function rounds(fight: Fight, k: number, count: number): Promise<string[]> {
  const { place, link, person } = fight
  for (let round = 0; round < count; round++) {
    for (const reader of readers) await place.world.during(60_000, () => readEntries(place, reader, link))
    await place.world.run(2_000)
  }
  return ['root', 'r1', 'r2', ...readers].filter(
    (name) => (place.at(name).node?.content.findName(person.name)?.state.certificate.k ?? -1) !== k,
  )
}

async function measureFights(seeds: number): Promise<Figure> {
  let runs = 0
  const lost: string[] = []
  for (let seed = 0; seed < seeds; seed++) {
    for (const k of [0, 1]) {
      for (const order of ['thief first', 'owner first', 'together']) {
        const fight = await openFight(`${seed} ${k} ${order}`)
        const [mine, his] = [fight.person.device(), fight.person.device()]
        logOf(fight, 'owner', mine, [Uint8Array.of(1)])
        logOf(fight, 'thief', his, [Uint8Array.of(2)])
        const steps = {
          owner: () => fight.speak('owner', { k: k + 1, serial: 1, devices: [mine] }, [mine]),
          thief: () => fight.speak('thief', { k, serial: MAX_SERIAL, devices: [his] }, [his]),
        }
        const [first, second] = order === 'owner first' ? (['owner', 'thief'] as const) : (['thief', 'owner'] as const)
        steps[first]()
        if (order !== 'together') await rounds(fight, 0, 1)
        steps[second]()
        const behind = await rounds(fight, k + 1, 3)
        runs++
        if (behind.length > 0) lost.push(`rung ${k}, ${order}: ${behind.join(' ')}`)
        await fight.place.close()
      }
    }
  }
  return {
    goal: 'a thief of rung k loses to rung k + 1 at every router and reader',
    measured: `${runs - lost.length} of ${runs} runs of 7 routers and readers ${lost.slice(0, 3).join('; ')}`,
    holds: lost.length === 0,
  }
}

async function measureStruck(seeds: number): Promise<Figure> {
  const wrong: string[] = []
  for (let seed = 0; seed < seeds; seed++) {
    const fight = await openFight(`struck ${seed}`)
    const { person, place } = fight
    const [stolen, fresh] = [person.device(), person.device()]
    const random = place.world.random.split('entries')
    const honest = Array.from({ length: 50 }, () => random.bytes(3_000))
    const forged = Array.from({ length: 20 }, () => random.bytes(3_000))
    const closed = logOf(fight, 'owner', stolen, honest)
    logOf(fight, 'owner', fresh, [Uint8Array.of(9)])
    const { head, page } = closed.held
    const tap = fight.taps.get('owner') as Tap
    // The log is closed at this length: its open page is a chunk from here on, and no head of it is given.
    const cardHead = person.card(stolen, 1, EPOCH_MS)
    const { length, closedRoot, openPage } = head
    const logs = [{ log: stolen.log, length, closedRoot, openPage }]
    const closings = person.closings([{ device: stolen.key, cardHead: cardHead.head, logs }])
    for (const [name, chunk] of [
      [closings.name, closings.chunk],
      [openPage, page],
      [cardHead.head.chunk, cardHead.chunk],
    ] as const)
      tap.extra.set(name, chunk)
    tap.logs.delete(stolen.log)
    logOf(fight, 'thief', stolen, [...honest, ...forged])
    fight.speak('thief', { k: 0, serial: MAX_SERIAL, devices: [stolen] }, [stolen])
    fight.speak('owner', { k: 1, serial: 1, devices: [fresh], closings: closings.name }, [fresh])
    await rounds(fight, 1, 3)
    for (const reader of readers) {
      const { entries, error } = await place.world.during(60_000, () => readEntries(place, reader, fight.link))
      const ofClosed = entries.filter((bytes) => bytes.length > 1)
      if (error !== undefined || ofClosed.length !== honest.length || !isPrefix(ofClosed, honest)) {
        wrong.push(`${reader}: ${ofClosed.length} entries, ${error ?? 'no error'}`)
      }
    }
    await place.close()
  }
  return {
    goal: "a struck device's closed log stays readable to its closing, and what its thief adds is refused",
    measured: `${seeds * readers.length - wrong.length} of ${seeds * readers.length} readings ${wrong.slice(0, 3).join('; ')}`,
    holds: wrong.length === 0,
  }
}

export const measureThieves: Measure = async ({ seeds }) => [
  ...(await measureOrders()),
  await measureFights(seeds),
  await measureStruck(seeds),
]
