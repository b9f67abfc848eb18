// Which published entry a stream holds now, and that nothing of it is larger than it says.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, encodeUtf8 } from '../../stack/bytes/index.js'
import {
  buildDirectory,
  EntryFlag,
  encodeNote,
  encodeReference,
  encodeRun,
  FileBuilder,
  ReferenceKind,
} from '../../stack/data/index.js'
import { failure } from '../../test/api/promises.js'
import { FakeHub, openSession } from '../../test/node/fake-hub.js'
import { FakeStreams } from '../../test/node/fake-streams.js'
import { crypto } from '../../test/node/temporary.js'
import { patterned, SampleLog } from '../../test/samples/log.js'
import { filled, sampleSeeds } from '../../test/samples/name.js'
import { siteSearchEntries } from './limits.js'
import type { ReadSession } from './session.js'
import { findItem, openSite, type Site } from './site.js'
import { openTarget } from './target.js'

const test = suite('site')
const { secret } = sampleSeeds
const id = patterned(32, 3)

function noteOf(bytes: number, files = 1): Uint8Array {
  return encodeNote({ files, bytes, mode: 0o755, added: 0, changed: 0, removed: 0, name: 'folder' })
}

/** A folder of so many bytes is published; nothing of it is looked at. */
function published(bytes: number, note = noteOf(bytes), kind: ReferenceKind = ReferenceKind.directory) {
  return { bytes: note, site: true, reference: { child: filled(9), id, kind, bytes, reachable: 100 } }
}

/** A log whose writer lets its times go back: entries of folders with their bytes, or undefined for one without. */
function forged(
  seed: Uint8Array,
  entries: readonly (readonly [timeMs: number, bytes: number | undefined])[],
): SampleLog {
  const log = new SampleLog(crypto, secret, seed)
  const encoded = entries.map(([timeMs, bytes]) => {
    if (bytes === undefined) return { timeMs, flags: 0, bytes: encodeUtf8('text') }
    const reference = encodeReference({ id, child: 0, kind: ReferenceKind.directory, bytes })
    return { timeMs, flags: EntryFlag.reference | EntryFlag.site, bytes: concat(reference, noteOf(bytes)) }
  })
  const page = concat(Uint8Array.of(1), encodeRun(crypto, log.scope, 0, encoded, [{ name: filled(9), reachable: 100 }]))
  const bytes = encoded.reduce((sum, entry) => sum + entry.bytes.length, 0)
  const sums = { length: entries.length, bytes, reachable: page.length + 100, openBytes: page.length }
  log.heads.push(log.sign({ ...sums, openPage: crypto.hash(page) }, page))
  assert.type(log.verify(log.held), 'object', 'everybody accepts the head')
  return log
}

/** Counts from now on how often a seal is opened. */
function countOpens(session: ReadSession): () => number {
  let count = 0
  const { seals } = session.crypto
  const counted = {
    ...seals,
    open: (...given: Parameters<typeof seals.open>) => {
      count += 1
      return seals.open(...given)
    },
  }
  Object.assign(session.context, { crypto: { ...session.crypto, seals: counted } })
  return () => count
}

/** The site of the logs together, as if one stream listed them. */
async function siteOf(logs: readonly SampleLog[], path?: readonly string[]): Promise<Site> {
  const hub = new FakeHub()
  const streams = new FakeStreams()
  streams.serve(...logs)
  hub.respond = streams.respond
  const session = openSession(hub)
  try {
    const targets = await Promise.all(
      logs.map(({ log }) => openTarget(session, { target: 'log', key: log, label: undefined, secret, path: [] })),
    )
    const target = { ...targets[0], logs: targets.flatMap((each) => each.logs) } as (typeof targets)[number]
    const site = await openSite(session, target)
    if (path !== undefined) await findItem(session, target, site, path, true)
    return site
  } finally {
    session.close()
  }
}

// protocol.md §6.1 MUST: Readers MUST NOT rely on that
test('is what the entry of the highest sequence says, whatever the times of a log are', async () => {
  const site = await siteOf([
    forged(filled(41), [
      [5_000, 1],
      [1_000, 2],
      [9_000, undefined],
    ]),
  ])
  assert.is(site.root.bytes, 2)
})

test('of several logs is the newest by the time of the last that each published, not by other entries', async () => {
  const older = forged(filled(41), [[5_000, 1]])
  const newer = forged(filled(42), [
    [9_000, 2],
    [1_000, undefined],
  ])
  for (const logs of [
    [older, newer],
    [newer, older],
  ])
    assert.is((await siteOf(logs)).root.bytes, 2)
})

test('is looked for as far back as the protocol says, and no further', async () => {
  const log = new SampleLog(crypto, secret, filled(43))
  log.append([published(1)])
  for (let left = siteSearchEntries - 1; left > 0; left -= 8_192) {
    log.append(Array.from({ length: Math.min(left, 8_192) }, () => ({ bytes: new Uint8Array(0) })))
  }
  assert.is(log.held.head.length, siteSearchEntries)
  assert.is((await siteOf([log])).root.bytes, 1)
  log.append([{ bytes: new Uint8Array(0) }])
  await failure(siteOf([log]), 'NOT_A_FOLDER')
})

// protocol.md §6.5 MUST: A NOTE whose `bytes` are not those
test('is refused where its note does not say the bytes of what it refers to, or another count than one of a file', async () => {
  const file = ReferenceKind.file
  for (const entry of [published(2, noteOf(1)), published(1, noteOf(2)), published(1, noteOf(1, 2), file)]) {
    const log = new SampleLog(crypto, secret, filled(44))
    log.append([entry])
    await failure(siteOf([log]), 'DAMAGED')
  }
})

// protocol.md §6.5 MUST: Of a folder a reader MUST NOT create more
test('gives no item that is larger than its note says, however it is asked for', async () => {
  const log = new SampleLog(crypto, secret, filled(45))
  const store = (name: Uint8Array, chunk: Uint8Array): void =>
    void log.chunks.set(Buffer.from(name).toString('hex'), chunk)
  const builder = new FileBuilder(crypto, secret, store)
  builder.push(new Uint8Array(100))
  const file = { kind: 'file', name: 'file', mode: 0o644, ...builder.end() } as const
  const honest = buildDirectory(crypto, secret, [file], store)
  log.append([{ ...published(100), reference: { ...honest, kind: ReferenceKind.directory } }])
  await siteOf([log], ['file'])
  log.append([{ ...published(99), reference: { ...honest, bytes: 99, kind: ReferenceKind.directory } }])
  await failure(siteOf([log], ['file']), 'TOO_MANY')
})

test('the site of a head is looked for once, and again with another secret', async () => {
  const log = forged(filled(7), [[5, 10]])
  const hub = new FakeHub()
  const streams = new FakeStreams()
  streams.serve(log)
  hub.respond = streams.respond
  const session = openSession(hub)
  try {
    const link = { target: 'log', key: log.log, label: undefined, path: [] } as const
    const target = await openTarget(session, { ...link, path: [], secret })
    const site = await openSite(session, target)
    assert.is(site.root.bytes, 10)
    const opens = countOpens(session)
    assert.equal(await openSite(session, target), site)
    assert.is(opens(), 0)
    const [only] = target.logs
    if (only === undefined) throw new Error('a target without a log')
    const wrong = { ...target, logs: [{ ...only, runScope: filled(8) }] }
    await failure(openSite(session, wrong), 'WRONG_SECRET')
  } finally {
    session.close()
  }
})

test.run()
