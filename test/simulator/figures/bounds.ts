// Whatever comes, a router's tables stay within its limits, and no neighbour has more than its part of them.

import { maxHeadAnswerBytes } from '../../../stack/data/index.js'
import { defaultLimits, MAX_QUEUED_BYTES } from '../../../stack/forward/limits.js'
import type { Measure } from './figure.js'
import { Place } from './place.js'
import { readEntries } from './reading.js'

export const measureBounds: Measure = async ({ scale }) => {
  const flooders = ['chunks', 'mixed']
  const place = await Place.open('bounds', [
    { name: 'root' },
    { name: 'writer', upstreams: ['root'] },
    { name: 'router', upstreams: ['root'] },
    ...flooders.map((name) => ({ name, upstreams: ['router'] })),
    { name: 'hoarder', upstreams: ['router'] },
    { name: 'slow', upstreams: ['router'] },
    { name: 'reader', upstreams: ['router'] },
  ])
  const { world } = place
  const entries = Array.from({ length: 20 }, () => world.random.bytes(10_000))
  const link = await place.append('writer', 'posts', entries)
  const many = Array.from({ length: 20_000 }, () => ({ kind: 'log' as const, key: world.random.bytes(32) }))
  for (const name of flooders) place.attack(name, 'flood', { manner: name, rate: 100_000 })
  place.attack('hoarder', 'hoard', { manner: 'silent', keys: () => many })
  place.attack('slow', 'slow', { manner: 'reader' })
  const most = { rows: 0, rowsOfOne: 0, routes: 0, routesOfOne: 0, queuedBytes: 0, questions: 0, shown: 0 }
  let isOver = false
  const sample = (): void => {
    const status = place.at('router').node?.hub.machine.status()
    if (status === undefined || isOver) return
    most.rows = Math.max(most.rows, status.interests)
    most.routes = Math.max(most.routes, status.routes)
    most.queuedBytes = Math.max(most.queuedBytes, status.queuedBytes)
    most.questions = Math.max(most.questions, status.questions)
    for (const { interests, routes } of status.neighbours) {
      most.rowsOfOne = Math.max(most.rowsOfOne, interests)
      most.routesOfOne = Math.max(most.routesOfOne, routes)
    }
    world.time.after(5_000, sample)
  }
  sample()
  // Nobody waits for the slow one.
  void readEntries(place, 'slow', link)
  for (let round = 0; round < scale; round++) {
    await world.run(400)
    const { entries: shown } = await world.during(60_000, () => readEntries(place, 'reader', link))
    most.shown = Math.max(most.shown, shown.length)
  }
  isOver = true
  await place.close()
  const { rows, rowsPerFace, routes, routesPerNeighbour } = defaultLimits
  const queued = MAX_QUEUED_BYTES + maxHeadAnswerBytes
  const holds =
    most.rows <= rows &&
    most.rowsOfOne <= rowsPerFace &&
    most.routes <= routes &&
    most.routesOfOne <= routesPerNeighbour &&
    most.queuedBytes <= queued &&
    most.shown === entries.length &&
    most.rowsOfOne > 3_000 &&
    most.routesOfOne === routesPerNeighbour
  const figures = [
    `rows ${most.rows} of ${rows}, of one ${most.rowsOfOne} of ${rowsPerFace}`,
    `routes ${most.routes} of ${routes}, of one ${most.routesOfOne} of ${routesPerNeighbour}`,
    `${most.questions} questions, ${most.queuedBytes} bytes queued of ${queued}`,
  ]
  return [
    { goal: "a router's tables stay within their limits under flood and hoard", measured: figures.join('; '), holds },
  ]
}
