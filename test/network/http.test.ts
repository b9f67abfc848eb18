// A site as an unmodified program reads it at a node behind a router, before and after the end of its publisher.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { curl } from '../lab/curl.js'
import { writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { runnel } from '../lab/runnel.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/http')
const it = networked(test)
const bytes = 3_000_000

it('curl reads a site through a router, from its cache when the publisher has gone, and again when it is back', async () => {
  const village = await Village.open(['a', 'b', 'c'])
  try {
    await Promise.all(['a', 'b', 'c'].map((host) => village.up(host)))
    writeTree(village.path('site'), { 'index.html': 4_000, 'big.bin': bytes })
    const { name } = await village.json<{ name: string }>('a', ['publish', village.path('site')])
    const address = `http://${name}.key.localhost:7280`
    const index = readFileSync(village.path('site', 'index.html'))

    const first = await read(village, 'b', `${address}/`)
    assert.equal(readFileSync(first.file), index)
    assert.match(first.head, /^X-Runnel-Source: hop=2; verified$/m)
    const big = await read(village, 'b', `${address}/big.bin`)
    assert.equal(readFileSync(big.file), readFileSync(village.path('site', 'big.bin')))

    await village.kill('a')
    const second = await read(village, 'c', `${address}/big.bin`)
    assert.equal(readFileSync(second.file), readFileSync(village.path('site', 'big.bin')))
    assert.match(second.head, /^X-Runnel-Source: hop=1; cached; verified/m)
    const part = await curl(village.host('c'), [
      '-sS',
      '-r',
      '0-999',
      '-w',
      '%{http_code}',
      '-o',
      '/dev/null',
      `${address}/`,
    ])
    assert.is(part.stdout, '206\n')
    const stranger = await curl(village.host('c'), ['-sS', '-o', '/dev/null', '-w', '%{http_code}', `${address}/none`])
    assert.is(stranger.stdout, '404\n')

    await village.again('a')
    writeTree(village.path('site'), { 'index.html': 5_000 })
    await village.json('a', ['publish', village.path('site')])
    await until('c shows what is new', async () => {
      return readFileSync((await read(village, 'c', `${address}/`)).file).length === 5_000
    })
  } finally {
    await village.close()
  }
})

it('two nodes on one host: the second goes on without the port, and says so', async () => {
  const village = await Village.open(['a'])
  try {
    await village.up('a')
    const second = (args: readonly string[]) => runnel(village.host('a'), village.path('second'), args)
    const { code, stdout } = await second(['up', '--detach', '--json'])
    assert.is(code, 0)
    assert.equal((JSON.parse(stdout) as { http: string[] }).http, [])
    const status = await second(['status'])
    assert.match(status.stdout, /^http +on no address$/m)
    assert.match(status.stdout, /RUNNEL-W-SERVER: http: 127\.0\.0\.1:7280 is taken by another program/)
    assert.is((await second(['stop'])).code, 0)
  } finally {
    await village.close()
  }
})

test.run()

/** What curl brings, as a file, and the head of the answer. */
async function read(village: Village, host: string, address: string): Promise<{ file: string; head: string }> {
  const file = village.path(`read-${host}`)
  const { code, stdout, stderr } = await curl(village.host(host), ['-sS', '-f', '-D', '-', '-o', file, address])
  assert.is(code, 0, stderr)
  return { file, head: stdout }
}
