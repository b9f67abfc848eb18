// One log of a pin, from the state that is kept of it to the newest one: only what is new where there is room, and else the
// newest of all of it. A record on disk names each state before anything of it is fetched, so nothing is kept for nobody.

import { RunnelError } from '../../errors/index.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { compareHeads, type HeldHead } from '../../stack/data/index.js'
import type { Time } from '../outside.js'
import type { Store } from '../store/index.js'
import { headText, heldHeadOf } from './kept-head.js'
import type { KeptTrees } from './kept-trees.js'
import { encodePin, type PinnedLogRecord, type PinRecord } from './pin-record.js'

export interface PinUpdateContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly time: Time
  readonly trees: KeptTrees
}

export interface PinnedStream {
  record: PinRecord
  /** Ends what is fetched for it. */
  readonly ended: AbortController
}

/** Brings what is kept of one log to a newer state, or to another size. Throws what a reading call throws, and DAMAGED. */
export async function updateLog(
  context: PinUpdateContext,
  key: string,
  pin: PinnedStream,
  held: HeldHead,
  progress: (bytes: number) => void,
): Promise<void> {
  const { crypto, store, trees, time } = context
  const { log } = held.head
  const before = pin.record.logs.find((one) => one.log === toHex(log))
  if (before === undefined) return
  const earlier = before.head === '' ? undefined : heldHeadOf(crypto, store, before.head)
  const others = pin.record.logs.reduce((sum, one) => sum + (one === before ? 0 : one.bytes), 0)
  const maxBytes = Math.max(0, pin.record.sizeBytes - others)
  const same =
    earlier !== undefined &&
    equal(earlier.head.closedRoot, held.head.closedRoot) &&
    equal(earlier.head.openPage, held.head.openPage)
  if (earlier !== undefined && compareHeads(held.head, earlier.head) < 0) return
  if (same && (before.whole ? before.bytes <= maxBytes : before.roomBytes === maxBytes)) return
  await put(context, key, pin, log, { coming: headText(held) }, held.page)
  const options = { signal: pin.ended.signal, progress }
  const newer = earlier !== undefined && before.whole && !same
  const since = newer ? { held: earlier, bytes: before.bytes, chunks: before.chunks } : undefined
  let kept = await trees.keep(held, since, { ...options, maxBytes })
  const added = newer && kept.ended === undefined
  // It has grown beyond its size: the newest of all of it is what stays.
  if (newer && kept.ended === 'too-large') kept = await trees.keep(held, undefined, { ...options, maxBytes })
  const { ended, names, bytes, chunks } = kept
  if (ended !== undefined && ended !== 'too-large') {
    await put(context, key, pin, log, { coming: '' })
    await trees.release(held)
    throw new RunnelError('DAMAGED', `the log does not add up (${ended})`, { blame: 'peer' })
  }
  await store.keep([{ type: 'head', ageS: 0, seenMs: time.now().nowMs, headBytes: held.headBytes, page: held.page }])
  await put(context, key, pin, log, {
    head: headText(held),
    coming: '',
    bytes,
    chunks,
    whole: ended === undefined,
    roomBytes: maxBytes,
  })
  progress(bytes)
  if (added) {
    const freed = await trees.releaseEdge(earlier, names)
    await put(context, key, pin, log, { bytes: bytes - freed.bytes, chunks: chunks - freed.chunks })
  } else if (earlier !== undefined || ended !== undefined) {
    if (earlier !== undefined) await trees.release(earlier, { owner: pin, names })
    await trees.release(held, { owner: pin, names })
  }
}

/** Changes what is recorded of a log. `page`: the open page of a state that the record names from now on. */
async function put(
  context: PinUpdateContext,
  key: string,
  pin: PinnedStream,
  log: Uint8Array,
  change: Partial<PinnedLogRecord>,
  page?: Uint8Array,
): Promise<void> {
  const { crypto, store } = context
  if (page !== undefined) await store.keep([{ type: 'chunk', name: crypto.hash(page), bytes: page }])
  const logs = pin.record.logs.map((one) => (one.log === toHex(log) ? { ...one, ...change } : one))
  pin.record = { ...pin.record, logs }
  await store.setValue(key, encodePin(pin.record))
}
