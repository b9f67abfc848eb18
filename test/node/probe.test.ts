// `probe` of real nodes in one process: what each stage measures, and where it stops.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, type NodeClient, type ProbeStage } from '../../api/index.js'
import { openNode, type RunnelNode } from '../../node/index.js'
import { writeTree } from '../lab/make-tree.js'
import { inDirectory } from './temporary.js'

const test = suite('node/probe')

/** Nodes in one directory, closed in the end. */
class Nodes {
  readonly directory: string
  readonly #open = new Map<string, { node: RunnelNode; client: NodeClient }>()

  constructor(directory: string) {
    this.directory = directory
  }

  async up(name: string, upstreams: readonly string[] = [], listens = false): Promise<NodeClient> {
    const home = join(this.directory, name)
    const upstream = upstreams.map((other) => {
      const node = this.#open.get(other)?.node
      return `${node?.identity.device}@${node?.listening[0]}`
    })
    const node = await openNode({ home, upstream, root: upstream.length === 0, listen: listens ? ['127.0.0.1:0'] : [] })
    const client = await connect({ home })
    this.#open.set(name, { node, client })
    if (upstream.length > 0) await client.wait({ for: 'neighbour', timeoutMs: 20_000 })
    return client
  }

  async down(name: string): Promise<void> {
    const open = this.#open.get(name)
    this.#open.delete(name)
    await open?.client.close()
    await open?.node.close()
  }

  async close(): Promise<void> {
    for (const name of [...this.#open.keys()].reverse()) await this.down(name)
  }
}

function withNodes(use: (nodes: Nodes) => Promise<void>): () => Promise<void> {
  return () =>
    inDirectory(async (directory) => {
      const nodes = new Nodes(directory)
      try {
        await use(nodes)
      } finally {
        await nodes.close()
      }
    })
}

const levels = (stages: readonly ProbeStage[]): string =>
  stages.map(({ stage, level }) => `${stage} ${level}`).join(', ')
const allWell = 'name ok, route ok, link ok, head ok, chunk ok, goodput ok'

function stageOf(stages: readonly ProbeStage[], name: ProbeStage['stage']): ProbeStage {
  const found = stages.find(({ stage }) => stage === name)
  if (found === undefined) throw new Error(`there is no stage ${name}: ${levels(stages)}`)
  return found
}

test(
  'each stage says what was measured, and the first chunk came from the writer',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    writeTree(join(nodes.directory, 'site'), { 'a.bin': 400_000, 'b/c.bin': 200_000, 'd.txt': 10 })
    const { link } = await writer.publish(join(nodes.directory, 'site'))
    const stages = await reader.probe({ link })
    assert.is(levels(stages), allWell)
    const { name, device } = await writer.id()
    assert.equal(stageOf(stages, 'name').name, {
      target: 'name',
      key: name,
      label: 'main',
      visibility: 'public',
      own: false,
    })
    const [neighbour] = stageOf(stages, 'link').link?.neighbours ?? []
    assert.equal([neighbour?.device, neighbour?.state, neighbour?.upstream], [device, 'up', true])
    assert.ok((neighbour?.rttMs ?? 0) > 0)
    const { head } = stageOf(stages, 'head')
    const [log] = head?.logs ?? []
    assert.equal(
      [log?.device, log?.own, log?.hop, log?.cached, log?.stale, log?.length],
      [device, false, 1, false, false, 1],
    )
    assert.equal([head?.certificate?.hop, head?.certificate?.stale], [1, false])
    const { chunk } = stageOf(stages, 'chunk')
    assert.equal([chunk?.hop, chunk?.cached, chunk?.verified], [1, false, true])
    const { goodput } = stageOf(stages, 'goodput')
    assert.ok((goodput?.bytes ?? 0) > 600_000 && goodput?.whole === true && goodput.bytesPerS > 0)
    assert.ok(stages.every(({ tookMs }) => tookMs >= 0))
  }),
)

test(
  'what is here already is told as own, and the head is asked of others all the same',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    const file = join(nodes.directory, 'file')
    writeFileSync(file, Buffer.alloc(100_000, 'own'))
    const { link } = await writer.publish(file)
    await reader.probe({ link })
    const again = await reader.probe({ link })
    assert.is(levels(again), allWell)
    assert.is(stageOf(again, 'head').head?.logs[0]?.hop, 1)
    assert.equal([stageOf(again, 'chunk').chunk?.hop, stageOf(again, 'chunk').chunk?.cached], [0, true])
    assert.ok(stageOf(again, 'goodput').goodput?.sources.every(({ hop }) => hop === 0))
    const own = await writer.probe({ link })
    assert.is(levels(own), allWell)
    assert.ok(stageOf(own, 'name').name?.own && stageOf(own, 'route').route?.own)
    assert.equal(stageOf(own, 'link').link?.neighbours, [])
    assert.equal([stageOf(own, 'head').head?.logs[0]?.own, stageOf(own, 'chunk').chunk?.cached], [true, false])
  }),
)

test(
  'logs, lines and unlisted streams are probed as they are read',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    const stream = await writer.createStream({ label: 'diary', visibility: 'unlisted' })
    await stream.append('only for you')
    const stages = await reader.probe({ link: stream.link })
    assert.is(levels(stages), allWell)
    assert.is(stageOf(stages, 'name').name?.visibility, 'unlisted')
    // A page that has just begun comes with its head.
    assert.is(stageOf(stages, 'chunk').chunk, undefined)
    assert.is(stageOf(stages, 'goodput').goodput, undefined)
    const log = stageOf(stages, 'head').head?.logs[0]?.log ?? ''
    const direct = await reader.probe({ link: `${log}+${stream.link.split('+')[1]}` })
    assert.is(levels(direct), allWell)
    assert.equal(stageOf(direct, 'name').name, { target: 'log', key: log, visibility: 'unlisted', own: false })
    assert.equal(stageOf(direct, 'route').route?.announced, [])
    await stream.append(new Uint8Array(100_000))
    const long = await reader.probe({ link: stream.link })
    assert.ok((stageOf(long, 'goodput').goodput?.bytes ?? 0) > 100_000)
    const without = await reader.probe({ link: stream.link.split('+')[0] ?? '' })
    assert.is(levels(without), 'name ok, route ok, link ok, head fail')
    assert.is(without.at(-1)?.error?.code, 'UNKNOWN_LABEL')
    const bare = await reader.probe({ link: log })
    assert.is(bare.at(-1)?.error?.code, 'SECRET_NEEDED')
  }),
)

test(
  'a path in a folder is read, and one that is not there is found',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    writeTree(join(nodes.directory, 'site'), { 'a/b.bin': 150_000, 'c.bin': 900_000 })
    const { link } = await writer.publish(join(nodes.directory, 'site'))
    const stages = await reader.probe({ link: `${link}/a/b.bin` })
    assert.is(levels(stages), allWell)
    const bytes = stageOf(stages, 'goodput').goodput?.bytes ?? 0
    assert.ok(bytes > 150_000 && bytes < 900_000, `${bytes}`)
    const missing = await reader.probe({ link: `${link}/a/none` })
    assert.is(levels(missing), 'name ok, route ok, link ok, head ok, chunk fail')
    assert.is(missing.at(-1)?.error?.code, 'NOT_FOUND')
  }),
)

test(
  'a reader below is asked for what it announced',
  withNodes(async (nodes) => {
    const router = await nodes.up('router', [], true)
    const writer = await nodes.up('writer', ['router'])
    const stream = await writer.createStream({ label: 'main' })
    await stream.append('from below')
    await router.wait({ for: 'head', link: stream.link, timeoutMs: 20_000 })
    const stages = await router.probe({ link: stream.link })
    assert.is(levels(stages), allWell)
    const { device } = await writer.id()
    assert.is(stageOf(stages, 'route').route?.announced[0]?.neighbour, device)
    assert.is(stageOf(stages, 'link').link?.neighbours[0]?.announced, true)
  }),
)

test(
  'what only the own cache has is no proof of anybody: it fails, and says who was asked',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    const stream = await writer.createStream({ label: 'main' })
    await stream.append('once')
    assert.is(levels(await reader.probe({ link: stream.link })), allWell)
    await nodes.down('reader')
    await nodes.down('writer')
    const router = await nodes.up('router', [], true)
    const { device } = await router.id()
    const again = await nodes.up('reader', ['router'])
    const stages = await again.probe({ link: stream.link, idleTimeoutMs: 4_000 })
    assert.is(levels(stages), 'name ok, route ok, link ok, head fail')
    const { error, head } = stageOf(stages, 'head')
    assert.is(head?.logs[0]?.hop, 0)
    assert.match(error?.message ?? '', "only this node's own cache has a head of it")
    const asked = error?.details?.asked as { neighbour: string }[]
    assert.equal(
      asked.map(({ neighbour }) => neighbour),
      [device],
    )
  }),
)

test(
  'without anybody to ask the route is broken, and with nobody up the link is',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    const { link } = await writer.createStream({ label: 'main' })
    const alone = await nodes.up('alone')
    const lonely = await alone.probe({ link })
    assert.is(levels(lonely), 'name ok, route fail')
    assert.equal([lonely[1]?.error?.code, lonely[1]?.route?.upstreams], ['NO_HOLDER', 0])
    await nodes.down('writer')
    const cut = await reader.probe({ link })
    assert.is(levels(cut), 'name ok, route ok, link fail')
    assert.is(cut[2]?.error?.code, 'NETWORK_DOWN')
    assert.is(cut[2]?.link?.neighbours[0]?.state === 'up', false)
    const typo = await reader.probe({ link: `${link.slice(0, -1)}1` })
    assert.is(levels(typo), 'name fail')
    assert.equal([typo[0]?.error?.code, typo[0]?.name], ['BAD_NAME', undefined])
  }),
)

test(
  'an empty stream has nothing to ask for, and a caller who goes ends the probe',
  withNodes(async (nodes) => {
    const writer = await nodes.up('writer', [], true)
    const reader = await nodes.up('reader', ['writer'])
    const { link } = await writer.createStream({ label: 'main' })
    assert.is(levels(await reader.probe({ link })), allWell)
    const signal = AbortSignal.abort()
    await reader.probe({ link }, { signal }).then(
      () => assert.unreachable(),
      (error: { code: string }) => assert.is(error.code, 'ABORTED'),
    )
  }),
)

test.run()
