// How many round trips to the publisher a reading takes: the clock of the simulation counts nothing but the way over the
// cables. What is a day old at the most is the nearest copy's to say; what is to be the newest is the publisher's.

import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'

/** One way over the cable between the publisher and the router, ms; every other cable takes next to nothing. */
const CABLE_MS = 400

const ROUND_MS = 2 * CABLE_MS
const ALMOST = 0.05

export const measureAsking: Measure = async () => {
  const place = await Place.open('asking', [
    { name: 'router', delayUs: 1_000 },
    { name: 'writer', upstreams: ['router'], delayUs: CABLE_MS * 1_000 - 1_000 },
    { name: 'first', upstreams: ['router'], delayUs: 0 },
    { name: 'second', upstreams: ['router'], delayUs: 0 },
    { name: 'third', upstreams: ['router'], delayUs: 0 },
  ])
  const { world } = place
  const link = await place.append('writer', 'posts', [new Uint8Array(1_000).fill(1)])
  await world.run(10_000)
  const rounds = (reader: string, maxAgeS: number): Promise<number> =>
    world.during(60_000, async () => {
      const begunUs = world.time.nowUs
      let tookUs = 0
      await place.at(reader).call('entries', { link, maxAgeS }, () => {
        tookUs = world.time.nowUs - begunUs
      })
      return tookUs / 1_000 / ROUND_MS
    })
  const dayS = 86_400
  const figure = async (reader: string, what: string, maxAgeS: number, most: number): Promise<Figure> => {
    const measured = await rounds(reader, maxAgeS)
    return {
      goal: `${what} shows the first entry after ${most} round trips to the publisher`,
      measured: `${measured.toFixed(3)} round trips of ${ROUND_MS} ms`,
      holds: measured <= most + ALMOST,
    }
  }
  const figures = [
    await figure('first', 'who reads first behind a router', 0, 2),
    await figure('first', 'who reads the newest again', 0, 1),
    await figure('first', 'who reads again what may be a day old', dayS, 0),
    await figure('second', 'who reads second behind the router what may be a day old', dayS, 0),
    await figure('third', 'who reads the newest behind a router that was asked before', 0, 1),
  ]
  await place.close()
  return figures
}
