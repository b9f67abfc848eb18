// What both stories are told with: the village, the claims, the rows, and the few ways in which a step is run.

import { performance } from 'node:perf_hooks'
import { compareTrees } from '../lab/trees.js'
import type { Village } from '../lab/village.js'
import type { Claims, Row } from './report.js'

export interface Got {
  files: number
  bytes: number
  verified: boolean
  stale: boolean
  head: { ageS: number }
  sources: { hop: number; cached: boolean; bytes: number }[]
}

export class Stage {
  readonly village: Village
  readonly claims: Claims
  readonly rows: Row[] = []

  constructor(village: Village, claims: Claims) {
    this.village = village
    this.claims = claims
  }

  /** Whether the kernel counts what crosses a cable here. */
  get counted(): boolean {
    return this.village.lab.kind === 'namespaces'
  }

  /** What a command printed; it must succeed. */
  async run(host: string, args: string[], input = ''): Promise<string> {
    const finished = await this.village.run(host, args, { input })
    if (finished.code !== 0)
      throw new Error(`runnel ${args.join(' ')} on ${host} ended with ${finished.code}: ${finished.stderr}`)
    return finished.stdout
  }

  /** Reads a link to `out-HOST` of the village's folder, or to `to` in it. */
  get(host: string, link: string, title: string, to = `out-${host}`): Promise<Got> {
    return this.timed(title, 'get', () => this.village.json<Got>(host, ['get', link, '-o', this.village.path(to)]))
  }

  /** Runs one step and adds its row: seconds, who served, and what a's uplink carried meanwhile. */
  async timed<T extends { bytes: number }>(title: string, kind: Row['kind'], step: () => Promise<T>): Promise<T> {
    const uplink = (): number | undefined => this.village.host('a').uplinkBytes()?.sent
    const before = uplink()
    const started = performance.now()
    const result = await step()
    const seconds = (performance.now() - started) / 1000
    const after = uplink()
    const { sources = [] } = result as Partial<Got>
    const sent = before === undefined || after === undefined ? undefined : after - before
    this.rows.push({ title, kind, bytes: result.bytes, seconds, sources, uplink: sent })
    return result
  }

  /** Whether two trees are equal; prints what differs. */
  same(left: string, right: string): boolean {
    const { differences } = compareTrees(left, right)
    for (const { path, what } of differences) console.log(`  differs: ${path}: ${what}`)
    return differences.length === 0
  }
}

/** Bytes that came over so many hops. */
export function served(got: Got, hop: number): number {
  return got.sources.filter((source) => source.hop === hop).reduce((sum, source) => sum + source.bytes, 0)
}
