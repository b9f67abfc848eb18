// The same tree and the same load with real nodes (test/simulator): everything of a node but sockets, disk, clock and
// cryptography, under virtual time. What it counts is what the model has to say.

import type { Hub } from '../../node/hub.js'
import { FileBuilder } from '../../stack/data/index.js'
import { FollowedLog, Following } from '../../test/simulator/figures/following.js'
import { Place, type Plan } from '../../test/simulator/figures/place.js'
import { publishFiles } from '../../test/simulator/publish.js'
import { Random } from '../../test/simulator/random.js'
import { Crossings, nameOf } from './crossings.js'
import { type Load, OBJECT_BYTES, OBJECTS_PER_PUBLISHER } from './load.js'
import { type Measures, places, ReadCounts, type ServedAt } from './measures.js'
import { ROUTES_PER_NODE } from './model.js'
import { type IspTree, Level } from './shape.js'

/** Between two reads: a question to the other end of the tree takes a few times as long, so that few are on their way at once. */
const READ_GAP_US = 4_000

/** All is announced again within it (docs/protocol.md §10.6). */
const ANNOUNCE_ROUND_MS = 100_000

const LIVE_ENTRIES = 10
const LIVE_GAP_MS = 200

/** Rejects when a node does not come up, or a follower is not shown what was written. */
export async function measureReal(seed: string, tree: IspTree, load: Load): Promise<Measures> {
  const plans = Array.from({ length: tree.nodes }, (_, node): Plan => {
    const upstreams = node === 0 ? {} : { upstreams: [nameOf(tree.above(node))] }
    return { name: nameOf(node), cacheBytes: tree.cacheBytes(node), ...upstreams }
  })
  const place = await Place.open(`${seed} real ${tree.nodes}`, plans)
  try {
    return await new Real(place, tree, load).measure()
  } finally {
    await place.close()
  }
}

interface Published {
  readonly log: Uint8Array
  /** Names of the chunks that its objects are. */
  readonly chunks: readonly Uint8Array[]
}

class Real {
  readonly #place: Place
  readonly #tree: IspTree
  readonly #load: Load
  readonly #crossings: Crossings
  readonly #published = new Map<number, Published>()

  constructor(place: Place, tree: IspTree, load: Load) {
    this.#place = place
    this.#tree = tree
    this.#load = load
    this.#crossings = new Crossings(place.world, tree)
    for (const computer of place.computers.values()) {
      if (computer.node !== undefined) this.#crossings.watch(computer, computer.node)
    }
  }

  async measure(): Promise<Measures> {
    const { world } = this.#place
    for (let publisher = 0; publisher < this.#load.publishers; publisher++) {
      await this.#publish(this.#load.homeOfPublisher(publisher))
    }
    await world.run(5_000)
    const counts = await this.#read()
    const live = await this.#follow()
    const before = this.#crossings.announcedBytes
    await world.run(2 * ANNOUNCE_ROUND_MS)
    const announcedBytes = this.#crossings.announcedBytes - before
    const tree = this.#tree
    const metros = Array.from({ length: tree.metros }, (_, metro) => this.#status(1 + metro).routes)
    return {
      nodes: tree.nodes,
      metros: tree.metros,
      accesses: tree.accesses,
      homes: tree.homes,
      objects: this.#load.objects,
      reads: counts.reads,
      rootRoutes: this.#status(0).routes,
      rootRoutesWanted: ROUTES_PER_NODE * (tree.nodes - 1) + this.#load.publishers + 1,
      metroRoutes: Math.max(...metros),
      announceBytesPerSecond: (1_000 * announcedBytes) / (2 * ANNOUNCE_ROUND_MS),
      ...counts.shares,
      ...live,
    }
  }

  #status(node: number) {
    const { node: running } = this.#place.at(nameOf(node))
    if (running === undefined) throw new Error(`${nameOf(node)} does not run`)
    return running.hub.machine.status()
  }

  async #publish(home: number): Promise<void> {
    const { node } = this.#place.at(nameOf(home))
    if (node === undefined) throw new Error(`${nameOf(home)} does not run`)
    const { crypto } = node.parts.chosen
    const random = new Random(`objects of ${home}`)
    const files = new Map<string, Uint8Array>()
    const chunks: Uint8Array[] = []
    for (let index = 0; index < OBJECTS_PER_PUBLISHER; index++) {
      const bytes = random.bytes(OBJECT_BYTES)
      files.set(`o${index}`, bytes)
      const builder = new FileBuilder(crypto, undefined, (name) => chunks.push(name.slice()))
      builder.push(bytes)
      builder.end()
    }
    if (chunks.length !== OBJECTS_PER_PUBLISHER) throw new Error('an object is more than one chunk')
    await this.#place.world.during(10_000, () => publishFiles(node, 'objects', 'public', files))
    const [stream] = node.streams.list()
    if (stream === undefined) throw new Error(`${nameOf(home)} has no stream`)
    this.#published.set(home, { log: stream.key, chunks })
  }

  /** All reads in their order, each a little after the one before. */
  async #read(): Promise<ReadCounts> {
    const { world } = this.#place
    const counts = new ReadCounts()
    this.#crossings.chunks.fill(0)
    let [read, open] = [0, 0]
    this.#load.forEachRead((reader, object) => {
      open++
      world.time.after(READ_GAP_US * read++, () => {
        void this.#one(reader, object, counts).finally(() => {
          open--
        })
      })
    })
    await world.run((READ_GAP_US * read) / 1_000)
    while (open > 0) await world.run(1_000)
    for (const [level, chunks] of this.#crossings.chunks.entries()) counts.crossed[level] = chunks
    return counts
  }

  async #one(reader: number, object: number, counts: ReadCounts): Promise<void> {
    const owner = this.#load.ownerOf(object)
    const published = this.#published.get(owner)
    const hub = this.#place.at(nameOf(reader)).node?.hub
    const key = published?.chunks[Math.floor(object / this.#load.publishers)]
    if (hub === undefined || published === undefined || key === undefined) throw new Error(`no object ${object}`)
    const hops = await ask(hub, key, published.log)
    if (hops === undefined) {
      counts.refuse()
      return
    }
    const way = this.#tree.way(reader, owner)
    counts.add(hops === 0 ? 'own' : this.#placeOf(way, hops), hops)
    if (hops === 0) return
    for (const [link, far] of way.entries()) {
      const near = link === 0 ? reader : (way[link - 1] as number)
      const level = Math.max(this.#tree.levelOf(near), this.#tree.levelOf(far))
      counts.uncached[level] = (counts.uncached[level] ?? 0) + 1
    }
  }

  #placeOf(way: readonly number[], hops: number): ServedAt {
    if (hops >= way.length) return 'publisher'
    const level = this.#tree.levelOf(way[hops - 1] as number)
    return level === Level.home - hops ? (places[hops] ?? 'beyond') : 'beyond'
  }

  async #follow(): Promise<
    Pick<Measures, 'followers' | 'liveCrossings' | 'unicastCrossings' | 'writerCopies' | 'mostCopies'>
  > {
    const { world } = this.#place
    const writer = this.#load.liveWriter
    const homes = this.#load.followers()
    const log = new FollowedLog(this.#place, nameOf(writer))
    await log.append(1, 100)
    const followers = homes.map((home) => new Following(this.#place, nameOf(home), log.link))
    await log.reach(followers, 30_000)
    await world.run(1_000)
    const answers = (): number[] => Array.from({ length: this.#tree.nodes }, (_, node) => this.#answersOf(node))
    const before = answers()
    await log.append(LIVE_ENTRIES, 100, LIVE_GAP_MS)
    await log.reach(followers, 10_000)
    const sent = answers().map((count, node) => (count - (before[node] ?? 0)) / LIVE_ENTRIES)
    const wrong = log.wrong(followers)
    if (wrong.length > 0) throw new Error(`${wrong.length} followers were not shown everything, such as ${wrong[0]}`)
    for (const follower of followers) follower.stop()
    await world.run(1_000)
    // What a follower's own node gives to its program crosses nothing.
    const local = new Set(homes)
    const crossed = sent.map((count, node) => count - (local.has(node) ? 1 : 0))
    return {
      followers: homes.length,
      liveCrossings: crossed.reduce((sum, count) => sum + count, 0),
      unicastCrossings: homes.reduce((sum, home) => sum + this.#tree.way(home, writer).length, 0),
      writerCopies: crossed[writer] ?? 0,
      mostCopies: Math.max(...crossed),
    }
  }

  #answersOf(node: number): number {
    return this.#status(node).counters.liveAnswers
  }
}

/** Links between the asker and the copy; undefined when nobody had one. */
function ask(hub: Hub, key: Uint8Array, via: Uint8Array): Promise<number | undefined> {
  return new Promise((resolve) => {
    hub.ask({ kind: 'chunk', key, via, answerBytes: 61_440, lifetimeMs: 4_000 }, (outcome) => {
      resolve(outcome.kind === 'answer' ? outcome.source.hops : undefined)
    })
  })
}
