// A file of 1 GiB and folders of 10,000 files, read through a router while the router and the publisher are each killed
// with -9 and started again. Every byte is compared, and no process takes 250 MB at any time.
// wall limit: 400 s

import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Result } from '../../api/index.js'
import { writeMany, writeSample } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { compareTrees } from '../lab/trees.js'
import { Village } from '../lab/village.js'

type Got = Result<'get'>

const test = suite('network/big')
const it = networked(test)

const gibibyte = 1024 ** 3
const peakLimitBytes = 250_000_000
const manyFiles = 10_000

let village: Village

it('starts a router, a publisher and a reader', async () => {
  village = await Village.open(['a', 'b'])
  await Promise.all([village.up('a'), village.up('b')])
})

/** Gets a link to its end while the router is killed at a third and the publisher at two thirds. */
async function getThroughKills(link: string, output: string): Promise<Got> {
  const kills: Promise<unknown>[] = []
  const replace = async (name: string): Promise<void> => {
    await village.kill(name)
    await village.again(name)
  }
  const got = await village.client('b').get(
    { link, output },
    {
      onProgress: ({ files, totalFiles, bytes, totalBytes }) => {
        const done = totalFiles === 1 ? bytes / totalBytes : files / totalFiles
        if (kills.length === 0 && done > 1 / 3) kills.push(replace('router'))
        // Not both at once: while the router is gone, the publisher's end cannot be noticed.
        if (kills.length === 1 && done > 2 / 3) kills.push((kills[0] ?? Promise.resolve()).then(() => replace('a')))
      },
    },
  )
  await Promise.all(kills)
  assert.is(kills.length, 2, 'both were killed while it ran')
  return got
}

function report(what: string, bytes: number, startedMs: number): void {
  const seconds = (performance.now() - startedMs) / 1000
  const rate = (bytes / 1e6 / seconds).toFixed(1)
  console.log(`  ${what}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ${rate} MB/s`)
}

async function carry(label: string, source: string): Promise<Got> {
  const output = village.path(`copy-${label}`)
  const publishing = performance.now()
  const published = await village.client('a').publish(source, { label })
  report(`${label} published`, published.bytes, publishing)
  const getting = performance.now()
  const got = await getThroughKills(published.link, output)
  report(`${label} read`, got.bytes, getting)
  assert.is(got.verified, true)
  assert.is(got.bytes, published.bytes)
  assert.is(got.files, published.files)
  assert.equal(compareTrees(source, output).differences, [])
  rmSync(source, { recursive: true })
  rmSync(output, { recursive: true })
  return got
}

it('carries a directory of 10,000 files', async () => {
  const source = village.path('flat')
  writeMany(source, manyFiles)
  const got = await carry('flat', source)
  assert.is(got.files, manyFiles)
})

it('carries a deep folder of 10,000 files', async () => {
  const source = village.path('deep')
  for (let branch = 0; branch < 10; branch += 1) {
    const levels = Array.from({ length: 20 }, (_, level) => `${branch}-${level}`)
    levels.forEach((_, level) => {
      writeMany(`${source}/${levels.slice(0, level + 1).join('/')}`, manyFiles / 200)
    })
  }
  const got = await carry('deep', source)
  assert.is(got.files, manyFiles)
})

it('carries a file of 1 GiB', async () => {
  const source = village.path('source', 'gibibyte')
  writeSample(source, 'gibibyte', gibibyte)
  const got = await carry('file', village.path('source'))
  assert.is(got.bytes, gibibyte)
})

it('took less than 250 MB of memory in each process at any time', () => {
  assert.ok(village.everyNode.length >= 9)
  for (const node of village.everyNode) {
    console.log(`  ${node.host.name}: at most ${(node.peakBytes / 1e6).toFixed(1)} MB`)
    assert.ok(node.peakBytes > 0)
    assert.ok(node.peakBytes < peakLimitBytes, `${node.host.name} took ${node.peakBytes} bytes`)
  }
})

test.after(async () => {
  await village?.close()
})

test.run()
