// Cables that are cut in the midst of a transfer, both ways or one way only, once or again and again: the transfer ends
// well when the cable is whole again, and meanwhile nobody else is held up.
// wall limit: 240 s

import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeClient, Result } from '../../api/index.js'
import { Chance } from '../kills/chance.js'
import { writeSample } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { compareTrees } from '../lab/trees.js'
import { Village } from '../lab/village.js'

type Got = Result<'get'>

const test = suite('network/cables')
const it = networked(test)

/** A folder takes about a second and a half at this rate, so that there is a middle to be cut in. */
const uplinkMegabits = 40
const files = 4
const fileBytes = 2_000_000
const folderBytes = files * fileBytes

/** Longer than a retransmission, shorter than a link may be silent. */
const outageMs = 1_500

let village: Village
let folders = 0
let copies = 0
/** What c has read before, so that the router has it; d reads each of these once. */
const known: { folder: string; link: string }[] = []

async function publish(bytes = fileBytes): Promise<{ folder: string; link: string }> {
  folders += 1
  const label = `folder-${folders}`
  const folder = village.path(label)
  for (let file = 0; file < files; file += 1) writeSample(`${folder}/${file}`, `${label} ${file}`, bytes)
  const { link } = await village.client('a').publish(folder, { label })
  return { folder, link }
}

/** Gets a link; `third` resolves when a third is there. Compares every byte at the end. */
function begin(client: NodeClient, { folder, link }: { folder: string; link: string }) {
  copies += 1
  const output = village.path(`copy-${copies}`)
  let handleThird: () => void = () => {}
  const third = new Promise<void>((resolve) => {
    handleThird = resolve
  })
  let done = false
  const onProgress = ({ bytes }: { bytes: number }): void => {
    if (bytes >= folderBytes / 3) handleThird()
  }
  const whole = client.get({ link, output, maxAgeS: 3_600 }, { onProgress }).then((got) => {
    done = true
    assert.equal(compareTrees(folder, output).differences, [])
    assert.ok(got.verified)
    return got
  })
  whole.catch(() => {})
  return { third, whole, isDone: () => done }
}

function fetchedBytes(got: Got): number {
  return got.sources.filter(({ hop }) => hop > 0).reduce((sum, { bytes }) => sum + bytes, 0)
}

it('starts a router, a publisher on a slow uplink, and three readers', async () => {
  village = await Village.open(['a', 'b', 'c', 'd'])
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => village.up(name)))
  village.host('a').shape(uplinkMegabits)
  for (let count = 0; count < 5; count += 1) known.push(await publish(fileBytes / 8))
  for (const one of known) await begin(village.client('c'), one).whole
})

type Cut = (broken: boolean) => void

/** While the cable is cut d is given what the router has, from its first byte to its last; then b's transfer ends too. */
async function cutDuring(cut: Cut): Promise<void> {
  const published = await publish()
  const transfer = begin(village.client('b'), published)
  const cached = known.pop()
  if (cached === undefined) throw new Error('nothing is left that the router has and d has not')
  await transfer.third
  cut(true)
  const restored = sleep(outageMs).then(() => cut(false))
  const other = await begin(village.client('d'), cached).whole
  assert.is(transfer.isDone(), false, 'the other reader was not held up')
  assert.ok(other.sources.every(({ hop }) => hop === 1))
  await restored
  const got = await transfer.whole
  // What was lost is sent again by TCP, not asked for again.
  assert.ok(fetchedBytes(got) < folderBytes * 1.1, `fetched ${fetchedBytes(got)}`)
}

it("the publisher's cable is out: the transfer goes on when it is back", () =>
  cutDuring((broken) => village.host('a').plug(!broken)))

it('only what the publisher sends is lost', () => cutDuring((broken) => village.host('a').lose('sent', broken)))

it('only what is sent to the publisher is lost', () =>
  cutDuring((broken) => village.host('a').lose('received', broken)))

it('only what the reader sends is lost', () => cutDuring((broken) => village.host('b').lose('sent', broken)))

it('only what is sent to the reader is lost', () => cutDuring((broken) => village.host('b').lose('received', broken)))

it('two read the same, one of them is cut off: the other has all of it long before', async () => {
  const published = await publish()
  const first = begin(village.client('b'), published)
  await first.third
  village.host('b').lose('received', true)
  const got = await begin(village.client('c'), published).whole
  assert.is(first.isDone(), false)
  assert.ok(fetchedBytes(got) > 0)
  village.host('b').lose('received', false)
  await first.whole
})

it('a cable that fails again and again, at either end and either way, only makes it slower', async () => {
  const seed = Number(process.env.RUNNEL_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32))
  console.log(`seed ${seed}`)
  const chance = new Chance(seed)
  const published = await publish()
  const transfer = begin(village.client('b'), published)
  await transfer.third
  for (let times = 0; times < 6 && !transfer.isDone(); times += 1) {
    const host = village.host(chance.pick(['a', 'b']))
    const way = chance.pick(['both', 'sent', 'received'] as const)
    const cut: Cut = (broken) => (way === 'both' ? host.plug(!broken) : host.lose(way, broken))
    cut(true)
    await sleep(chance.between(100, 700))
    cut(false)
    await sleep(chance.between(20, 150))
  }
  await transfer.whole
})

it('nobody was blamed, and nothing is asked for any more', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'router']) {
    const { counters } = await village.client(name).status()
    assert.is(counters.blamed, 0, name)
    assert.is(counters.interestsWaiting, 0, name)
  }
})

test.after(async () => {
  await village?.close()
})

test.run()
