// Custody under thieves and faults: a custodian that does not have what it has signed for is found by its audits, shown
// and replaced; and what was promised is there for readers when its publisher is gone for good, as long as one honest
// custodian lives.

import { equal } from '../../../stack/bytes/index.js'
import type { CustodyMessage } from '../../../stack/custody/index.js'
import { KeepWalk } from '../../../stack/data/index.js'
import type { Computer } from '../computer.js'
import type { Random } from '../random.js'
import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'
import { isPrefix, readEntries } from './reading.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const monthMs = 30 * dayMs

/** Within so long a thief is to be found. */
const foundMs = 5 * dayMs

type Steal = (thief: Computer, names: readonly Uint8Array[], random: Random) => Promise<void>

/** What a custodian does with what it has signed for. */
const thefts: Readonly<Record<string, Steal>> = {
  'drops 5 %': (thief, names, random) => drop(thief, random.some(names, Math.ceil(names.length / 20))),
  'drops everything': drop,
  'drops everything and invents its proofs': async (thief, names) => {
    await drop(thief, names)
    answerChallenges(thief, (answer) => {
      return answer.type === 'proof'
        ? { ...answer, proofs: answer.proofs.map((proof) => proof.map((byte) => byte ^ 1)) }
        : answer
    })
  },
  'drops everything and is busy whenever it is audited': async (thief, names) => {
    await drop(thief, names)
    answerChallenges(thief, ({ request }) => ({ type: 'refused', request, reason: 'busy', retryS: 60, text: '' }))
  },
}

function drop(thief: Computer, names: readonly Uint8Array[]): Promise<void> {
  return thief.use(({ parts }) => parts.store.forgetKept(names))
}

/** Has a custodian answer challenges otherwise than it was built to. */
function answerChallenges({ node }: Computer, change: (answer: CustodyMessage) => CustodyMessage): void {
  if (node === undefined) return
  const { custodian } = node.custody
  const handle = custodian.handle.bind(custodian)
  custodian.handle = (client, message, reply, signal) =>
    handle(
      client,
      message,
      (answer) => reply((message.type === 'challenge' ? change(answer) : answer) as typeof answer),
      signal,
    )
}

export const measureThefts: Measure = async ({ seeds }) => {
  const figures: Figure[] = []
  for (const [name, steal] of Object.entries(thefts)) {
    const hours: number[] = []
    const wrong: string[] = []
    for (let seed = 0; seed < seeds; seed++) {
      const { foundAfterMs, problem } = await theft(`${name} ${seed}`, steal)
      hours.push(foundAfterMs / hourMs)
      if (problem !== undefined) wrong.push(`seed ${seed}: ${problem}`)
    }
    figures.push({
      goal: `a custodian that ${name} is found within 5 days, replaced, and nothing is lost`,
      measured: `${seeds - wrong.length} of ${seeds}, after ${Math.max(...hours).toFixed(1)} hours at most ${wrong.slice(0, 3).join('; ')}`,
      holds: wrong.length === 0,
    })
  }
  return [...figures, await measureEnd()]
}

async function theft(seed: string, steal: Steal): Promise<{ foundAfterMs: number; problem: string | undefined }> {
  const custody = { upstreams: ['root'], custodyBytes: 2 ** 28 }
  const place = await Place.open(`custody ${seed}`, [
    { name: 'root', cacheBytes: 65_536 },
    { name: 'thief', ...custody },
    { name: 'second', ...custody },
    { name: 'third', ...custody },
    { name: 'publisher', upstreams: ['root'], custodians: ['thief', 'second', 'third'] },
    { name: 'reader', upstreams: ['root'] },
  ])
  const { world } = place
  const [publisher, thief] = [place.at('publisher'), place.at('thief')]
  const random = world.random.split('entries')
  const entries = Array.from({ length: 60 }, () => random.bytes(30_000))
  const link = await place.append('publisher', 'kept', entries)
  const key = await world.during(hourMs, () =>
    publisher.use(async ({ streams, custody: { duties } }) => {
      const stream = streams.find('kept')
      if (stream === undefined) throw new Error('no stream')
      await duties.keep(stream.key, monthMs)
      await duties.settled(stream.key, 2, hourMs, new AbortController().signal)
      return stream.key
    }),
  )
  const stateOf = (computer: string): string | undefined => {
    const device = place.at(computer).node?.parts.opened.identity.device
    const copies = publisher.node?.custody.duties.find(key)?.copies ?? []
    return copies.find(({ custodian }) => device !== undefined && equal(custodian, device))?.state
  }
  const problems: string[] = []
  if (stateOf('thief') !== 'kept' || stateOf('second') !== 'kept') problems.push('nobody promised')
  await world.during(hourMs, () => steal(thief, namesOf(publisher, key), random))
  const begunUs = world.time.nowUs
  const isFound = (): boolean => stateOf('thief') === 'failed' && stateOf('third') === 'kept'
  await world.time.run(begunUs + (foundMs + hourMs) * 1_000, isFound)
  const foundAfterMs = (world.time.nowUs - begunUs) / 1_000
  if (!isFound()) problems.push(`${stateOf('thief')}, ${stateOf('third')}`)
  if (stateOf('second') !== 'kept') problems.push('the honest one was blamed')
  await world.during(hourMs, async () => {
    await publisher.stop()
    await thief.stop()
    await place.at('second').stop()
  })
  const read = await world.during(hourMs, () => readEntries(place, 'reader', link))
  if (read.entries.length !== entries.length || !isPrefix(read.entries, entries)) {
    problems.push(`a reader was shown ${read.entries.length} entries (${read.error ?? 'no error'})`)
  }
  await place.close()
  return { foundAfterMs, problem: problems.length === 0 ? undefined : problems.join(', ') }
}

/** A promise that nobody renews is kept to its time and two days longer, and then gone with all that it took. */
async function measureEnd(): Promise<Figure> {
  const place = await Place.open('custody end', [
    { name: 'router', cacheBytes: 65_536, custodyBytes: 2 ** 28 },
    { name: 'publisher', upstreams: ['router'] },
    { name: 'reader', upstreams: ['router'], cacheBytes: 65_536 },
  ])
  const { world } = place
  const [publisher, router] = [place.at('publisher'), place.at('router')]
  const entries = Array.from({ length: 20 }, () => world.random.bytes(30_000))
  const link = await place.append('publisher', 'kept', entries)
  const key = publisher.node?.streams.find('kept')?.key ?? new Uint8Array(32)
  await world.during(hourMs, () => publisher.use(({ custody: { duties } }) => duties.keep(key, 3 * dayMs)))
  await world.run(60_000)
  const keptBytes = (): number => router.node?.custody.custodian.ledger.bytes ?? -1
  const promisedBytes = keptBytes()
  const names = namesOf(publisher, key)
  await world.during(hourMs, () => publisher.stop())
  await world.run(2.9 * dayMs)
  const before = await world.during(hourMs, () => readEntries(place, 'reader', link))
  await world.run(1.9 * dayMs)
  const inGrace = keptBytes()
  await world.run(0.3 * dayMs)
  const { store } = router.node?.parts ?? {}
  // What the name's cards say is remembered.
  const after = [keptBytes(), names.filter((name) => store?.keptChunk(name) !== undefined).length]
  await place.close()
  const read = before.entries.length === entries.length && isPrefix(before.entries, entries)
  return {
    goal: 'a promise that nobody renews is kept to its time, and given up two days later with all that it took',
    measured: `${promisedBytes} bytes promised for 3 days; read in full after 2.9: ${read}; ${inGrace} bytes after 4.8 days, ${after[0]} bytes and ${after[1]} of ${names.length} chunks after 5.1`,
    holds: promisedBytes > 600_000 && read && inGrace === promisedBytes && after.every((count) => count === 0),
  }
}

/** All that a log of a computer reaches, but for the open page, which travels with the head. */
function namesOf({ node }: Computer, key: Uint8Array): Uint8Array[] {
  const held = node?.streams.ofLog(key)?.log.held
  if (node === undefined || held === undefined) throw new Error('it does not write that log')
  const maxBytes = Number.MAX_SAFE_INTEGER
  const walk = new KeepWalk(held, { seed: new Uint8Array(8), maxChunks: 1 << 16, maxBytes })
  while (!walk.done) {
    for (const name of walk.wanted(1))
      walk.handleChunk(name, node.parts.store.readChunk(name)?.bytes ?? new Uint8Array(0))
  }
  return [...walk.takeNames()]
}
