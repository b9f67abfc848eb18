import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FakeHub, openSession } from '../../test/node/fake-hub.js'
import { FakeStreams } from '../../test/node/fake-streams.js'
import { crypto } from '../../test/node/temporary.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { encodeUtf8, toHex } from '../../stack/bytes/index.js'
import { emptyRoot } from '../../stack/data/index.js'
import { type ClosedDevice, encodeClosings, signStreamRecord } from '../../stack/name/index.js'
import { readEntries } from './log-walk.js'
import { openTarget, type Target } from './target.js'

const test = suite('target')
const person = new SampleName(crypto)
const link = { target: 'name', key: person.name, label: undefined, secret: undefined, path: [] } as const

/** The label main of one device, by any log. */
const listing = (deviceSeed: Uint8Array, logSeed: Uint8Array) => {
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  return signStreamRecord(
    crypto,
    logSeed,
    { name: person.name, device, visibility: 'public', label: 'main' },
    sampleTimeMs,
  )
}
const card = (deviceSeed: Uint8Array, logSeed: Uint8Array) =>
  person.card(1, [listing(deviceSeed, logSeed)], sampleTimeMs, deviceSeed)

function logOf(seed: Uint8Array, ...texts: string[]): SampleLog {
  const log = new SampleLog(crypto, undefined, seed)
  // Public: SampleLog takes undefined for its own secret.
  for (const text of texts) log.append([{ bytes: encodeUtf8(text) }])
  return log
}

async function read(streams: FakeStreams, secret?: Uint8Array): Promise<{ target: Target; texts: string[]; asked: string[] }> {
  const hub = new FakeHub()
  hub.respond = streams.respond
  const session = openSession(hub)
  const target = await openTarget(session, { ...link, secret })
  const texts: string[] = []
  for await (const { entry } of readEntries(session, target, 0, 100)) texts.push(new TextDecoder().decode(entry.bytes))
  session.close()
  return { target, texts, asked: hub.asked.filter(({ kind }) => kind === 'head').map(({ key }) => toHex(key)) }
}

test('placeholder', async () => {
  void logOf, card, read, emptyRoot, encodeClosings, filled, sampleSeeds, assert
  const a: ClosedDevice | undefined = undefined
  void a
})

test.run()
