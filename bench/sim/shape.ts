// The tree that scale is tried in, like an ISP's: one root, metro routers below it, access routers below these, and 32 homes
// behind each access router. Both kinds of routers grow with the root of their number, so that none of them has ever more
// than a thousand others below it.

/** A level is also the number of links to the root. */
export const Level = { root: 0, metro: 1, access: 2, home: 3 } as const

export const HOMES_PER_ACCESS = 32

/** Bytes of the smallest cache that a node takes (node/store), and of cache by home below a router. */
export const CACHE_BYTES_LEAST = 4_194_304
export const CACHE_BYTES_PER_HOME = 4_096

export class IspTree {
  readonly nodes: number
  readonly metros: number
  readonly accesses: number
  readonly homes: number

  /** Of at least 40 nodes. The root is 0; then come metros, access routers and homes. */
  constructor(nodes: number) {
    if (!Number.isSafeInteger(nodes) || nodes < 40) throw new RangeError(`${nodes} nodes make no such tree`)
    this.nodes = nodes
    this.accesses = Math.max(1, Math.round((nodes - 1) / (HOMES_PER_ACCESS + 1)))
    this.metros = Math.max(1, Math.round(Math.sqrt(this.accesses)))
    this.homes = nodes - 1 - this.metros - this.accesses
  }

  get firstAccess(): number {
    return 1 + this.metros
  }

  get firstHome(): number {
    return 1 + this.metros + this.accesses
  }

  levelOf(node: number): number {
    if (node >= this.firstHome) return Level.home
    if (node >= this.firstAccess) return Level.access
    return node === 0 ? Level.root : Level.metro
  }

  /** The node above; of the root, itself. */
  above(node: number): number {
    if (node >= this.firstHome) {
      return this.firstAccess + Math.floor(((node - this.firstHome) * this.accesses) / this.homes)
    }
    if (node >= this.firstAccess) return 1 + Math.floor(((node - this.firstAccess) * this.metros) / this.accesses)
    return 0
  }

  /** The nodes that a question meets on its way from one home to another when nobody answers before, the last included. */
  way(from: number, to: number): number[] {
    const [up, down]: [number[], number[]] = [[], []]
    let [low, high] = [from, to]
    while (low !== high) {
      if (this.levelOf(low) >= this.levelOf(high)) {
        low = this.above(low)
        up.push(low)
      } else {
        down.push(high)
        high = this.above(high)
      }
    }
    return [...up, ...down.reverse()]
  }

  /** Bytes of a node's cache: a home's is the least there is, a router's grows with the homes below it. */
  cacheBytes(node: number): number {
    const level = this.levelOf(node)
    const routers = level === Level.root ? 1 : level === Level.metro ? this.metros : this.accesses
    const homes = level === Level.home ? 0 : this.homes / routers
    return Math.max(CACHE_BYTES_LEAST, Math.round(homes * CACHE_BYTES_PER_HOME))
  }
}
