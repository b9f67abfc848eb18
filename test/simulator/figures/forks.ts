// A forked log: readers are shown what both states begin with, the proof is kept and passed on, and other streams of the
// same writer are as readable as before.

import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'
import { isPrefix, type Reading, readEntries } from './reading.js'

const readers = ['one', 'two', 'under']

export const measureForks: Measure = async ({ seeds }) => {
  let readings = 0
  let proofs = 0
  let wanted = 0
  const wrong: string[] = []
  for (let seed = 0; seed < 2 * seeds; seed++) {
    for (const manner of ['turns', 'restored', 'sides']) {
      const place = await Place.open(`fork ${seed} ${manner}`, [
        { name: 'root' },
        { name: 'east', upstreams: ['root'] },
        { name: 'west', upstreams: ['root'] },
        { name: 'forker', upstreams: ['east', 'west'] },
        { name: 'one', upstreams: ['east'] },
        { name: 'two', upstreams: ['west'] },
        { name: 'under', upstreams: ['east', 'west'] },
        { name: 'late', upstreams: ['root'] },
      ])
      const { world } = place
      const other = [world.random.bytes(500), world.random.bytes(5_000)]
      const otherLink = await place.append('forker', 'other', other)
      const attack = place.attack('forker', 'fork', { manner })
      const [published] = attack.published
      if (published === undefined) throw new Error('nothing was published')
      await world.run(500)
      const all: Reading[] = []
      const read = async (reader: string): Promise<void> => {
        all.push(await world.during(60_000, () => readEntries(place, reader, published.link)))
      }
      for (let round = 0; round < 5; round++) {
        for (const reader of readers) await read(reader)
        await world.run(2_000)
      }
      // Whoever was shown one side by one router is shown the other side by the other.
      if (manner === 'sides') {
        await place.world.during(10_000, () => place.at('east').stop())
        for (let round = 0; round < 3; round++) {
          await read('under')
          await world.run(2_000)
        }
        await place.world.during(10_000, async () => void (await place.at('east').start()))
        await world.run(20_000)
      }
      await read('late')
      for (const { reader, entries, error } of all) {
        readings++
        const whole = published.branches.some((branch) => isPrefix(entries, branch))
        const ended = error === undefined || error === 'FORKED'
        if (!whole || !ended) wrong.push(`${manner}: ${reader} was shown ${entries.length} (${error ?? 'well'})`)
        if (error === 'FORKED' && entries.length < published.common) wrong.push(`${manner}: ${reader} lost entries`)
      }
      // Where each router knows one side, only who met both can know.
      const judge = manner === 'sides' ? 'under' : 'late'
      const last = all.filter(({ reader }) => reader === judge).at(-1)
      wanted++
      if (last?.error === 'FORKED' && last.entries.length === published.common) proofs++
      else {
        const shown = `${last?.entries.length} of ${published.common}`
        wrong.push(`${manner}: ${judge} was told ${last?.error ?? 'nothing'} after ${shown}`)
      }
      const untouched = await world.during(60_000, () => readEntries(place, 'late', otherLink))
      if (untouched.error !== undefined || untouched.entries.length !== other.length)
        wrong.push(`${manner}: other stream`)
      await place.close()
    }
  }
  const figure: Figure = {
    goal: "of a forked log the common beginning is read, and the proof reaches who comes late; the writer's other streams are untouched",
    measured: `${readings} readings, the proof was there for ${proofs} of ${wanted} ${wrong.slice(0, 4).join('; ')}`,
    holds: wrong.length === 0,
  }
  return [figure]
}
