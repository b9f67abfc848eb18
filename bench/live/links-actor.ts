// Many followers in one process, each with a link of its own: the forwarding machine and the carrier of a node, and memory in
// place of its store.

import { Carrier } from '../../node/carrier/index.js'
import { type Content, Hub } from '../../node/hub.js'
import { openSystem } from '../../node/system.js'
import { KeyMap } from '../../stack/bytes/index.js'
import type { Event, StoredHead } from '../../stack/forward/index.js'
import { decodeText, parseNeighbour } from '../../stack/name/index.js'
import { serve } from '../frame/actor.js'
import { nowUs } from './stamp.js'

/** Handshakes at once: a router takes 16 of one source. */
const dialledAtOnce = 8

/** A new head at one follower. */
interface Seen {
  readonly length: number
  readonly atUs: number
}

interface Follower {
  readonly seen: Seen[]
  reached: boolean
  close(): Promise<void>
}

const followers: Follower[] = []
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

async function follow(upstream: string, logText: string): Promise<Follower> {
  const outside = openSystem()
  const { crypto } = await outside.openCrypto('auto')
  const [neighbour, log] = [parseNeighbour(crypto, upstream), decodeText(crypto, logText)]
  if (typeof neighbour === 'string' || typeof log === 'string') throw new Error('no such upstream or log')
  const deviceSeed = outside.randomBytes(32)
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
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
  const handleEnded = (): void => {}
  const carrier = new Carrier(
    { outside, crypto, device, deviceSeed, admit: undefined, log: () => {}, handleEnded },
    hub,
  )
  hub.attach(carrier, { refresh: () => {}, hear: () => {}, inquire: () => {} })
  carrier.addUpstream(neighbour)
  const follower: Follower = {
    seen: [],
    reached: false,
    close: async () => {
      await carrier.close()
      hub.close()
    },
  }
  hub.follow(log.bytes, {
    handleHead: ({ held }) => {
      follower.seen.push({ length: held.head.length, atUs: nowUs() })
      changed()
    },
    handleReached: (reached) => {
      follower.reached = reached
      changed()
    },
    handleRefused: () => {
      throw new Error('a follower was refused')
    },
  })
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
    follow: async ({ upstream, log, links }: { upstream: string; log: string; links: number }) => {
      while (followers.length < links) {
        const count = Math.min(dialledAtOnce, links - followers.length)
        followers.push(...(await Promise.all(Array.from({ length: count }, () => follow(upstream, log)))))
        await until(() => followers.every(({ reached }) => reached))
      }
    },

    /** Resolves when all of them know this length; gives what each saw. */
    reach: async ({ length }: { length: number }) => {
      await until(() => followers.every(({ seen }) => (seen.at(-1)?.length ?? 0) >= length))
      return followers.map(({ seen }) => seen)
    },
  },
  async () => {
    await Promise.all(followers.map((follower) => follower.close()))
  },
)
