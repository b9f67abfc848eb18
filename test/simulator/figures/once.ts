// Each chunk crosses each link once, however many read it at the same time, and every reader finishes.

import type { Figure, Measure } from './figure.js'
import { Place, type Plan } from './place.js'
import { isPrefix, readEntries } from './reading.js'
import { Witness } from './witness.js'

/** Far more than any of them needs, and less than a question's lifetime: nobody is forgotten and asks again. */
const MOST_MS = 5_000

async function measureReaders(goal: string, plans: readonly Plan[], readers: readonly string[]): Promise<Figure> {
  const place = await Place.open(goal, plans)
  const witness = new Witness(place.world)
  for (const computer of place.computers.values()) witness.watch(computer)
  const entries = Array.from({ length: 12 }, () => place.world.random.bytes(9_000))
  const link = await place.append('writer', 'posts', entries)
  const readings = await place.world.during(60_000, () =>
    Promise.all(readers.map((reader) => readEntries(place, reader, link))),
  )
  await place.close()
  const finished = readings.filter(
    (reading) => reading.error === undefined && reading.entries.length === 12 && isPrefix(reading.entries, entries),
  ).length
  const { most, crossings } = witness.copies
  const slowestMs = Math.max(...readings.map(({ ms }) => ms))
  const measured = `${finished} of ${readers.length} readers finished, the last after ${(slowestMs / 1_000).toFixed(1)} s; ${crossings} chunks crossed links, ${most} time at most; ${witness.unverified.length} of ${witness.checked} answers and stored things unverified`
  return {
    goal,
    measured,
    holds: finished === readers.length && slowestMs < MOST_MS && most === 1 && witness.unverified.length === 0,
  }
}

export const measureOnce: Measure = async ({ scale }) => {
  const crowd = Array.from({ length: 200 }, (_, index) => `reader${index}`)
  const behindOne = await measureReaders(
    'each chunk crosses each link once for 200 readers behind one router',
    [
      { name: 'root' },
      { name: 'writer', upstreams: ['root'] },
      { name: 'router', upstreams: ['root'] },
      ...crowd.map((name, index): Plan => ({ name, upstreams: ['router'], delayUs: 100 * (index % 40) })),
    ],
    crowd,
  )
  const plans: Plan[] = [{ name: 'root' }, { name: 'writer', upstreams: ['root'] }]
  const leaves: string[] = []
  for (let town = 0; town < 3; town++) {
    plans.push({ name: `town${town}`, upstreams: ['root'] })
    for (let street = 0; street < 3 * scale; street++) {
      const name = `street${town}-${street}`
      plans.push({ name, upstreams: [`town${town}`], rate: 500_000 })
      for (let house = 0; house < 4; house++) {
        leaves.push(`house${town}-${street}-${house}`)
        plans.push({
          name: `house${town}-${street}-${house}`,
          upstreams: [name],
          delayUs: 1_000 * house,
          rate: 200_000,
        })
      }
    }
  }
  const inTree = await measureReaders(`… and for ${leaves.length} readers in a tree of three levels`, plans, leaves)
  return [behindOne, inTree]
}
