// A home in memory with something of everything in each of its places, made once.

import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { openMemoryStore } from '../../node/store/testing/open.js'
import {
  cardHeadOf,
  certificateOf,
  chunkItem,
  chunkOf,
  headOf,
  keyOf,
  SampleLog,
} from '../../node/store/testing/samples.js'
import { encodeUtf8 } from '../../stack/bytes/index.js'

const chunks = 12
let made: Promise<MemoryFiles> | undefined

export function sampleHome(): Promise<MemoryFiles> {
  made ??= makeHome()
  return made
}

/** Names of the chunks that are, or were, in the home. */
export async function chunkNames(): Promise<Uint8Array[]> {
  await sampleHome()
  return Array.from({ length: 3 * chunks }, (_, number) => chunkOf(number).name)
}

async function makeHome(): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const log = new SampleLog(1)
  for (let number = 0; number < chunks; number++) {
    await store.commit([
      ...log.append(90).items,
      chunkItem(number),
      { type: 'value', key: `own ${number}`, bytes: encodeUtf8('value') },
    ])
    await store.keep([
      chunkItem(chunks + number),
      { type: 'head', ageS: 1, seenMs: 2, ...headOf({ log: keyOf(2), length: number }) },
    ])
    store.putCached(chunkOf(2 * chunks + number).name, chunkOf(2 * chunks + number).bytes)
  }
  await store.commit([{ type: 'name', ageS: 0, seenMs: 1, certificateBytes: certificateOf(1, 0, 1) }])
  await store.commit([{ type: 'card', ageS: 0, seenMs: 1, headBytes: cardHeadOf(1, 0, 1) }])
  await store.commit([{ type: 'forget', name: chunkOf(3).name }])
  const [first, second] = [headOf({ log: keyOf(3), length: 1 }), headOf({ log: keyOf(3), length: 1, timeMs: 7 })]
  await store.keep([{ type: 'fork', first, second }])
  store.putName(certificateOf(2, 0, 1), [cardHeadOf(2, 0, 1)], 3)
  store.putHead(headOf({ log: keyOf(4), length: 1 }).headBytes, Uint8Array.of(1), 4)
  await store.settle()
  await store.close()
  return files
}
