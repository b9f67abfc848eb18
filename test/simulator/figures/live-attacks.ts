// What attackers do to those who follow a log: beside each kind of them every follower is shown every entry once, in order,
// and soon again; nothing unverified is kept or passed on; who follows too much, and who does not read, costs the others
// nothing; and a fork ends what it touches.

import { MAX_LIVE_ROWS_PER_FACE } from '../../../stack/forward/limits.js'
import { type AttackKind, attackKinds, kinds } from '../attackers/index.js'
import type { Figure, Measure, Size } from './figure.js'
import { FollowedLog, Following, percentileOf } from './following.js'
import { Place, type Plan } from './place.js'
import { Witness } from './witness.js'

const DAY_MS = 86_400_000

/** How long followers may be behind, ms: a question's silence, a renewal, and another upstream. */
const MOST_BEHIND_MS = 60_000

/** A head that is said to be fresh is believed for as long as clocks may differ. */
const STALE_BEHIND_MS = 700_000

interface Beside {
  readonly wrong: readonly string[]
  readonly unverified: readonly string[]
  readonly regressions: readonly string[]
  readonly checked: number
  readonly behindMs: number
}

/** The attacker is the upstream that is asked first by one follower, and a neighbour of the other. */
async function besideOne(seed: string, kind: AttackKind, manner: string): Promise<Beside> {
  const place = await Place.open(`live beside ${seed} ${kind} ${manner}`, [
    { name: 'root' },
    { name: 'honest', upstreams: ['root'] },
    { name: 'mallory', upstreams: ['root'] },
    { name: 'writer', upstreams: ['root'] },
    { name: 'victim', upstreams: ['root'] },
    { name: 'reader', upstreams: ['mallory', 'honest'] },
    { name: 'lower', upstreams: ['honest'] },
    { name: 'below', upstreams: ['honest'] },
  ])
  const { world } = place
  const attackers = ['mallory', 'lower']
  const witness = new Witness(world)
  for (const [name, computer] of place.computers) if (!attackers.includes(name)) witness.watch(computer)
  const log = new FollowedLog(place, 'writer')
  await log.append(3, 500)
  await place.append('victim', 'posts', [world.random.bytes(100)])
  const followers = ['reader', 'below'].map((reader) => new Following(place, reader, log.link))
  await log.reach(followers, 10_000)
  for (const name of attackers) place.attack(name, kind, { manner, victim: place.at('victim'), rate: 500 })
  await log.append(6, 500, 1_500)
  // More than one page, so that closed ones are read by range.
  await log.append(8, 20_000)
  const isBelieved = kind === 'stale' && manner === 'lying'
  const behindMs = await log.reach(followers, isBelieved ? STALE_BEHIND_MS : MOST_BEHIND_MS)
  const wrong = log.wrong(followers).map((what) => `${kind} ${manner}: ${what}`)
  for (const one of followers) one.stop()
  await world.run(1_000)
  await place.close()
  const { unverified, regressions, checked } = witness
  return { wrong, unverified, regressions, checked, behindMs: isBelieved ? 0 : behindMs }
}

async function measureBeside({ seeds }: Size): Promise<Figure[]> {
  const all: Beside[] = []
  for (let seed = 0; seed < seeds; seed++) {
    for (const kind of attackKinds) {
      // One manner of each a seed is enough for a test; more seeds try all.
      const { manners } = kinds[kind]
      const some = seeds === 1 ? manners.slice(0, 2) : manners
      for (const manner of some) all.push(await besideOne(`${seed}`, kind, manner))
    }
  }
  const wrong = all.flatMap((one) => one.wrong)
  const unverified = all.flatMap((one) => [...one.unverified, ...one.regressions])
  const checked = all.reduce((sum, one) => sum + one.checked, 0)
  const behindMs = Math.max(...all.map((one) => one.behindMs))
  return [
    {
      goal: 'beside any attacker who follows is shown every entry once, in order, within a minute',
      measured: `${2 * all.length - wrong.length} of ${2 * all.length} followers, the last after ${(behindMs / 1_000).toFixed(1)} s ${wrong.slice(0, 3).join('; ')}`,
      holds: wrong.length === 0,
    },
    {
      goal: 'nothing unverified is passed on or kept of what is followed, and nothing goes back',
      measured: `${unverified.length} of ${checked} ${unverified.slice(0, 3).join('; ')}`,
      holds: unverified.length === 0,
    },
  ]
}

const people = ['ann', 'bob', 'cyd', 'dan']

const village: readonly Plan[] = [
  { name: 'root' },
  { name: 'writer', upstreams: ['root'] },
  { name: 'router', upstreams: ['root'], rate: 2_000_000 },
  ...people.map((name): Plan => ({ name, upstreams: ['router'] })),
  { name: 'mallory', upstreams: ['router'] },
  { name: 'sloth', upstreams: ['router'] },
]

interface Told {
  readonly p99Ms: number
  readonly wrong: readonly string[]
  /** The most at the router. */
  readonly rows: number
  readonly refused: number
  readonly queuedBytes: number
  readonly asked: number
}

/** Four people follow, beside one who follows ten thousand logs, or one who follows and does not read; or alone. */
async function toldBeside(beside: 'nobody' | 'flood' | 'sloth', scale: number): Promise<Told> {
  const place = await Place.open(`live village ${beside}`, village)
  const { world } = place
  const log = new FollowedLog(place, 'writer')
  await log.append(1, 100)
  const followers = people.map((reader) => new Following(place, reader, log.link))
  await log.reach(followers, 10_000)
  const first = log.entries.length
  const attack = beside === 'flood' ? place.attack('mallory', 'flood', { manner: 'live', rate: 10_000 }) : undefined
  if (beside === 'sloth') {
    place.attack('sloth', 'slow', { manner: 'reader' })
    new Following(place, 'sloth', log.link)
  }
  await world.run(1_500)
  const most = { rows: 0, queuedBytes: 0 }
  for (let round = 0; round < 20 * scale; round++) {
    await log.append(1, 20_000, 50)
    const status = place.at('router').node?.hub.machine.status()
    most.rows = Math.max(most.rows, status?.liveRows ?? 0)
    const queued = (status?.neighbours ?? []).reduce((sum, neighbour) => sum + neighbour.queuedBytes, 0)
    most.queuedBytes = Math.max(most.queuedBytes, queued + (status?.queuedBytes ?? 0))
  }
  await log.reach(followers, 10_000)
  const refused = place.at('router').node?.hub.machine.status().counters.liveRefused ?? 0
  const p99Ms = percentileOf(log.delaysMs(followers, first, log.entries.length), 0.99)
  const wrong = log.wrong(followers)
  for (const one of followers) one.stop()
  attack?.stop()
  await world.run(500)
  await place.close()
  return { p99Ms, wrong, refused, asked: attack?.deeds.get('interests') ?? 0, ...most }
}

async function measureCrowding({ scale }: Size): Promise<Figure[]> {
  const alone = await toldBeside('nobody', scale)
  const flood = await toldBeside('flood', scale)
  const sloth = await toldBeside('sloth', scale)
  const mostRows = MAX_LIVE_ROWS_PER_FACE + people.length
  return [
    {
      goal: `one neighbour that follows ten thousand logs has ${MAX_LIVE_ROWS_PER_FACE} of them, and the others are told in at most twice the time`,
      measured: `${flood.asked} asked, ${flood.refused} refused, ${flood.rows} rows at most; p99 ${flood.p99Ms.toFixed(1)} ms, without it ${alone.p99Ms.toFixed(1)} ms ${flood.wrong.slice(0, 2).join('; ')}`,
      holds:
        flood.asked >= 10_000 &&
        flood.refused > 0 &&
        flood.rows <= mostRows &&
        flood.wrong.length === 0 &&
        flood.p99Ms <= 2 * alone.p99Ms,
    },
    {
      goal: 'one that follows and does not read costs the router less than 2 MiB, and the others nothing',
      measured: `${sloth.queuedBytes} bytes waited at most; p99 ${sloth.p99Ms.toFixed(1)} ms, without it ${alone.p99Ms.toFixed(1)} ms ${sloth.wrong.slice(0, 2).join('; ')}`,
      holds: sloth.queuedBytes < 2_097_152 && sloth.wrong.length === 0 && sloth.p99Ms <= 1.1 * alone.p99Ms,
    },
  ]
}

/** A writer that forks while it is followed. */
async function measureFollowedForks({ seeds }: Size): Promise<Figure> {
  const readers = ['one', 'two', 'under']
  const wrong: string[] = []
  let ended = 0
  for (let seed = 0; seed < seeds; seed++) {
    const place = await Place.open(`live fork ${seed}`, [
      { name: 'root' },
      { name: 'forker', upstreams: ['root'] },
      { name: 'router', upstreams: ['root'] },
      { name: 'one', upstreams: ['root'] },
      { name: 'two', upstreams: ['router'] },
      { name: 'under', upstreams: ['router'] },
    ])
    const { world } = place
    const [published] = place.attack('forker', 'fork', { manner: 'restored' }).published
    if (published === undefined) throw new Error('nothing was published')
    await world.run(500)
    const followers = readers.map((reader) => new Following(place, reader, published.link))
    await world.run(60_000)
    for (const one of followers) {
      const isOne = published.branches.some((branch) => one.isPrefixOf(branch))
      if (!isOne) wrong.push(`${one.reader} was shown what no state holds`)
      if (one.error === 'FORKED' && one.shown.length >= published.common) ended++
      else wrong.push(`${one.reader}: ${one.error ?? 'goes on'} after ${one.shown.length} of ${published.common}`)
      one.stop()
    }
    await world.run(500)
    await place.close()
  }
  return {
    goal: 'who follows a log that forks is shown one state of it, and then that it is forked',
    measured: `${ended} of ${readers.length * seeds} ${wrong.slice(0, 3).join('; ')}`,
    holds: wrong.length === 0,
  }
}

/** A clock that is set a day forward or back while its node writes, carries or follows, and is set right a while later. */
async function measureClocks(): Promise<Figure> {
  const wrong: string[] = []
  let followed = 0
  for (const name of ['writer', 'router', 'reader']) {
    for (const skewMs of [DAY_MS, -DAY_MS]) {
      const place = await Place.open(`live clock ${name} ${skewMs}`, [
        { name: 'root' },
        { name: 'writer', upstreams: ['root'] },
        { name: 'router', upstreams: ['root'] },
        { name: 'reader', upstreams: ['router'] },
      ])
      const { world } = place
      const log = new FollowedLog(place, 'writer')
      await log.append(2, 100)
      const followers = [new Following(place, 'reader', log.link)]
      await log.reach(followers, 10_000)
      place.at(name).skewMs = skewMs
      await log.append(3, 100, 10_000)
      place.at(name).skewMs = 0
      await world.run(5_000)
      await log.append(1, 100)
      await log.reach(followers, MOST_BEHIND_MS)
      followed++
      const where = `${name} ${skewMs > 0 ? 'ahead' : 'behind'}`
      wrong.push(...log.wrong(followers).map((what) => `${where}: ${what}`))
      const blamed = [...place.computers.values()].reduce((sum, { node }) => {
        const shares = node?.hub.machine.status().neighbours.map(({ share }) => share) ?? []
        return sum + shares.filter((share) => share < 1).length
      }, 0)
      if (blamed > 0) wrong.push(`${where}: ${blamed} were blamed`)
      for (const one of followers) one.stop()
      await world.run(500)
      await place.close()
    }
  }
  return {
    goal: 'a clock that is a day off for a while loses no entry of what is followed, and blames nobody',
    measured: `${followed} runs ${wrong.slice(0, 3).join('; ')}`,
    holds: wrong.length === 0,
  }
}

export const measureLiveAttacks: Measure = async (size) => [
  ...(await measureBeside(size)),
  ...(await measureCrowding(size)),
  await measureFollowedForks(size),
  await measureClocks(),
]
