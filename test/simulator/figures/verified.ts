// Beside each kind of attacker, in each of its manners: nothing unverified is stored, forwarded or shown, nobody goes back,
// and every honest reader with a way to the writer finishes.

import { type AttackKind, attackKinds, kinds } from '../attackers/index.js'
import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'
import { isPrefix, type Reading, readEntries } from './reading.js'
import { Witness } from './witness.js'

interface Result {
  readonly readings: readonly Reading[]
  readonly wrong: number
  readonly unverified: readonly string[]
  readonly regressions: readonly string[]
  readonly checked: number
  readonly deeds: number
}

async function besideOne(seed: string, kind: AttackKind, manner: string): Promise<Result> {
  const place = await Place.open(`verified ${seed} ${kind} ${manner}`, [
    { name: 'root' },
    { name: 'honest', upstreams: ['root'] },
    { name: 'mallory', upstreams: ['root'] },
    { name: 'writer', upstreams: ['root'] },
    { name: 'victim', upstreams: ['root'] },
    // The attacker is the upstream that is asked first; and below a router of the others.
    { name: 'reader', upstreams: ['mallory', 'honest'] },
    { name: 'lower', upstreams: ['honest'] },
    { name: 'below', upstreams: ['honest'] },
  ])
  const { world } = place
  const witness = new Witness(world)
  const attackers = ['mallory', 'lower']
  for (const [name, computer] of place.computers) if (!attackers.includes(name)) witness.watch(computer)
  const entries = Array.from({ length: 45 }, () => world.random.bytes(world.random.between(1, 4_000)))
  const link = await place.append('writer', 'posts', entries.slice(0, 30))
  await place.append('victim', 'posts', [world.random.bytes(100)])
  const attacks = attackers.map((name) => place.attack(name, kind, { manner, victim: place.at('victim'), rate: 500 }))
  await world.run(1_000)
  const readings: Reading[] = []
  const readers = ['reader', 'below']
  for (const least of [30, 45]) {
    if (least === 45) await place.append('writer', 'posts', entries.slice(30))
    await world.run(2_000)
    const read = (reader: string) => readEntries(place, reader, link)
    readings.push(...(await world.during(120_000, () => Promise.all(readers.map(read)))))
  }
  // What the attackers publish themselves may be shown, or refused; the witness still checks what passes.
  for (const { published } of attacks) {
    for (const { link: own } of published.slice(0, 1)) {
      await world.during(120_000, () => readEntries(place, 'below', own))
    }
  }
  await place.close()
  const wrong = readings.filter(({ entries: shown }) => !isPrefix(shown, entries)).length
  const deeds = attacks.reduce(
    (sum, attack) => sum + [...attack.deeds.values()].reduce((all, some) => all + some, 0),
    0,
  )
  const { unverified, regressions, checked } = witness
  return { readings, wrong, unverified, regressions, checked, deeds }
}

export const measureVerified: Measure = async ({ seeds }) => {
  let checked = 0
  let worst: Reading | undefined
  let readings = 0
  let runs = 0
  const unverified: string[] = []
  const regressions: string[] = []
  const unfinished: string[] = []
  const idle: string[] = []
  for (let seed = 0; seed < seeds; seed++) {
    for (const kind of attackKinds) {
      for (const manner of kinds[kind].manners) {
        const result = await besideOne(`${seed}`, kind, manner)
        const who = `${kind} ${manner}`
        runs++
        readings += result.readings.length
        checked += result.checked
        unverified.push(...result.unverified.map((what) => `${who}: ${what}`))
        if (result.wrong > 0) unverified.push(`${who}: ${result.wrong} readings were shown what was not written`)
        regressions.push(...result.regressions.map((what) => `${who}: ${what}`))
        if (result.deeds === 0) idle.push(who)
        for (const reading of result.readings) {
          if (reading.error !== undefined) unfinished.push(`${who}: ${reading.reader} ${reading.error}`)
          if (worst === undefined || reading.ms > worst.ms) worst = reading
        }
      }
    }
  }
  const figures: Figure[] = [
    {
      goal: 'nothing unverified is stored, forwarded or shown beside any attacker',
      measured: `${unverified.length} of ${checked} answers, stored things and readings in ${runs} runs ${first(unverified)}`,
      holds: unverified.length === 0,
    },
    {
      goal: 'nobody goes back to a lower head',
      measured: `${regressions.length} ${first(regressions)}`,
      holds: regressions.length === 0,
    },
    {
      goal: 'every reader with a live path finishes',
      measured: `${readings - unfinished.length} of ${readings}, the slowest in ${((worst?.ms ?? 0) / 1_000).toFixed(1)} s ${first(unfinished)}`,
      holds: unfinished.length === 0,
    },
    { goal: 'every attacker attacks', measured: `${idle.length} did not ${first(idle)}`, holds: idle.length === 0 },
  ]
  return figures
}

function first(list: readonly string[]): string {
  return list.length === 0 ? '' : `(${list.slice(0, 3).join('; ')})`
}
