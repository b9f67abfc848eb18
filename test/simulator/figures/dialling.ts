// How many round trips a dial takes until the first byte of the answer is there: the clock of the simulation counts nothing
// but the way over the cables.

import type { DialTarget } from '../../../node/sessions/index.js'
import type { Figure, Measure } from './figure.js'
import { Place } from './place.js'

/** One way over one of the two cables, ms. */
const CABLE_MS = 50

/** There and back between the two ends. */
const ROUND_MS = 4 * CABLE_MS

/** Round trips until the first byte, at most; what the bytes take on a gigabit counts as nothing. */
const MOST_ROUNDS = 3
const ALMOST = 0.01

export const measureDialling: Measure = async () => {
  const delayUs = (CABLE_MS * 1_000) / 2
  const place = await Place.open('dialling', [
    { name: 'router', delayUs },
    { name: 'dialler', upstreams: ['router'], delayUs },
    { name: 'listener', upstreams: ['router'], delayUs },
  ])
  const { world } = place
  const [dialler, listener] = [place.at('dialler'), place.at('listener')]
  listener.node?.sessions.serve('chat', async (conversation) => {
    await conversation.write(Uint8Array.of(1))
    await conversation.end()
  })
  await world.run(10_000)
  const rounds = (target: DialTarget): Promise<number> =>
    world.during(20_000, () =>
      dialler.use(async (node) => {
        const begunUs = world.time.nowUs
        const conversation = await node.dialer.dial(target, 'chat')
        const first = await conversation.read()
        const tookMs = (world.time.nowUs - begunUs) / 1_000
        await conversation.end()
        if (first?.length !== 1) throw new Error('no first byte')
        return tookMs / ROUND_MS
      }),
    )
  const { name, device } = listener.keys
  const byDevice = await rounds({ device })
  const byName = await rounds({ name })
  const again = await rounds({ name })
  await place.close()
  const figure = (how: string, measured: number, most: number): Figure => ({
    goal: `dialled ${how} through one router, the first byte of the answer is there after ${most} round trips`,
    measured: `${measured.toFixed(3)} round trips of ${ROUND_MS} ms`,
    holds: measured <= most + ALMOST,
  })
  return [
    figure('by a name that nobody has asked for', byName, MOST_ROUNDS),
    figure('by the same name again', again, 2),
    figure('by the key of the device', byDevice, 2),
  ]
}
