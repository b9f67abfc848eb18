// `probe` with a router between: when all is well, when the publisher, the router or the label is not there; and everything
// that reads says who was asked when nobody has it.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorRecord, ProbeStage } from '../../api/index.js'
import { openNode } from '../../node/index.js'
import { writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'
import { inDirectory } from '../node/temporary.js'

const test = suite('network/probe')
const it = networked(test)

let village: Village
let link = ''
let unread = ''
let name = ''
let router = ''
/** A name that is in order and that nobody here knows. */
let stranger = ''

interface Probed {
  readonly code: number | null
  readonly ok: boolean
  readonly stages: readonly ProbeStage[]
  readonly last: ProbeStage | undefined
}

async function probe(host: string, target: string, ...more: string[]): Promise<Probed> {
  const { code, stdout, stderr } = await village.run(host, ['probe', target, '--json', ...more])
  const documents = stdout.split('\n').filter((line) => line !== '')
  assert.is(documents.length, 1, stderr)
  const { ok, stages } = JSON.parse(documents[0] ?? '') as { ok: boolean; stages: ProbeStage[] }
  return { code, ok, stages, last: stages.at(-1) }
}

const levels = ({ stages }: Probed): string => stages.map(({ stage, level }) => `${stage} ${level}`).join(', ')

function askedOf(error: ErrorRecord | undefined): readonly string[] {
  const asked = (error?.details?.asked ?? []) as readonly { neighbour: string }[]
  return asked.map(({ neighbour }) => neighbour)
}

it('starts a router, a publisher and a reader', async () => {
  village = await Village.open(['a', 'b'])
  await Promise.all(['a', 'b'].map((host) => village.up(host)))
  writeTree(village.path('site'), { 'index.html': 3_000, 'big.bin': 4_000_000 })
  link = (await village.client('a').publish(village.path('site'))).link
  name = link.split('.')[1] ?? ''
  const stream = await village.client('a').createStream({ label: 'unread' })
  await stream.append(new Uint8Array(50_000))
  unread = stream.link
  router = (await village.client('router').id()).device
  await inDirectory(async (directory) => {
    const node = await openNode({ home: join(directory, 'home') })
    stranger = node.identity.name
    await node.close()
  })
})

it('all is well: each stage is, the writer answers over two links, and the command ends with 0', async () => {
  const probed = await probe('b', link)
  assert.is(levels(probed), 'name ok, route ok, link ok, head ok, chunk ok, goodput ok')
  assert.equal([probed.code, probed.ok], [0, true])
  const of = (stage: ProbeStage['stage']) => probed.stages.find((one) => one.stage === stage)
  assert.is(of('link')?.link?.neighbours[0]?.device, router)
  assert.equal([of('head')?.head?.logs[0]?.hop, of('head')?.head?.logs[0]?.cached], [2, false])
  assert.equal([of('chunk')?.chunk?.hop, of('chunk')?.chunk?.cached], [2, false])
  assert.ok((of('goodput')?.goodput?.bytes ?? 0) > 4_000_000)
  // The router itself goes where it was announced.
  const below = await probe('router', link)
  assert.is(below.stages[1]?.route?.announced.length, 1)
})

it('in a pipe each stage is a line of its own, and nothing moves the cursor', async () => {
  const { stdout } = await village.run('b', ['probe', link])
  assert.not(['\r', '\u001b'].some((one) => stdout.includes(one)))
  assert.match(
    stdout,
    /^ok {4}name {5}main of .*\nok {4}route .*\nok {4}link .*\nok {4}head .*\nok {4}chunk .*\nok {4}goodput .*\n$/,
  )
})

it('a label that there is not: the head says which there are, and the command ends with 3', async () => {
  const probed = await probe('b', `nothing.${name}`)
  assert.is(levels(probed), 'name ok, route ok, link ok, head fail')
  assert.equal([probed.last?.error?.code, probed.code, probed.ok], ['UNKNOWN_LABEL', 3, false])
  assert.match(probed.last?.error?.message ?? '', 'main, unread')
})

it('a name with a typing error ends at once with 2; one that nobody has names who was asked, with 3', async () => {
  const typo = await probe('b', `${name.slice(0, 9)}${name[9] === 'a' ? 'b' : 'a'}${name.slice(10)}`)
  assert.equal([levels(typo), typo.code], ['name fail', 2])
  const nobody = await probe('router', link.replace(name, stranger), '--timeout', '4s')
  assert.is(nobody.last?.stage, 'route')
  const asked = await probe('b', link.replace(name, stranger), '--timeout', '4s')
  assert.is(levels(asked), 'name ok, route ok, link ok, head fail')
  assert.equal([asked.last?.error?.code, asked.code, askedOf(asked.last?.error)], ['NO_HOLDER', 3, [router]])
})

it('get, ls and tail of what nobody has name who was asked, too', async () => {
  const target = `main.${stranger}`
  for (const words of [
    ['get', target, '-o', village.path('no')],
    ['get', target, '-o', '-'],
    ['ls', target],
    ['tail', target, '--no-follow'],
  ]) {
    const { code, stderr } = await village.run('b', [...words, '--json'])
    const { error } = JSON.parse(stderr.split('\n')[0] ?? '') as { error: ErrorRecord }
    assert.equal([words[0], error.code, askedOf(error), code], [words[0], 'NO_HOLDER', [router], 3])
  }
  const plain = await village.run('b', ['ls', target])
  assert.match(plain.stderr, `asked: neighbour ${router}, outcome NoRoute\nhint: `)
})

it('the publisher is gone: what the router has works and is a warning, what it has not fails with who was asked', async () => {
  await village.kill('a')
  const cached = await probe('b', link)
  assert.is(levels(cached), 'name ok, route ok, link ok, head warn, chunk ok, goodput ok')
  const head = cached.stages[3]
  assert.equal([head?.head?.logs[0]?.hop, head?.head?.logs[0]?.stale, head?.error?.code], [1, true, 'STALE'])
  assert.equal([cached.code, cached.ok], [4, false])
  // A reader who wants nothing old is told who was asked for something newer.
  const refused = await village.run('b', ['ls', link, '--no-stale', '--max-age', '0s', '--timeout', '2s', '--json'])
  const { error } = JSON.parse(refused.stderr.split('\n')[0] ?? '') as { error: ErrorRecord }
  assert.equal([error.code, askedOf(error)], ['STALE', [router]])
  const lost = await probe('b', unread, '--timeout', '4s')
  assert.is(levels(lost), 'name ok, route ok, link ok, head fail')
  assert.equal([lost.last?.error?.code, askedOf(lost.last?.error), lost.code], ['NO_HOLDER', [router], 3])
})

it('the router is gone: the link is broken, with the reason and when it is tried again', async () => {
  await village.kill('router')
  await until('b has noticed', async () => (await village.client('b').status()).neighbours.up === 0)
  const probed = await probe('b', link)
  assert.is(levels(probed), 'name ok, route ok, link fail')
  assert.equal([probed.last?.error?.code, probed.code], ['NETWORK_DOWN', 4])
  assert.is(probed.last?.link?.neighbours[0]?.device, router)
})

test.after(async () => {
  await village?.close()
})

test.run()
