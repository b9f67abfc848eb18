// What an attacker costs the others: readers behind one router read different things as fast as it goes, beside the
// attacker and without it.

import type { AttackKind, KnownKey } from '../attackers/index.js'
import { atLeast, type Figure, type Measure } from './figure.js'
import { Place, type Plan } from './place.js'
import { goodput } from './reading.js'

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

async function besideOne(seed: string, beside: Beside | undefined, ms: number): Promise<number> {
  const place = await Place.open(`bandwidth ${seed}`, village)
  const bytes = (UPLINK * ms) / 1_000 / readers.length
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
  const shown = await goodput(place, reads, ms)
  await place.close()
  return shown.reduce((sum, one) => sum + one, 0)
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
async function ofThree(seed: string, beside: Beside | undefined, ms: number): Promise<number> {
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
  return shown.reduce((sum, one) => sum + one, 0)
}

type Run = (seed: string, beside: Beside | undefined, ms: number) => Promise<number>

async function shares(run: Run, besides: readonly Beside[], seeds: number, ms: number): Promise<Map<string, number>> {
  const worst = new Map<string, number>()
  for (let seed = 0; seed < seeds; seed++) {
    const alone = await run(`${seed}`, undefined, ms)
    for (const beside of besides) {
      const share = (await run(`${seed}`, beside, ms)) / alone
      const name = `${beside.kind} ${beside.manner}${beside.accomplice ? ', accomplice above' : ''}`
      worst.set(name, Math.min(share, worst.get(name) ?? Number.POSITIVE_INFINITY))
    }
  }
  return worst
}

export const measureBandwidth: Measure = async ({ seeds, scale }) => {
  const ms = 4_000 * scale
  const figures: Figure[] = []
  const besideNeighbour = await shares(besideOne, neighbours, seeds, ms)
  figures.push(atLeast('honest neighbours keep 90 % of their goodput beside an attacker', 0.9, besideNeighbour))
  const lies = ['flip', 'short', 'swap', 'invent', 'any'].map((manner): Beside => ({ kind: 'lie', manner }))
  figures.push(
    atLeast('with 1 of 3 upstreams lying readers keep 95 %', 0.95, await shares(ofThree, lies, seeds, 2 * ms)),
  )
  return figures
}
