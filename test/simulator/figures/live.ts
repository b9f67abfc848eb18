// A log that very many follow at the same time: it crosses the link to their router once, and everybody is shown every
// entry once and soon.

import type { Measure } from './figure.js'
import { FollowedLog, Following, percentileOf } from './following.js'
import { Place, type Plan } from './place.js'

/** As many as dial one router at most; more are spread over routers below it. */
const MOST_DIALLERS = 1_000

/** One way over the cables of this place. */
const HOP_MS = 1

/** What routers and nodes may add to the way, ms. */
const MOST_ADDED_MS = 5

/** How soon what was written at once has been told to all, ms: it is told in a few answers. */
const MOST_BURST_MS = 500

export const measureLive: Measure = async ({ scale }) => {
  const count = 200 * scale
  const towns = count > MOST_DIALLERS ? Math.ceil(count / MOST_DIALLERS) : 0
  const place = await Place.open('live', [
    { name: 'root' },
    { name: 'writer', upstreams: ['root'] },
    { name: 'router', upstreams: ['root'] },
    ...Array.from({ length: towns }, (_, town): Plan => ({ name: `town${town}`, upstreams: ['router'] })),
    ...Array.from({ length: count }, (_, index): Plan => {
      return { name: `reader${index}`, upstreams: [towns === 0 ? 'router' : `town${index % towns}`] }
    }),
  ])
  const { world } = place
  const log = new FollowedLog(place, 'writer')
  await log.append(1, 100)
  const followers = Array.from({ length: count }, (_, index) => new Following(place, `reader${index}`, log.link))
  await log.reach(followers, 30_000)
  const before = statusOf(place, 'root').liveAnswers
  await log.append(20, 100, 200)
  const slow = log.entries.length
  await log.append(200, 100)
  const burstMs = await log.reach(followers, 10_000)
  // Renewed once and more.
  await world.run(25_000)
  await log.append(1, 100)
  await log.reach(followers, 10_000)
  const copies = ['root', 'router', ...Array.from({ length: towns }, (_, town) => `town${town}`)].map((name) => {
    return statusOf(place, name).liveCopiesSent
  })
  const told = statusOf(place, 'root').liveAnswers - before
  const wrong = log.wrong(followers)
  const hops = towns === 0 ? 3 : 4
  const paced = log.delaysMs(followers, 1, slow)
  const addedMs = percentileOf(paced, 0.99) - hops * HOP_MS
  for (const one of followers) one.stop()
  await world.run(1_000)
  await place.close()
  const most = Math.max(...copies)
  return [
    {
      goal: 'a log that is followed by all readers behind one router crosses the link to it once, and each is shown every entry once, in order',
      measured: `${count - wrong.length} of ${count} readers${towns === 0 ? '' : ` behind ${towns} routers below it`}; ${most} copy upstream at each router; the router was told ${told} times of ${log.entries.length - 1} entries ${wrong.slice(0, 3).join('; ')}`,
      holds: wrong.length === 0 && most === 1 && told <= log.entries.length,
    },
    {
      goal: `… within ${MOST_ADDED_MS} ms more than the cables take (p99), and 200 that are written at once within ${MOST_BURST_MS} ms`,
      measured: `${addedMs.toFixed(1)} ms more; ${burstMs} ms`,
      holds: addedMs <= MOST_ADDED_MS && burstMs <= MOST_BURST_MS,
    },
  ]
}

function statusOf(place: Place, name: string) {
  const status = place.at(name).node?.hub.machine.status()
  if (status === undefined) throw new Error(`${name} does not run`)
  return status.counters
}
