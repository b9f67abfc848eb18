// The model: what a tree of nodes does with the same load, without time, links or disks. It knows of a node its cache, which
// has the real policy; of a router its table of ways, which is bounded as the real one; and of a read that it climbs until
// somebody has a copy or the way down begins, that everybody on the way back keeps a copy, and that nobody asks twice at the
// same time. Real nodes are held against it where both can run (`real`), and the difference is shown.

import { MAX_PASSED_ROUTES, MAX_ROUTES, MAX_ROUTES_PER_NEIGHBOUR, ROUTE_RENEW_US } from '../../stack/forward/limits.js'
import { DEVICE_PROOF_BYTES } from '../../stack/forward/wire/index.js'
import { Random } from '../../test/simulator/random.js'
import { type Load, READS_PER_HOME } from './load.js'
import { type Measures, ReadCounts, type ServedAt } from './measures.js'
import { type ModelCache, openModelCache } from './model-cache.js'
import { HOMES_PER_ACCESS, type IspTree, Level } from './shape.js'

/** Ways that every node announces: its name and its device; a stream adds its log. */
export const ROUTES_PER_NODE = 2

/** Bytes of a name's or log's way in an announcement, and of a node's name and device together (docs/protocol.md §10.6). */
const LOG_BYTES = 37
const NODE_BYTES = 2 * LOG_BYTES + DEVICE_PROOF_BYTES

/** `rootWays`: what the root's table holds; a real one, MAX_ROUTES. */
export function model(seed: string, tree: IspTree, load: Load, rootWays: number = MAX_ROUTES): Measures {
  const ways = new Ways(seed, tree, load, rootWays)
  const counts = new Reads(tree, load, ways).run()
  return {
    nodes: tree.nodes,
    metros: tree.metros,
    accesses: tree.accesses,
    homes: tree.homes,
    objects: load.objects,
    reads: counts.reads,
    rootRoutes: ways.rootRoutes,
    rootRoutesWanted: ways.wanted,
    metroRoutes: ways.metroRoutes,
    announceBytesPerSecond: ways.announceBytesPerSecond,
    ...counts.shares,
    ...fanOut(tree, load),
  }
}

/** What routers know of where things are. */
class Ways {
  readonly wanted: number
  readonly rootRoutes: number
  readonly metroRoutes: number
  readonly announceBytesPerSecond: number
  readonly #isKnown: (publisher: number) => boolean

  constructor(seed: string, tree: IspTree, load: Load, rootWays: number) {
    // The live log is one more.
    const logs = load.publishers + 1
    this.wanted = ROUTES_PER_NODE * (tree.nodes - 1) + logs
    const below = waysByMetro(tree, load)
    const passed = below.map((ways) => Math.min(ways + ROUTES_PER_NODE, MAX_PASSED_ROUTES, MAX_ROUTES_PER_NEIGHBOUR))
    const told = passed.reduce((sum, ways) => sum + ways, 0)
    this.rootRoutes = Math.min(rootWays, told)
    this.metroRoutes = Math.min(MAX_ROUTES, Math.max(...below))
    const bytesOfAll = NODE_BYTES * (tree.nodes - 1) + LOG_BYTES * logs
    this.announceBytesPerSecond = (bytesOfAll * (told / this.wanted)) / (ROUTE_RENEW_US / 1e6)
    // Which ways stay in a full table is by chance: whoever came last takes the place of the oldest of the largest neighbour.
    const share = this.rootRoutes / this.wanted
    this.#isKnown = (publisher) => share >= 1 || new Random(`${seed} way to ${publisher}`).unit() < share
  }

  /** Whether the root knows the way to what a home publishes. */
  rootKnows(home: number): boolean {
    return this.#isKnown(home)
  }
}

/** Names, devices and logs below each metro router. */
function waysByMetro(tree: IspTree, load: Load): number[] {
  const ways = new Array<number>(tree.metros).fill(0)
  const add = (metro: number, more: number): void => {
    ways[metro - 1] = (ways[metro - 1] ?? 0) + more
  }
  for (let node = tree.firstAccess; node < tree.firstHome; node++) add(tree.above(node), ROUTES_PER_NODE)
  for (let home = tree.firstHome; home < tree.nodes; home++) add(tree.above(tree.above(home)), ROUTES_PER_NODE)
  const writers = Array.from({ length: load.publishers }, (_, publisher) => load.homeOfPublisher(publisher))
  for (const home of [...writers, load.liveWriter]) add(tree.above(tree.above(home)), 1)
  return ways
}

class Reads {
  readonly #tree: IspTree
  readonly #load: Load
  readonly #ways: Ways
  readonly #counts = new ReadCounts()
  readonly #caches: (ModelCache | undefined)[] = []

  constructor(tree: IspTree, load: Load, ways: Ways) {
    this.#tree = tree
    this.#load = load
    this.#ways = ways
  }

  run(): ReadCounts {
    this.#load.forEachRead((reader, object) => this.#read(reader, object))
    return this.#counts
  }

  #read(reader: number, object: number): void {
    const owner = this.#load.ownerOf(object)
    if (reader === owner || this.#cacheOf(reader).use(object)) {
      this.#counts.add('own', 0)
      return
    }
    const way = this.#tree.way(reader, owner)
    const root = way.indexOf(0)
    const length = root < 0 || this.#ways.rootKnows(owner) ? way.length : root + 1
    let hops = 1
    while (hops <= length && way[hops - 1] !== owner && !this.#cacheOf(way[hops - 1] as number).use(object)) hops++
    if (hops > length) {
      this.#counts.refuse()
      return
    }
    this.#counts.add(this.#placeOf(way, hops, owner), hops)
    for (let link = 0; link < way.length; link++) {
      const [near, far] = [link === 0 ? reader : (way[link - 1] as number), way[link] as number]
      const level = Math.max(this.#tree.levelOf(near), this.#tree.levelOf(far))
      count(this.#counts.uncached, level)
      if (link >= hops) continue
      count(this.#counts.crossed, level)
      this.#cacheOf(near).put(object)
    }
  }

  #placeOf(way: readonly number[], hops: number, owner: number): ServedAt {
    const node = way[hops - 1] as number
    if (node === owner) return 'publisher'
    const level = this.#tree.levelOf(node)
    // On the way up each hop is one level higher.
    if (level !== Level.home - hops) return 'beyond'
    return level === Level.access ? 'access' : level === Level.metro ? 'metro' : 'root'
  }

  #cacheOf(node: number): ModelCache {
    let cache = this.#caches[node]
    if (cache === undefined) {
      const { root, home, access } = Level
      const level = this.#tree.levelOf(node)
      // Far more than it reads is never put into a home's, or, of what its own homes read, into an access router's; what
      // others read of its publishers comes to that.
      const few =
        level === home ? 20 * READS_PER_HOME : level === access ? 2 * READS_PER_HOME * HOMES_PER_ACCESS : undefined
      const most = few ?? (level === root ? this.#load.reads : Number.POSITIVE_INFINITY)
      cache = openModelCache(this.#tree.cacheBytes(node), most)
      this.#caches[node] = cache
    }
    return cache
  }
}

function count(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}

/** Each router asks once for all below it, so an entry crosses each link between the writer and its followers once. */
function fanOut(
  tree: IspTree,
  load: Load,
): Pick<Measures, 'followers' | 'liveCrossings' | 'unicastCrossings' | 'writerCopies' | 'mostCopies'> {
  const writer = load.liveWriter
  const followers = load.followers()
  const crossed = new Set<number>()
  const copies = new Map<number, number>()
  let unicastCrossings = 0
  for (const follower of followers) {
    const way = tree.way(follower, writer)
    unicastCrossings += way.length
    for (const [link, far] of way.entries()) {
      const near = link === 0 ? follower : (way[link - 1] as number)
      const id = near * tree.nodes + far
      if (crossed.has(id)) continue
      crossed.add(id)
      copies.set(far, (copies.get(far) ?? 0) + 1)
    }
  }
  let mostCopies = 0
  for (const sent of copies.values()) mostCopies = Math.max(mostCopies, sent)
  return {
    followers: followers.length,
    liveCrossings: crossed.size,
    unicastCrossings,
    writerCopies: copies.get(writer) ?? 0,
    mostCopies,
  }
}
