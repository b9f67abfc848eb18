// Metrics of real nodes, through the API and through the socket: series that are there from the start, and counters that
// advance with what happens.

import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, type NodeClient } from '../../api/index.js'
import { openNode, type RunnelNode } from '../../node/index.js'
import { until } from '../lab/until.js'
import { parseMetrics, type ReadFamily, seriesValue } from './metrics-text.js'
import { inDirectory } from './temporary.js'

const test = suite('node/metrics')

interface Pair {
  readonly writer: NodeClient
  readonly reader: NodeClient
  readonly writerNode: RunnelNode
  readonly directory: string
}

/** A writer that listens, and a reader whose upstream it is. */
async function inPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const [home, other] = [join(directory, 'w'), join(directory, 'r')]
    const writerNode = await openNode({ home, listen: ['127.0.0.1:0'], root: true })
    const upstream = [`${writerNode.identity.device}@${writerNode.listening[0]}`]
    const readerNode = await openNode({ home: other, upstream })
    const [writer, reader] = [await connect({ home }), await connect({ home: other })]
    try {
      await reader.wait({ for: 'neighbour', timeoutMs: 20_000 })
      await use({ writer, reader, writerNode, directory })
    } finally {
      for (const client of [writer, reader]) await client.close()
      for (const node of [readerNode, writerNode]) await node.close()
    }
  })
}

async function read(client: NodeClient): Promise<ReadFamily[]> {
  return parseMetrics(await client.metrics())
}

const label = ({ identity }: RunnelNode): string => identity.device.slice(0, 8)

test('every series that can be known is there at the start, at 0', () =>
  inPair(async ({ reader, writerNode }) => {
    const families = await read(reader)
    for (const result of ['hit', 'joined', 'forwarded', 'nack', 'timeout']) {
      assert.ok(seriesValue(families, 'runnel_interests_total', { result }) < 3)
    }
    for (const source of ['ram', 'disk', 'upstream']) {
      assert.is(seriesValue(families, 'runnel_chunks_served_total', { source }), 0)
    }
    for (const reason of ['bad-hash', 'bad-signature', 'unknown-token', 'route-quota']) {
      assert.is(seriesValue(families, 'runnel_packets_dropped_total', { reason }), 0)
    }
    assert.is(seriesValue(families, 'runnel_verify_failures_total', { neighbour: label(writerNode) }), 0)
    assert.is(seriesValue(families, 'runnel_health_warnings', { code: 'RUNNEL-W-UPSTREAM' }), 0)
    assert.is(seriesValue(families, 'runnel_append_seconds_count'), 0)
    assert.is(seriesValue(families, 'runnel_duplicate_upstream_bytes_total'), 0)
    assert.is(seriesValue(families, 'runnel_info'), 1)
    assert.ok(seriesValue(families, 'runnel_link_rtt_seconds', { neighbour: label(writerNode) }) > 0)
  }))

test('what is appended, asked and carried is counted, on both sides', () =>
  inPair(async ({ writer, reader, writerNode, directory }) => {
    const stream = await writer.createStream({ label: 'posts' })
    await stream.append('one')
    await stream.append('two')
    assert.is(seriesValue(await read(writer), 'runnel_append_seconds_count'), 2)
    const file = join(directory, 'file')
    writeFileSync(file, Buffer.alloc(300_000, 'runnel'))
    const { link } = await writer.publish(file)
    const neighbour = label(writerNode)
    const carried = (families: ReadFamily[], kind: string) =>
      seriesValue(families, 'runnel_link_bytes_total', { neighbour, direction: 'in', kind })
    const before = await read(reader)
    const got = await reader.get({ link, output: join(directory, 'copy') })
    const after = await read(reader)
    const chunkBytes = got.sources.filter(({ hop }) => hop === 1).reduce((sum, { bytes }) => sum + bytes, 0)
    assert.ok(chunkBytes > 0)
    assert.ok(carried(after, 'data') - carried(before, 'data') >= chunkBytes)
    assert.ok(carried(after, 'control') >= carried(before, 'control'))
    const peer = (await reader.peers())[0]
    const all = ['interest', 'data', 'session', 'control'].reduce((sum, kind) => sum + carried(after, kind), 0)
    assert.ok(Math.abs(all - (peer?.bytesIn ?? 0)) < 2_000, `${all} of ${peer?.bytesIn}`)
    assert.is(seriesValue(after, 'runnel_first_byte_seconds_count'), 1)
    assert.ok(seriesValue(after, 'runnel_chunks_served_total', { source: 'upstream' }) > 0)
    assert.ok(seriesValue(after, 'runnel_interests_total', { result: 'forwarded' }) > 0)
    assert.is(seriesValue(after, 'runnel_duplicate_upstream_bytes_total'), 0)
    assert.ok(seriesValue(await read(writer), 'runnel_chunks_served_total', { source: 'disk' }) > 0)
  }))

test('counters do not go back when the link ends, and the warning says that it has', () =>
  inPair(async ({ reader, writerNode }) => {
    const neighbour = label(writerNode)
    const bytes = (families: ReadFamily[]) =>
      seriesValue(families, 'runnel_link_bytes_total', { neighbour, direction: 'out', kind: 'control' })
    const before = bytes(await read(reader))
    await writerNode.close()
    await until('the link has ended', async () => (await reader.status()).neighbours.up === 0)
    const families = await read(reader)
    assert.ok(before > 0 && bytes(families) >= before)
    assert.is(seriesValue(families, 'runnel_health_warnings', { code: 'RUNNEL-W-UPSTREAM' }), 1)
    assert.throws(() => seriesValue(families, 'runnel_link_rtt_seconds', { neighbour }))
  }))

test('a petname of whose device it is stands for a neighbour', () =>
  inPair(async ({ reader, writer, writerNode }) => {
    await writer.createStream({ label: 'posts' })
    await reader.setPetname('alice', writerNode.identity.name)
    await reader.openStream(writerNode.identity.name, { label: 'posts' })
    assert.ok(seriesValue(await read(reader), 'runnel_link_rtt_seconds', { neighbour: 'alice' }) > 0)
  }))

test('the socket that status names serves the same families, and doctor tells of it', () =>
  inPair(async ({ reader }) => {
    const { metricsSocket, home } = await reader.status()
    assert.is(metricsSocket, join(home, 'metrics.sock'))
    const body = await new Promise<string>((resolve, reject) => {
      const asked = request({ socketPath: metricsSocket, path: '/metrics' }, (response) => {
        let text = ''
        response.on('data', (bytes: Uint8Array) => {
          text += String(bytes)
        })
        response.on('end', () => resolve(text))
      })
      asked.on('error', reject)
      asked.end()
    })
    const names = (families: ReadFamily[]) => families.map(({ name, type }) => `${name} ${type}`)
    assert.equal(names(parseMetrics(body)), names(await read(reader)))
    // It looks ten times a second.
    await until('a timer was looked at', async () => {
      return seriesValue(await read(reader), 'runnel_event_loop_delay_seconds_count') > 0
    })
    const check = (await reader.doctor()).find(({ check }) => check === 'metrics')
    assert.match(check?.text ?? '', metricsSocket ?? 'no socket')
  }))

test('an embedded node has no socket and counts all the same', () =>
  inDirectory(async (directory) => {
    const node = await connect({ embedded: true, home: join(directory, 'home') })
    assert.is((await node.status()).metricsSocket, undefined)
    assert.is(seriesValue(await read(node), 'runnel_event_loop_delay_seconds_count'), 0)
    await node.close()
  }))

test('a home whose path has no room for the socket runs without it', () =>
  inDirectory(async (directory) => {
    const home = join(directory, 'x'.repeat(107 - '/runnel.sock'.length - directory.length - 1))
    const node = await openNode({ home })
    const client = await connect({ home })
    assert.is((await client.status()).metricsSocket, undefined)
    await client.close()
    await node.close()
  }))

test.run()
