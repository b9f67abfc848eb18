// The half of a node that stands on its disk: store, identity, streams, as node/ puts them together.

import { StoreContent } from '../../node/content-store.js'
import { type Identity, openIdentity } from '../../node/identity/index.js'
import type { Time } from '../../node/outside.js'
import { OwnCard, OwnStreams } from '../../node/publisher/index.js'
import { openStore, type Store } from '../../node/store/index.js'
import type { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { crypto, randomBytesFrom } from '../../node/store/testing/samples.js'
import { cardOf } from '../../stack/name/index.js'

/** Not directly below the root, so that the folders above it have to survive as well. */
export const HOME = '/people/ada/home'

export interface HomeShape {
  readonly segmentBytes: number
  readonly random: () => number
}

export interface OpenedHome {
  readonly store: Store
  readonly identity: Identity
  readonly streams: OwnStreams
  /** Whether it had to make itself a device key of its own. */
  readonly copied: boolean
}

/** A clock that goes on by a millisecond whenever somebody looks at it, and whose timers never ring. */
export function virtualTime(startMs = 1_700_000_000_000): Time {
  let looks = 0
  return {
    now: () => {
      looks++
      return { nowUs: 1000 * looks, nowMs: startMs + looks }
    },
    after: () => ({ cancel: () => {} }),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

export function openHomeStore(
  files: MemoryFiles,
  { segmentBytes, random }: HomeShape,
  time = virtualTime(),
): Promise<Store> {
  const randomBytes = randomBytesFrom(random)
  return openStore({ home: HOME, files, crypto, randomBytes, cacheBytes: 4_194_304, time, segmentBytes })
}

/** `handleStore` hears of the store before anything is committed to it. When anything fails the store is closed again. */
export async function openHome(
  files: MemoryFiles,
  shape: HomeShape,
  time: Time,
  handleStore: (store: Store) => void = () => {},
): Promise<OpenedHome> {
  const store = await openHomeStore(files, shape, time)
  try {
    handleStore(store)
    return await openOnStore(files, shape, time, store)
  } catch (thrown) {
    await store.close()
    throw thrown
  }
}

async function openOnStore(files: MemoryFiles, shape: HomeShape, time: Time, store: Store): Promise<OpenedHome> {
  const randomBytes = randomBytesFrom(shape.random)
  const { nowMs } = time.now()
  const handlePhrases = (): void => {}
  const opened = await openIdentity({ home: HOME, files, store, crypto, randomBytes, nowMs, handlePhrases })
  const { identity, copied } = opened
  const content = new StoreContent(crypto, store, identity, time, randomBytes(8))
  const card = new OwnCard(crypto, identity, cardOf(content.findName(identity.name)?.state, identity.device))
  const ignore = (): void => {}
  const streams = new OwnStreams({
    crypto,
    store,
    identity,
    card,
    time,
    randomBytes,
    handleLog: ignore,
    handleWithdrawn: ignore,
    handleAppended: ignore,
    handleCommit: ignore,
  })
  content.attach(streams, card)
  return { store, identity, streams, copied }
}
