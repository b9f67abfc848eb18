// Writers that are gone: custodians have what they have signed for, and whoever reaches one of them is given it.

import type { Computer } from './computer.js'
import type { KeepRun } from './keep-run.js'
import { Violation } from './model.js'
import type { Random } from './random.js'
import type { World } from './world.js'

/** Logs of a run that are read without their writers, at most: each costs two starts. */
const mostDepartures = 2

/** Who reads each at the same time, at most. */
const mostReaders = 4

/** How long a node may take to start or to end, and how long readers try, ms. */
const betweenMs = 10_000
const readMs = 30_000

export interface Departing {
  readonly world: World
  readonly keeping: readonly KeepRun[]
  readonly random: Random
  /** Who must be able to read what a custodian has when the writer is gone. */
  readonly readersOf: (custodian: Computer, writer: Computer) => readonly Computer[]
  readonly start: (computer: Computer) => Promise<void>
}

/** How many logs were read while their writers were gone. Throws a Violation where a promise was not kept. */
export async function depart({ world, keeping, random, readersOf, start }: Departing): Promise<number> {
  for (const run of keeping) run.check()
  let departures = 0
  for (const run of random.some(keeping, keeping.length)) {
    const { writer, planned, name } = run.stream
    const [promised] = random.some(run.promised, 1)
    if (promised === undefined || planned.kind !== 'log' || departures === mostDepartures) continue
    const { custodian, length } = promised
    const readers = readersOf(custodian, writer)
    if (readers.length === 0) continue
    const asked = random.some(readers, mostReaders)
    world.trace.event(`${writer.name} is gone, others read what ${custodian.name} has promised`)
    await world.during(betweenMs, () => writer.stop())
    const read = asked.map((reader) => async () => ({ reader, shown: await run.read(reader, length, readMs) }))
    const all = await world.during(2 * readMs, () => Promise.all(read.map((begin) => begin())))
    if (all.some(({ shown }) => shown !== undefined)) {
      const promise = `${custodian.name} has promised ${length} entries of ${name}`
      const said = all.map(({ reader, shown }) => `${reader.name} was shown ${shown}`).join(', ')
      throw new Violation(`${promise}; when its writer was gone ${said}`)
    }
    await world.during(betweenMs, () => start(writer))
    departures++
  }
  return departures
}
