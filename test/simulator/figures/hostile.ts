// What a reader does with what is far too large, far too old, or does not come: its memory and what it asks for are bounded,
// it is told what is wrong, and a second upstream is enough.

import { RunnelError } from '../../../errors/index.js'
import { bombManners } from '../attackers/bomb.js'
import type { AttackKind } from '../attackers/index.js'
import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'
import { isPrefix, readEntries } from './reading.js'

/** Items after which a program has had enough of what never ends. */
const ENOUGH = 2_000

/** Bytes that reading a bomb may bring in, its own chunks among them. */
const MOST_BYTES = 1_000_000

async function measureBombs(): Promise<Figure> {
  const wrong: string[] = []
  const ends = new Map<string, number>()
  let mostBytes = 0
  for (const manner of bombManners) {
    const place = await Place.open(`bomb ${manner}`, [
      { name: 'root' },
      { name: 'bomber', upstreams: ['root'] },
      { name: 'reader', upstreams: ['root'] },
    ])
    const [published] = place.attack('bomber', 'bomb', { manner }).published
    if (published === undefined) throw new Error('nothing was published')
    await place.world.run(500)
    for (const method of ['entries', 'list', 'read', 'open'] as const) {
      let items = 0
      const over = new AbortController()
      const item = (): void => {
        items++
        if (items === ENOUGH) over.abort()
      }
      const end = await place.world
        .during(120_000, () => place.at('reader').call(method, { link: published.link }, item, over.signal))
        .then(() => 'ends')
        .catch((error: unknown) => (error instanceof RunnelError ? error.code : `${error}`))
      ends.set(end, (ends.get(end) ?? 0) + 1)
      if (!/^(ends|[A-Z_]+)$/.test(end) || end === 'INTERNAL') wrong.push(`${manner} ${method}: ${end}`)
    }
    const brought = place.at('reader').node?.hub.machine.status().neighbours[0]?.counters.bytesIn ?? 0
    mostBytes = Math.max(mostBytes, brought)
    if (brought > MOST_BYTES) wrong.push(`${manner}: ${brought} bytes came`)
    await place.close()
  }
  const said = [...ends].map(([end, count]) => `${end} ${count}`).join(', ')
  return {
    goal: `a bomb costs its reader at most ${MOST_BYTES} bytes and ends with a typed error, or when the program has enough`,
    measured: `${bombManners.length} bombs, ${mostBytes} bytes at most; ${said} ${wrong.join('; ')}`,
    holds: wrong.length === 0,
  }
}

/** The first of two upstreams does not answer, or not what it should. */
async function measureSecondUpstream(): Promise<Figure> {
  const cases: [AttackKind, string][] = [
    ['blackhole', 'silent'],
    ['blackhole', 'drops'],
    ['blackhole', 'half'],
    ['blackhole', 'late'],
    ['slow', 'answers'],
    ['slow', 'reader'],
    ['stale', 'honest'],
    ['lie', 'any'],
  ]
  const wrong: string[] = []
  const times: string[] = []
  for (const [kind, manner] of cases) {
    const place = await Place.open(`second ${kind} ${manner}`, [
      { name: 'root' },
      { name: 'first', upstreams: ['root'] },
      { name: 'second', upstreams: ['root'] },
      { name: 'writer', upstreams: ['root'] },
      { name: 'reader', upstreams: ['first', 'second'] },
    ])
    const entries = Array.from({ length: 60 }, () => place.world.random.bytes(20_000))
    const link = await place.append('writer', 'posts', entries)
    place.attack('first', kind, { manner })
    await place.world.run(1_000)
    const { entries: shown, error, ms } = await place.world.during(120_000, () => readEntries(place, 'reader', link))
    times.push(`${kind} ${manner} ${(ms / 1_000).toFixed(1)} s`)
    if (error !== undefined || shown.length !== 60 || !isPrefix(shown, entries)) {
      wrong.push(`${kind} ${manner}: ${shown.length} entries, ${error ?? 'well'}`)
    }
    await place.close()
  }
  return {
    goal: 'with the first of two upstreams silent, slow, stale or lying all is read',
    measured: `${times.join(', ')} ${wrong.join('; ')}`,
    holds: wrong.length === 0,
  }
}

/** The only upstream gives the state that it saw first, and says that it is fresh. */
async function measureStale(): Promise<Figure[]> {
  const place = await Place.open('stale', [
    { name: 'root' },
    { name: 'writer', upstreams: ['root'] },
    { name: 'mallory', upstreams: ['root'] },
    { name: 'honest', upstreams: ['root'] },
    { name: 'reader', upstreams: ['honest', 'mallory'] },
    { name: 'other', upstreams: ['mallory'] },
  ])
  const { world } = place
  const entries = Array.from({ length: 30 }, () => world.random.bytes(1_000))
  const link = await place.append('writer', 'posts', entries.slice(0, 10))
  const read = (name: string) => world.during(60_000, () => readEntries(place, name, link))
  place.attack('mallory', 'stale', { manner: 'lying' })
  await read('other')
  await place.append('writer', 'posts', entries.slice(10, 20))
  await world.run(3_000)
  const honest = await read('reader')
  // From here on nobody has another way than through the one that gives the state that it saw first.
  await world.during(10_000, () => place.at('honest').stop())
  await place.append('writer', 'posts', entries.slice(20))
  let named: number | undefined
  let least = honest.entries.length
  const begunUs = world.time.nowUs
  for (let second = 0; second < 960 && named === undefined; second += 30) {
    await world.run(30_000)
    const { entries: shown } = await read('reader')
    least = Math.min(least, shown.length)
    if ((await read('other')).stale) named = (world.time.nowUs - begunUs) / 1_000_000
  }
  await place.close()
  return [
    {
      goal: 'behind a stale upstream nobody goes back',
      measured: `${least} entries at least, of ${honest.entries.length} shown before`,
      holds: least === 20 && honest.entries.length === 20,
    },
    {
      goal: 'its staleness is named within a head lifetime (300 s) and what clocks may differ (600 s)',
      measured: named === undefined ? 'never' : `after ${named.toFixed(0)} s`,
      holds: named !== undefined && named <= 900,
    },
  ]
}

export const measureHostile: Measure = async () => [
  await measureBombs(),
  await measureSecondUpstream(),
  ...(await measureStale()),
]
