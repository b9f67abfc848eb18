// A neighbour that opens ten thousand channels: it has its share of them, hears of each that it is refused, and whoever
// speaks beside it is heard as before.

import { MAX_CHANNELS_OF_NEIGHBOUR, MAX_HALF_OPEN_OF_NEIGHBOUR } from '../../../stack/forward/channels/limits.js'
import { encodeOpen, FrameType } from '../../../stack/forward/index.js'
import type { Measure } from './figure.js'
import { Place } from './place.js'

const SERVICE = 'sim.beside'

/** How long whoever dials beside it may wait: a device reads a bounded number of first messages a second, from all. */
const MOST_WAIT_MS = 3_000

export const measureChannelFloods: Measure = async ({ scale }) => {
  const place = await Place.open('channel floods', [
    { name: 'root' },
    { name: 'router', upstreams: ['root'] },
    { name: 'ann', upstreams: ['router'] },
    { name: 'bob', upstreams: ['router'] },
    { name: 'mallory', upstreams: ['router'] },
  ])
  const { world } = place
  const [router, ann, bob] = [place.at('router'), place.at('ann'), place.at('bob')]
  const { node: mallory } = place.at('mallory')
  const [link = 0] = [...(mallory?.carrier.links.keys() ?? [])]
  bob.node?.sessions.serve(SERVICE, async (conversation) => {
    for await (const bytes of conversation) await conversation.write(bytes)
    await conversation.end()
  })
  const most = { channels: 0, waitMs: 0, closed: 0 }
  const sample = (): void => {
    const status = router.node?.hub.machine.status()
    if (status === undefined) return
    most.channels = Math.max(most.channels, status.channels.open)
    world.time.after(1_000, sample)
  }
  sample()
  if (mallory !== undefined) {
    const { hub } = mallory
    const handleFrame = hub.handleFrame.bind(hub)
    hub.handleFrame = (id, frame) => {
      if (frame.type === FrameType.close) most.closed++
      handleFrame(id, frame)
    }
  }
  const speak = async (): Promise<number> => {
    const begunUs = world.time.nowUs
    const said = world.random.bytes(20_000)
    await world.during(60_000, () =>
      ann.use(async (node) => {
        const conversation = await node.dialer.dial({ device: bob.keys.device }, SERVICE)
        await conversation.write(said)
        await conversation.end()
        let heard = 0
        for await (const bytes of conversation) heard += bytes.length
        if (heard !== said.length) throw new Error(`${heard} bytes came back`)
      }),
    )
    return (world.time.nowUs - begunUs) / 1_000
  }
  const aloneMs = await speak()
  const count = 10_000 * scale
  const nobody = world.random.bytes(32)
  let opened = 0
  const flood = (): void => {
    for (let some = 0; some < 500 && opened < count; some++) {
      const device = some % 2 === 0 ? nobody : bob.keys.device
      const message = world.random.bytes(200)
      const body = encodeOpen({ channel: 1_000_001 + 2 * opened, hops: 32, rank: 254, device, message })
      mallory?.carrier.send(link, FrameType.open, 0, body)
      opened++
    }
    mallory?.carrier.links.get(link)?.connection.flush()
    if (opened < count) world.time.after(100_000, flood)
  }
  flood()
  let spoken = 0
  while (opened < count) {
    most.waitMs = Math.max(most.waitMs, await speak())
    spoken++
    await world.run(50)
  }
  await world.run(12_000)
  const counters = router.node?.hub.machine.status().channels
  const left = counters?.open ?? -1
  await place.close()
  // Its own channels, and beside them those of who speaks.
  const bound = MAX_HALF_OPEN_OF_NEIGHBOUR + 4
  return [
    {
      goal: `10,000 channels of one neighbour: ${MAX_HALF_OPEN_OF_NEIGHBOUR} wait at once and ${MAX_CHANNELS_OF_NEIGHBOUR} are open at most, and each of the others is told Busy or why`,
      measured: `${count} opened, ${most.closed} closed, ${counters?.counters.refused ?? 0} of them refused; ${most.channels} at once, ${left} left`,
      holds: most.closed === count && most.channels <= bound && left === 0 && (counters?.counters.refused ?? 0) > 0,
    },
    {
      goal: `who dials beside it is answered within ${MOST_WAIT_MS / 1_000} s`,
      measured: `${spoken} conversations, ${most.waitMs.toFixed(0)} ms at most, ${aloneMs.toFixed(0)} ms without it`,
      holds: spoken > 0 && most.waitMs <= MOST_WAIT_MS,
    },
  ]
}
