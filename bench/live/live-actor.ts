// A program with a node of Runnel inside it that appends to a log, or follows one.

import { setTimeout as sleep } from 'node:timers/promises'
import { Caller } from '../../api/caller.js'
import { type ItemCall, NodeClient } from '../../api/index.js'
import { channelPair } from '../../api/protocol/index.js'
import type { ComposedNode } from '../../node/composed.js'
import { openNodeIn } from '../../node/node.js'
import { openSystem } from '../../node/system.js'
import { serve } from '../frame/actor.js'
import { FlushClock } from './flush-clock.js'
import { nowUs, sinceStamp, stamped } from './stamp.js'

const label = 'live'

/** Appends that wait for the disk: an API takes 256 calls at once. */
const appendsAtOnce = 200

let node: ComposedNode | undefined
let client: NodeClient | undefined
const flushes = new FlushClock()
const delays: number[] = []
let handleDelay: () => void = () => {}

function opened(): NodeClient {
  if (client === undefined) throw new Error('no node is open')
  return client
}

serve(
  {
    open: async ({ home, upstream, listen }: { home: string; upstream?: string; listen?: string }) => {
      const outside = openSystem()
      node = await openNodeIn(
        { ...outside, files: flushes.over(outside.files) },
        {
          home,
          upstream: upstream === undefined ? [] : [upstream],
          listen: listen === undefined ? [] : [listen],
          serveApi: false,
          handlePhrases: () => {},
        },
      )
      const [ours, theirs] = channelPair()
      node.serve(theirs)
      client = new NodeClient(new Caller(ours), async () => {})
      if (upstream !== undefined) await client.wait({ for: 'neighbour', timeoutMs: 10_000 })
      return `${node.identity.device}@${node.listening[0] ?? ''}`
    },

    create: async () => {
      const own = await opened().createStream({ label })
      const { logs } = await opened().caller.call('open', { link: own.link })
      return { link: own.link, log: logs[0]?.log ?? '' }
    },

    /** Appends one entry after the other; gives the milliseconds of each until it resolved, and of its flush. */
    appendPaced: async ({ count, bytes, gapMs }: { count: number; bytes: number; gapMs: number }) => {
      const own = await opened().createStream({ label })
      const appended: number[] = []
      const flushed: number[] = []
      for (let index = 0; index < count; index += 1) {
        const before = flushes.milliseconds
        const entry = stamped(bytes)
        await own.append(entry)
        appended.push(sinceStamp(entry))
        flushed.push(flushes.milliseconds - before)
        await sleep(gapMs)
      }
      return { appended, flushed }
    },

    /** Appends so many a second, each for itself; gives how many milliseconds it took until all were on disk. */
    appendRate: async ({ count, bytes, perSecond }: { count: number; bytes: number; perSecond: number }) => {
      const own = await opened().createStream({ label })
      let made = 0
      const open = new Set<Promise<unknown>>()
      const startedUs = nowUs()
      while (made < count) {
        const due = Math.min(count, Math.floor(((nowUs() - startedUs) / 1_000_000) * perSecond) + 1)
        while (made < due && open.size < appendsAtOnce) {
          made += 1
          const appended: Promise<unknown> = own.append(stamped(bytes)).then(() => open.delete(appended))
          open.add(appended)
        }
        if (open.size >= appendsAtOnce) await Promise.race(open)
        else await sleep(2)
      }
      await Promise.all(open)
      return (nowUs() - startedUs) / 1000
    },

    /** Follows; resolves when it is kept up to date. */
    follow: async ({ link }: { link: string }) => {
      await new Promise<void>((resolve, reject) => {
        const call: ItemCall<'entries'> = opened().caller.items(
          'entries',
          { link, live: true },
          {
            onProgress: ({ state }) => {
              if (state === 'live') resolve()
            },
          },
        )
        const read = async (): Promise<void> => {
          for await (const { bytes } of call) {
            delays.push(sinceStamp(bytes))
            handleDelay()
          }
        }
        read().catch(reject)
      })
    },

    /** Resolves with the milliseconds from each append to its event here, when so many have come. */
    followed: async ({ count }: { count: number }) => {
      while (delays.length < count) {
        await new Promise<void>((resolve) => {
          handleDelay = resolve
        })
      }
      return delays
    },
  },
  async () => {
    await client?.close()
    await node?.close()
  },
)
