// A program with a node of Runnel inside it: what a Node developer writes with `connect({ embedded: true })`, and the
// question for one chunk alone, without the API before it.

import { readFileSync } from 'node:fs'
import { Caller } from '../../api/caller.js'
import { NodeClient } from '../../api/index.js'
import { channelPair } from '../../api/protocol/index.js'
import type { ComposedNode } from '../../node/composed.js'
import type { Hub } from '../../node/hub.js'
import { openNodeIn } from '../../node/node.js'
import { openSystem } from '../../node/system.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { FileBuilder } from '../../stack/data/index.js'
import { decodeText } from '../../stack/name/index.js'
import { serve } from '../frame/actor.js'
import { openRandom } from '../frame/material.js'
import { collectGarbage } from '../frame/quiet.js'

/** Older than this no head of a bench is: nobody is asked for a newer one while reading is timed. */
const anyAgeS = 3_600

let node: ComposedNode | undefined
let client: NodeClient | undefined

function opened(): { node: ComposedNode; client: NodeClient } {
  if (node === undefined || client === undefined) throw new Error('no node is open')
  return { node, client }
}

async function eachTimed<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<number[]> {
  const times: number[] = []
  for (const item of items) {
    const started = performance.now()
    await work(item)
    times.push(performance.now() - started)
  }
  return times
}

/** The name of the chunk that a small public file consists of, or none where it was cut into several. */
function onlyChunkOf(crypto: Crypto, content: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = []
  const builder = new FileBuilder(crypto, undefined, (name) => names.push(name))
  builder.push(content)
  builder.end()
  return names.length === 1 ? names : []
}

interface Answered {
  readonly answer: { readonly bytes: Uint8Array }
  readonly source: { readonly hops: number }
}

function ask(hub: Hub, key: Uint8Array, via: Uint8Array): Promise<Answered> {
  return new Promise((resolve, reject) => {
    hub.ask({ kind: 'chunk', key, via, answerBytes: 61_440, lifetimeMs: 4_000 }, (outcome) => {
      if (outcome.kind === 'answer' && outcome.answer.kind === 'chunk') {
        resolve({ answer: outcome.answer, source: outcome.source })
      } else reject(new Error(`no chunk: ${outcome.kind}`))
    })
  })
}

serve(
  {
    open: async ({ home, upstream }: { home: string; upstream?: string }) => {
      const given = upstream === undefined ? [] : [upstream]
      node = await openNodeIn(openSystem(), { home, upstream: given, serveApi: false, handlePhrases: () => {} })
      const [ours, theirs] = channelPair()
      node.serve(theirs)
      client = new NodeClient(new Caller(ours), async () => {})
      if (upstream !== undefined) await client.wait({ for: 'neighbour', timeoutMs: 10_000 })
      return (await client.status()).provider
    },

    /** Reads files of a site one after the other by path; gives the milliseconds of each. */
    readPaths: async ({ link, paths }: { link: string; paths: readonly string[] }) => {
      const stream = await opened().client.openStream(link, { maxAgeS: anyAgeS })
      for (const folder of new Set(paths.map((path) => path.split('/')[0] ?? ''))) await stream.list(folder)
      let bytes = 0
      const times = await eachTimed(paths, async (path) => {
        bytes += (await stream.read(path).bytes()).length
      })
      const { hop, cached, verified } = stream.source
      return { times, bytes, hop, cached, verified }
    },

    /** Asks for the only chunk of each of some public files, by name; gives the milliseconds of each question. */
    askChunks: async ({ link, files }: { link: string; files: readonly string[] }) => {
      const { node, client } = opened()
      const { crypto } = node.parts.chosen
      const { logs } = await client.caller.call('open', { link, maxAgeS: anyAgeS })
      const via = decodeText(crypto, logs[0]?.log ?? '')
      if (typeof via === 'string') throw new Error(`no log: ${via}`)
      const keys = files.flatMap((path) => onlyChunkOf(crypto, readFileSync(path)))
      let [bytes, hops] = [0, 0]
      const times = await eachTimed(keys, async (key) => {
        const { answer, source } = await ask(node.hub, key, via.bytes)
        bytes += answer.bytes.length
        hops = Math.max(hops, source.hops)
      })
      return { times, bytes, hops, count: keys.length }
    },

    /** Reads all entries of a stream in order. */
    readEntries: async ({ link }: { link: string }) => {
      const started = performance.now()
      const stream = await opened().client.openStream(link)
      let [count, bytes] = [0, 0]
      for await (const entry of stream.entries({ from: 0 })) {
        count += 1
        bytes += entry.bytes.length
      }
      const { hop, verified } = stream.source
      return { milliseconds: performance.now() - started, count, bytes, hop, verified }
    },

    /** Appends `count` entries in batches, made before the clock starts. */
    append: async ({ label, count, bytes, batch }: { label: string; count: number; bytes: number; batch: number }) => {
      const stream = await opened().client.createStream({ label })
      const random = openRandom(label)
      const entries = Array.from({ length: count }, () => random(bytes))
      collectGarbage()
      const started = performance.now()
      for (let at = 0; at < count; at += batch) await stream.append(entries.slice(at, at + batch))
      const milliseconds = performance.now() - started
      return { milliseconds, length: (await opened().client.openStream(stream.link)).length, link: stream.link }
    },
  },
  async () => {
    await client?.close()
    await node?.close()
  },
)
