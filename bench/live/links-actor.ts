// Many followers in one process, each with a link of its own: the forwarding machine, the carrier and the reader of a node,
// and memory in place of its store.

import { Carrier } from '../../node/carrier/index.js'
import { type Content, Hub } from '../../node/hub.js'
import { type FollowState, followEntries, ReadSession } from '../../node/reader/index.js'
import { openSystem } from '../../node/system.js'
import { KeyMap } from '../../stack/bytes/index.js'
import { OpenedDirectories } from '../../stack/data/index.js'
import type { Event, StoredHead } from '../../stack/forward/index.js'
import { parseLink, parseNeighbour } from '../../stack/name/index.js'
import { serve } from '../frame/actor.js'
import { percentile } from '../frame/statistics.js'
import { sinceStamp } from './stamp.js'

/** Handshakes at once: a router takes 16 of one source. */
const dialledAtOnce = 8

interface Follower {
  /** Entries that it was given. */
  count: number
  reached: boolean
  close(): Promise<void>
}

const followers: Follower[] = []
/** Milliseconds from when each entry was made to when each follower had it, of this phase. */
let delays: number[] = []
let changed: () => void = () => {}

class MemoryContent implements Content {
  readonly #heads: KeyMap<StoredHead>

  constructor(seed: Uint8Array) {
    this.#heads = new KeyMap(seed)
  }

  hasChunk(): boolean {
    return false
  }

  isOwn(): boolean {
    return false
  }

  giveBack(): void {}

  readChunk(): undefined {
    return undefined
  }

  findHead(log: Uint8Array): StoredHead | undefined {
    return this.#heads.get(log)
  }

  findName(): undefined {
    return undefined
  }

  handleStored(event: Extract<Event, { kind: 'store' }>): void {
    if (event.what === 'head') this.#heads.set(event.log, { held: event.held, ageS: event.ageS, own: false })
  }
}

async function follow(upstream: string, log: string): Promise<Follower> {
  const outside = openSystem()
  const { crypto } = await outside.openCrypto('auto')
  const neighbour = parseNeighbour(crypto, upstream)
  const link = parseLink(crypto, log)
  if (typeof neighbour === 'string' || typeof link === 'string') throw new Error('no such upstream or log')
  const deviceSeed = outside.randomBytes(32)
  const hub = new Hub({
    crypto,
    time: outside.time,
    content: new MemoryContent(outside.randomBytes(8)),
    seed: outside.randomBytes(16),
    root: false,
    handleBlame: (_, reason) => {
      throw new Error(`a follower was sent what does not verify: ${reason}`)
    },
  })
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  const handleEnded = (): void => {}
  const carrier = new Carrier(
    { outside, crypto, device, deviceSeed, admit: undefined, log: () => {}, handleEnded },
    hub,
  )
  hub.attach(carrier, { refresh: () => {}, hear: () => {}, inquire: () => {} })
  carrier.addUpstream(neighbour)
  const ended = new AbortController()
  const session = new ReadSession(
    {
      crypto,
      time: outside.time,
      hub,
      directories: new OpenedDirectories(outside.randomBytes(8)),
      upstreamsMissing: () => false,
      seenHead: () => undefined,
      handleFork: () => {},
      handleFirstByte: () => {},
      remember: () => {},
    },
    {},
    ended.signal,
  )
  const follower: Follower = {
    count: 0,
    reached: false,
    close: async () => {
      ended.abort()
      await read
      await carrier.close()
      hub.close()
    },
  }
  const report = (state: FollowState): void => {
    follower.reached = state === 'live'
    changed()
  }
  const read = (async () => {
    try {
      for await (const { entry } of followEntries(session, link, { hub, from: 0, last: undefined, report })) {
        delays.push(sinceStamp(entry.bytes))
        follower.count += 1
        changed()
      }
    } catch (error) {
      if (!ended.signal.aborted) throw error
    }
  })()
  return follower
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise<void>((resolve) => {
      changed = resolve
    })
  }
}

serve(
  {
    /** So many links to the same upstream, all of which follow a log. Resolves when all are kept up to date. */
    follow: async ({
      upstream,
      log,
      links,
      count,
    }: {
      upstream: string
      log: string
      links: number
      count: number
    }) => {
      while (followers.length < links) {
        const more = Math.min(dialledAtOnce, links - followers.length)
        followers.push(...(await Promise.all(Array.from({ length: more }, () => follow(upstream, log)))))
        await until(() => followers.every((one) => one.reached && one.count >= count))
      }
      delays = []
    },

    /** Resolves when all of them have so many entries, with what each took since `follow`. */
    reach: async ({ count }: { count: number }) => {
      await until(() => followers.every((one) => one.count >= count))
      const exact = followers.filter((one) => one.count === count).length
      return { exact, p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) }
    },
  },
  async () => {
    await Promise.all(followers.map((follower) => follower.close()))
  },
)
