// A get that is interrupted goes on: by itself where the network or another node failed, at the next call where the reader
// or its program did. Nothing that was on disk already is fetched again.

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeClient, Result } from '../../api/index.js'
import { writeSample } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { codeOf } from '../lab/told.js'
import { compareTrees } from '../lab/trees.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

type Got = Result<'get'>

const test = suite('network/interrupted')
const it = networked(test)

/** Each folder takes about two seconds at this rate, so that there is a middle to be interrupted in. */
const uplinkMegabits = 40
const files = 5
const fileBytes = 2_000_000
const folderBytes = files * fileBytes

let village: Village
let folders = 0

it('starts a router, a publisher on a slow uplink, and a reader', async () => {
  village = await Village.open(['a', 'b'])
  await Promise.all([village.up('a'), village.up('b')])
  village.host('a').shape(uplinkMegabits)
})

/** Publishes a folder that nobody has seen before; its path and link. */
async function publish(): Promise<{ folder: string; output: string; link: string }> {
  folders += 1
  const label = `folder-${folders}`
  const folder = village.path(label)
  for (let file = 0; file < files; file += 1) writeSample(`${folder}/${file}`, `${label} ${file}`, fileBytes)
  const { link } = await village.client('a').publish(folder, { label })
  return { folder, output: village.path(`copy-${folders}`), link }
}

/** Starts a get; `middle` resolves with how much is written when about a third is there. */
function begin(client: NodeClient, link: string, output: string, signal?: AbortSignal) {
  let handleMiddle: (bytes: number) => void = () => {}
  const middle = new Promise<number>((resolve) => {
    handleMiddle = resolve
  })
  const whole = client.get(
    { link, output },
    {
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ bytes }) => {
        if (bytes >= folderBytes / 3) handleMiddle(bytes)
      },
    },
  )
  // Whether it is to fail or not is for the test to say.
  whole.catch(() => {})
  return { middle, whole }
}

function fetchedBytes(got: Got): number {
  return got.sources.filter(({ hop }) => hop > 0).reduce((sum, { bytes }) => sum + bytes, 0)
}

function assertComplete(folder: string, output: string, got: Got): void {
  assert.equal(compareTrees(folder, output).differences, [])
  assert.is(got.verified, true)
  assert.is(got.bytes, folderBytes)
}

it('goes on where it was after the reading node was killed', async () => {
  const { folder, output, link } = await publish()
  const { middle, whole } = begin(village.client('b'), link, output)
  const written = await middle
  await village.kill('b')
  assert.is(await codeOf(whole), 'NO_NODE')
  await village.again('b')
  const got = await village.client('b').get({ link, output })
  assertComplete(folder, output, got)
  assert.ok(got.reusedBytes >= written, `reused ${got.reusedBytes} of ${written} that were written`)
  assert.ok(fetchedBytes(got) <= folderBytes * 1.02 - written, `fetched ${fetchedBytes(got)}`)
})

it('stops asking when its client goes away, and goes on with the next one', async () => {
  const { folder, output, link } = await publish()
  const gone = await village.node('b').connect()
  const { middle, whole } = begin(gone, link, output)
  const written = await middle
  await gone.close()
  assert.is(await codeOf(whole), 'ABORTED')
  await until('b asks for nothing any more', async () => {
    const { counters } = await village.client('b').status()
    return counters.interestsWaiting === 0
  })
  const got = await village.client('b').get({ link, output })
  assertComplete(folder, output, got)
  assert.ok(got.reusedBytes >= written, `reused ${got.reusedBytes} of ${written} that were written`)
})

it('ends with ABORTED when its program says so, and leaves no file that is not whole under its name', async () => {
  const { folder, output, link } = await publish()
  const abort = new AbortController()
  const { middle, whole } = begin(village.client('b'), link, output, abort.signal)
  await middle
  abort.abort()
  assert.is(await codeOf(whole), 'ABORTED')
  const named = readdirSync(output).filter((name) => !name.endsWith('.runnel-partial'))
  const { differences } = compareTrees(folder, output)
  const wrong = differences.filter(({ path }) => named.includes(path))
  assert.equal(wrong, [])
  assertComplete(folder, output, await village.client('b').get({ link, output }))
  assert.equal(readdirSync(output).sort(), ['0', '1', '2', '3', '4'])
})

it('waits while a cable is out, and goes on over the same connection when it is back soon', async () => {
  const { folder, output, link } = await publish()
  const { middle, whole } = begin(village.client('b'), link, output)
  await middle
  const [peer] = await village.client('b').peers()
  village.host('b').plug(false)
  await sleep(1_500)
  village.host('b').plug(true)
  assertComplete(folder, output, await whole)
  const [after] = await village.client('b').peers()
  assert.is(after?.sinceMs, peer?.sinceMs)
})

it('dials again and goes on when a cable was out for longer than a link may be silent', async () => {
  const { folder, output, link } = await publish()
  const { middle, whole } = begin(village.client('b'), link, output)
  await middle
  const [before] = await village.client('b').peers()
  village.host('b').plug(false)
  await until(
    'b has given up the silent link',
    async () => (await village.client('b').peers()).every(({ state }) => state !== 'up'),
    40_000,
  )
  village.host('b').plug(true)
  assertComplete(folder, output, await whole)
  const [after] = await village.client('b').peers()
  assert.ok((after?.sinceMs ?? 0) > (before?.sinceMs ?? 0))
})

it('goes on by itself after the router was killed and started again', async () => {
  const { folder, output, link } = await publish()
  const { middle, whole } = begin(village.client('b'), link, output)
  await middle
  await village.kill('router')
  await village.again('router')
  const got = await whole
  assertComplete(folder, output, got)
  assert.ok(fetchedBytes(got) < folderBytes * 1.1)
})

it('goes on by itself after the publisher was killed and started again', async () => {
  const { folder, output, link } = await publish()
  const { middle, whole } = begin(village.client('b'), link, output)
  await middle
  await village.kill('a')
  await village.again('a')
  assertComplete(folder, output, await whole)
})

it('says who was asked when the publisher does not come back, and goes on at the next call when it does', async () => {
  const { folder, output, link } = await publish()
  const client = village.client('b')
  let bytes = 0
  const onProgress = (done: { bytes: number }): void => {
    bytes = done.bytes
  }
  const whole = client.get({ link, output, idleTimeoutMs: 3_000 }, { onProgress })
  whole.catch(() => {})
  await until('something was written', () => bytes > 0)
  await village.kill('a')
  const error = await whole.then(
    () => undefined,
    (cause: { code: string; details: { asked: unknown[] } }) => cause,
  )
  assert.is(error?.code, 'NO_HOLDER')
  assert.is(error?.details.asked.length, 1)
  await village.again('a')
  const got = await client.get({ link, output })
  assertComplete(folder, output, got)
  assert.ok(got.reusedBytes > 0)
})

test.after(async () => {
  await village?.close()
})

test.run()
