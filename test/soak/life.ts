// The life of one process: what was sampled of it from its start to its end.

import type { RunningNode } from '../lab/running-node.js'
import type { Look } from './look.js'
import { factsOf } from './process-facts.js'
import type { Sample } from './trend.js'

export class Life {
  readonly name: string
  readonly node: RunningNode
  readonly resident: Sample[] = []
  readonly looks: Look[] = []

  constructor(name: string, node: RunningNode) {
    this.name = name
    this.node = node
  }

  sample(): void {
    const { residentBytes: value } = factsOf(this.node.pid)
    if (value > 0) this.resident.push({ atMs: performance.now(), value })
  }
}
