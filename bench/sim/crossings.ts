// Counts what crosses the links of real nodes: chunks by the level of the link's lower end, and bytes of announcements to
// the root.

import type { ComposedNode } from '../../node/composed.js'
import { Reader } from '../../stack/bytes/index.js'
import { decodeInterest, FrameType } from '../../stack/forward/wire/index.js'
import type { Computer } from '../../test/simulator/computer.js'
import type { World } from '../../test/simulator/world.js'
import type { IspTree } from './shape.js'

const nothing = new Uint8Array(0)

/** The number of a node is its computer's name without the first letter. */
export function nameOf(node: number): string {
  return `n${node}`
}

export class Crossings {
  /** Chunks that were begun to be sent, by level. */
  readonly chunks = [0, 0, 0, 0]
  announcedBytes = 0
  readonly #world: World
  readonly #tree: IspTree
  /** Chunks that were asked for, by asker, asked and token. */
  readonly #asked = new Set<string>()

  constructor(world: World, tree: IspTree) {
    this.#world = world
    this.#tree = tree
  }

  watch(computer: Computer, { carrier }: ComposedNode): void {
    const send = carrier.send.bind(carrier)
    const from = Number(computer.name.slice(1))
    carrier.send = (id, type, flags, head, payload) => {
      const link = carrier.links.get(id)
      if (link !== undefined) {
        const to = Number(this.#world.nameOf(link.device).slice(1))
        if (type === FrameType.interest) this.#handleInterest(from, to, head)
        else if (type === FrameType.data) this.#handleData(from, to, head)
        else if (type === FrameType.announce && to === 0)
          this.announcedBytes += head.length + (payload ?? nothing).length
      }
      return send(id, type, flags, head, payload)
    }
  }

  #handleInterest(from: number, to: number, body: Uint8Array): void {
    const interest = decodeInterest(body)
    if (typeof interest === 'string' || interest.question.kind !== 'chunk') return
    this.#asked.add(`${from}>${to} ${interest.token}`)
  }

  /** `token u32 | offset u32 | …` (docs/protocol.md §10.2): the first piece stands for all of it. */
  #handleData(from: number, to: number, head: Uint8Array): void {
    const reader = new Reader(head)
    const [token, offset] = [reader.u32(), reader.u32()]
    if (offset !== 0 || !this.#asked.delete(`${to}>${from} ${token}`)) return
    const level = Math.max(this.#tree.levelOf(from), this.#tree.levelOf(to))
    this.chunks[level] = (this.chunks[level] ?? 0) + 1
  }
}
