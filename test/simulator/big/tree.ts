// The shape of the big world: a tree of routers with a fan-out between 8 and 16, in which some nodes have a second router
// above them, and who can reach whom while some of it does not work.

import type { Random } from '../random.js'

/** Share of the nodes that dial a second router. */
const DOUBLE_SHARE = 0.1

/** How long a fault is felt after its end, µs: routers are dialled again, and announced again, within it. */
const AFTERMATH_US = 20_000_000

interface Trouble {
  /** A node that does not run, or the lower end of a cable that is cut. */
  readonly node: number
  /** The upper end of the cable; undefined for a node. */
  readonly above: number | undefined
  readonly fromUs: number
  readonly toUs: number
}

export class Tree {
  /** Indexes of the nodes above each, all smaller than its own. */
  readonly above: number[][] = []
  /** Nodes that have others below them, without the root. */
  readonly routers: readonly number[]
  readonly leaves: readonly number[]
  readonly #troubles: Trouble[] = []

  constructor(random: Random, nodes: number) {
    const fanOut = random.between(8, 16)
    let [levelStart, levelEnd] = [0, 1]
    for (let node = 0; node < nodes; node++) {
      if (node === 0) {
        this.above.push([])
        continue
      }
      const parent = Math.floor((node - 1) / fanOut)
      if (parent >= levelEnd) [levelStart, levelEnd] = [levelEnd, 1 + levelEnd * fanOut]
      const second = random.between(levelStart, Math.min(levelEnd, node) - 1)
      this.above.push(second !== parent && random.chance(DOUBLE_SHARE) ? [parent, second] : [parent])
    }
    const used = new Set(this.above.flat())
    this.routers = [...used].filter((node) => node > 0).sort((a, b) => a - b)
    this.leaves = this.above.flatMap((_, node) => (used.has(node) || node === 0 ? [] : [node]))
  }

  /** Something does not work for a while. */
  trouble(node: number, above: number | undefined, fromUs: number, toUs: number): void {
    this.#troubles.push({ node, above, fromUs, toUs })
  }

  /** Whether two nodes were joined all the time by the same way that worked. */
  joined(one: number, other: number, fromUs: number, toUs: number): boolean {
    const troubles = this.#troubles.filter((trouble) => trouble.fromUs <= toUs && trouble.toUs + AFTERMATH_US >= fromUs)
    const down = new Set(troubles.flatMap(({ node, above }) => (above === undefined ? [node] : [])))
    const cut = new Set(troubles.flatMap(({ node, above }) => (above === undefined ? [] : [`${node} ${above}`])))
    const climb = (from: number): Set<number> => {
      const found = new Set<number>()
      const open = [from]
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (down.has(node) || found.has(node)) continue
        found.add(node)
        for (const above of this.above[node] ?? []) if (!cut.has(`${node} ${above}`)) open.push(above)
      }
      return found
    }
    const reached = climb(one)
    return [...climb(other)].some((node) => reached.has(node))
  }
}
