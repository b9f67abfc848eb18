// What the restart of a router in the middle costs who reads through it: its own absence, and the pause between two dials of
// its neighbours. Starting a node takes no virtual time.

import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'
import { readEntries } from './reading.js'

/** After a longer absence the pauses between two dials are longer too. */
const ABSENCES_MS = [300, 1_000, 3_000] as const

/** A first pause, and a part of the absence: each pause is longer by a quarter, and by up to a quarter of chance. */
function mostMs(absenceMs: number): number {
  return 150 + 0.35 * absenceMs
}

async function measureAbsence(absenceMs: number): Promise<Figure> {
  const place = await Place.open(`restarts ${absenceMs}`, [
    { name: 'first' },
    { name: 'writer', upstreams: ['first'] },
    { name: 'second', upstreams: ['first'] },
    { name: 'third', upstreams: ['second'] },
    { name: 'reader', upstreams: ['third'] },
  ])
  const { world } = place
  const link = await place.append('writer', 'posts', [Uint8Array.of(1)])
  place.at('second').kill()
  const reading = readEntries(place, 'reader', link)
  await world.run(absenceMs)
  const { entries, error, ms } = await world.during(60_000, async () => {
    await place.at('second').start()
    return reading
  })
  const asked = place.at('third').node?.hub.machine.status().counters.interests ?? 0
  await place.close()
  const afterMs = ms - absenceMs
  return {
    goal: `who reads while the router in the middle is away for ${absenceMs / 1_000} s has all ${mostMs(absenceMs).toFixed(0)} ms after it starts`,
    measured: `${entries.length} of 1 entry after ${afterMs.toFixed(0)} ms, for ${asked} questions${error === undefined ? '' : `, ${error}`}`,
    holds: error === undefined && entries.length === 1 && afterMs <= mostMs(absenceMs),
  }
}

export const measureRestarts: Measure = async () => {
  const figures: Figure[] = []
  for (const absenceMs of ABSENCES_MS) figures.push(await measureAbsence(absenceMs))
  return figures
}
