// What an attacker costs the others: readers behind one router read different things as fast as it goes, beside the
// attacker and without it.

import type { AttackKind, KnownKey } from '../attackers/index.js'
import { atLeast, type Measure } from './figure.js'
import { Place, type Plan } from './place.js'
import { type Goodput, goodput } from './reading.js'

interface Beside {
  readonly kind: AttackKind
  readonly manner: string
  /** What it asks for would be with an accomplice above the router, who never answers. */
  readonly accomplice?: true
}

/** Interests a second; what the attacker's own cable carries of them is sent. */
const FLOOD_RATE = 50_000

const readers = ['ann', 'bob', 'cyd', 'dan']
const UPLINK = 2_000_000

/**
 * The beginning is measured by itself: a question for a name joins one that is on its way to a hoarder, when the name's own
 * writer asks for it at that moment, and waits until that has been given up.
 */
const BEGINNING_MS = 2_500

/** Four readers and the attacker below one router, whose uplink is too thin for all of them. */
const village: readonly Plan[] = [
  { name: 'root' },
  { name: 'writer', upstreams: ['root'], rate: 4 * UPLINK },
  { name: 'eve', upstreams: ['root'] },
  { name: 'router', upstreams: ['root'], rate: UPLINK, delayUs: 10_000 },
  ...readers.map((name): Plan => ({ name, upstreams: ['router'], rate: UPLINK })),
  { name: 'mallory', upstreams: ['router'], rate: 6 * UPLINK },
]

const neighbours: readonly Beside[] = [
  ...['names', 'chunks', 'refresh', 'greedy', 'live', 'mixed'].map((manner): Beside => ({ kind: 'flood', manner })),
  { kind: 'flood', manner: 'ramp mixed' },
  { kind: 'flood', manner: 'chunks', accomplice: true },
  { kind: 'flood', manner: 'ramp chunks', accomplice: true },
  { kind: 'hoard', manner: 'refuses' },
  { kind: 'hoard', manner: 'dawdles' },
  { kind: 'hoard', manner: 'silent' },
  { kind: 'hoard', manner: 'lies' },
  { kind: 'slow', manner: 'reader' },
]

async function besideOne(seed: string, beside: Beside | undefined, ms: number): Promise<Goodput> {
  const place = await Place.open(`bandwidth ${seed}`, village)
  const bytes = (UPLINK * (BEGINNING_MS + ms)) / 1_000 / readers.length
  const reads: { reader: string; link: string }[] = []
  for (const reader of readers) {
    const link = await place.append('writer', reader, [place.world.random.split(reader).bytes(1.3 * bytes)])
    reads.push({ reader, link })
  }
  if (beside !== undefined) {
    const { kind, manner, accomplice } = beside
    const keys = accomplice === undefined ? {} : { keys: await silence(place, 'eve') }
    place.attack('mallory', kind, { manner, rate: FLOOD_RATE, ...keys })
  }
  await place.world.run(1_000)
  const shown = await goodput(place, reads, ms, BEGINNING_MS)
  await place.close()
  return shown
}

/** Makes an upstream of something that never answers again; gives what it holds. */
async function silence(place: Place, name: string): Promise<() => KnownKey[]> {
  await place.append(name, 'posts', [place.world.random.split(name).bytes(1_000)])
  const held = place.at(name).node?.streams.list() ?? []
  await place.world.run(1_000)
  place.attack(name, 'blackhole', { manner: 'silent' })
  return () => held.map(({ key }): KnownKey => ({ kind: 'log', key }))
}

/** A router with three upstreams, of which one does it. */
async function ofThree(seed: string, beside: Beside | undefined, ms: number): Promise<Goodput> {
  const uppers = ['up1', 'up2', 'up3']
  const place = await Place.open(`of three ${seed}`, [
    { name: 'root' },
    { name: 'writer', upstreams: ['root'], rate: 4 * UPLINK },
    ...uppers.map((name): Plan => ({ name, upstreams: ['root'], rate: UPLINK, delayUs: 5_000 })),
    { name: 'router', upstreams: uppers, rate: UPLINK },
    { name: 'ann', upstreams: ['router'], rate: UPLINK },
    { name: 'bob', upstreams: ['router'], rate: UPLINK },
  ])
  const reads: { reader: string; link: string }[] = []
  for (const reader of ['ann', 'bob']) {
    const bytes = (0.7 * UPLINK * ms) / 1_000
    reads.push({ reader, link: await place.append('writer', reader, [place.world.random.split(reader).bytes(bytes)]) })
  }
  // The one that would be asked first.
  if (beside !== undefined) place.attack('up1', beside.kind, { manner: beside.manner })
  await place.world.run(500)
  const shown = await goodput(place, reads, ms)
  await place.close()
  return shown
}

type Run = (seed: string, beside: Beside | undefined, ms: number) => Promise<Goodput>

/** Of each neighbour, over all seeds: the least share of the goodput that there is without it, and the latest first byte. */
interface Worst {
  readonly shares: Map<string, number>
  firstMs: number
}

async function worstOf(run: Run, besides: readonly Beside[], seeds: number, ms: number): Promise<Worst> {
  const worst: Worst = { shares: new Map(), firstMs: 0 }
  for (let seed = 0; seed < seeds; seed++) {
    const alone = await run(`${seed}`, undefined, ms)
    for (const beside of besides) {
      const { bytes, firstMs = Number.POSITIVE_INFINITY } = await run(`${seed}`, beside, ms)
      const name = `${beside.kind} ${beside.manner}${beside.accomplice ? ', accomplice above' : ''}`
      worst.shares.set(name, Math.min(bytes / alone.bytes, worst.shares.get(name) ?? Number.POSITIVE_INFINITY))
      worst.firstMs = Math.max(worst.firstMs, firstMs)
    }
  }
  return worst
}

export const measureBandwidth: Measure = async ({ seeds, scale }) => {
  const ms = 4_000 * scale
  const { shares, firstMs } = await worstOf(besideOne, neighbours, seeds, ms)
  const lies = ['flip', 'short', 'swap', 'invent', 'any'].map((manner): Beside => ({ kind: 'lie', manner }))
  const ofLies = await worstOf(ofThree, lies, seeds, 2 * ms)
  return [
    atLeast('honest neighbours keep 90 % of their goodput beside an attacker', 0.9, shares),
    {
      goal: `all of them have their first byte within ${BEGINNING_MS} ms beside an attacker`,
      measured: `the last after ${firstMs.toFixed(0)} ms`,
      holds: firstMs <= BEGINNING_MS,
    },
    atLeast('with 1 of 3 upstreams lying readers keep 95 %', 0.95, ofLies.shares),
  ]
}
