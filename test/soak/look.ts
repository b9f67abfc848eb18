// One look at a running node when nothing is asked of it: what it holds, by the kernel, by its API and from inside.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import type { RunningNode } from '../lab/running-node.js'
import { until } from '../lab/until.js'
import { type Descriptors, descriptorsOf } from './descriptors.js'
import { type Footprint, footprintOf, type PlaceOfHome } from './footprint.js'
import type { Inside } from './probe.js'
import { factsOf, type ProcessFacts } from './process-facts.js'

export interface Look extends ProcessFacts {
  readonly atMs: number
  readonly round: number
  readonly inside: Inside
  readonly descriptors: Descriptors
  readonly disk: Record<PlaceOfHome, Footprint>
  /** In all three places. */
  readonly chunks: number
  readonly cacheLimitBytes: number
  readonly cacheEvictions: number
  readonly cacheHits: number
  /** Questions that wait for an answer, and bytes that wait for a link. */
  readonly waiting: { readonly questions: number; readonly bytes: number }
  /** What own/ may take by what was written to it; for who writes nothing, what it begins with. */
  readonly ownLimitBytes: number
}

/** What a node that is to be looked into is started with. `answers`: a file that it may write. */
export function probed(answers: string): { readonly NODE_OPTIONS: string } {
  const url = new URL('probe.js', import.meta.url)
  url.searchParams.set('into', answers)
  return { NODE_OPTIONS: `--import=${url.href}` }
}

/** `answers`: as it was started with. */
export async function lookAt(
  node: RunningNode,
  answers: string,
  { round, ownLimitBytes }: { readonly round: number; readonly ownLimitBytes: number },
): Promise<Look> {
  const { pid, home } = node
  const { own, kept, cache, counters } = await node.client.status()
  // Before anything is collected.
  const facts = factsOf(pid)
  const inside = await lookInside(pid, answers)
  return {
    atMs: performance.now(),
    round,
    ...facts,
    inside,
    descriptors: descriptorsOf(pid, home),
    disk: footprintOf(home),
    chunks: own.chunks + kept.chunks + cache.chunks,
    cacheLimitBytes: cache.limitBytes,
    cacheEvictions: cache.evictions,
    cacheHits: cache.hits,
    waiting: { questions: counters.interestsWaiting ?? 0, bytes: counters.queuedBytes ?? 0 },
    ownLimitBytes,
  }
}

async function lookInside(pid: number, answers: string): Promise<Inside> {
  rmSync(answers, { force: true })
  process.kill(pid, 'SIGUSR2')
  await until(`process ${pid} has said what it holds`, () => existsSync(answers))
  return JSON.parse(readFileSync(answers, 'utf8')) as Inside
}
