// What the lives of all processes are held to. What has a limit is compared with it; what is to be the same is compared with
// the first look of the same life.

import { type Finding, megabytes } from './finding.js'
import type { Life } from './life.js'
import {
  aheadBytes,
  chunkBytes,
  externalGrowthBytes,
  heapGrowthBytes,
  keptBytes,
  peakBytes,
  residentGrowthBytes,
  residentTrendMs,
  restBytes,
  restFiles,
  timersMore,
  trendLooks,
  warmUpLooks,
} from './limits.js'
import type { Look } from './look.js'
import { type Trend, trendOf } from './trend.js'

/** Of all nodes that were looked at more than once. */
export function checkLives(lives: readonly Life[]): Finding[] {
  const names = [...new Set(lives.map(({ name }) => name))]
  return names.flatMap((name) => {
    const own = lives.filter((life) => life.name === name)
    return [...checkMemory(name, own), ...checkHandles(name, own), ...checkDisk(name, own)]
  })
}

/** What is not there while everything is quiet, or anything beyond what the same process held before. */
function checkHandles(who: string, lives: readonly Life[]): Finding[] {
  const most = (of: (look: Look, first: Look) => number): number =>
    Math.max(0, ...lives.flatMap(({ looks: [first, ...later] }) => (first ? later.map((look) => of(look, first)) : [])))
  const now = (of: (look: Look) => number): number => Math.max(0, ...lives.flatMap(({ looks }) => looks.map(of)))
  const none = (what: string, count: number): Finding => exactly(what, who, count, 0)
  return [
    none(
      'sockets more than at first',
      most(({ descriptors }, first) => descriptors.sockets - first.descriptors.sockets),
    ),
    none(
      'other descriptors more',
      most(({ descriptors }, first) => descriptors.others - first.descriptors.others),
    ),
    none(
      'deleted files that are held',
      now(({ descriptors }) => descriptors.deleted.length),
    ),
    exactly(
      'times that one file is open',
      who,
      now(({ descriptors }) => Math.max(...descriptors.files.values())),
      2,
    ),
    none(
      'threads more than at first',
      most((look, first) => look.threads - first.threads),
    ),
    exactly(
      'timers more than at first',
      who,
      most((look, first) => timersOf(look) - timersOf(first)),
      timersMore,
    ),
    none(
      'other resources of the loop more',
      most((look, first) => resourcesOf(look) - resourcesOf(first)),
    ),
    none(
      'questions that wait',
      now(({ waiting }) => waiting.questions),
    ),
    none(
      'bytes that wait for a link',
      now(({ waiting }) => waiting.bytes),
    ),
  ]
}

function checkMemory(who: string, lives: readonly Life[]): Finding[] {
  const findings = [atMost('most that was resident', who, Math.max(...lives.map(mostResident)), peakBytes[who] ?? 0)]
  const grown = (what: string, found: { trend: Trend; limit: number } | undefined): void => {
    if (found === undefined) return
    const { trend, limit } = found
    const told = `${megabytes(trend.first)} to ${megabytes(trend.last)}, ${megabytes(trend.perMinute)} a minute`
    findings.push({ what, who, found: told, limit: `+ ${megabytes(limit)}`, kept: trend.growth <= limit })
  }
  grown('resident, in a life', worst(lives.flatMap(residentTrend)))
  const heap = (life: Life) => insideTrend(life, 'heapBytes', heapGrowthBytes)
  const buffers = (life: Life) => insideTrend(life, 'externalBytes', externalGrowthBytes)
  grown('heap, in a life', worst(lives.flatMap(heap)))
  grown('buffers, in a life', worst(lives.flatMap(buffers)))
  const [longest] = [...lives].sort((left, right) => right.looks.length - left.looks.length)
  if (lives.length > 1 && longest !== undefined) {
    grown('heap, in the longest life', worst(heap(longest)))
    grown('buffers, in the longest life', worst(buffers(longest)))
  }
  // A process that was started again begins as small as the first one did, but for what is on disk by now.
  const firsts = lives.flatMap(({ looks }) => looks.slice(0, 1))
  if (firsts.length > 2) {
    grown('heap, from life to life', worst(trendAcross(firsts, 'heapBytes', heapGrowthBytes)))
    grown('buffers, from life to life', worst(trendAcross(firsts, 'externalBytes', externalGrowthBytes)))
  }
  return findings
}

function checkDisk(who: string, lives: readonly Life[]): Finding[] {
  const looks = lives.flatMap((life) => life.looks)
  const mostOf = (of: (look: Look) => number): Look | undefined =>
    looks.reduce<Look | undefined>((most, look) => (most === undefined || of(look) > of(most) ? look : most), undefined)
  const own = mostOf(({ disk, ownLimitBytes }) => disk.own.bytes / ownLimitBytes)
  const cache = mostOf(({ disk }) => disk.cache.bytes)
  const kept = mostOf(({ disk }) => disk.kept.bytes)
  const rest = mostOf(({ disk }) => disk.rest.bytes)
  const files = mostOf(({ disk }) => disk.rest.files)
  return [
    atMost('own/ on disk', who, own?.disk.own.bytes ?? 0, own?.ownLimitBytes ?? aheadBytes),
    atMost('cache/ on disk', who, cache?.disk.cache.bytes ?? 0, cache?.cacheLimitBytes ?? 0),
    atMost('kept/ on disk', who, kept?.disk.kept.bytes ?? 0, keptBytes),
    atMost('the rest of the home', who, rest?.disk.rest.bytes ?? 0, restBytes),
    exactly('files of the rest', who, files?.disk.rest.files ?? 0, restFiles),
  ]
}

/** Only of lives that are long enough: the resident set of a young process grows into its caches. */
function residentTrend({ resident, looks }: Life): { trend: Trend; limit: number }[] {
  const fromMs = looks[warmUpLooks - 1]?.atMs ?? Number.POSITIVE_INFINITY
  const samples = resident.filter(({ atMs }) => atMs >= fromMs)
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.atMs - first.atMs < residentTrendMs) return []
  return [{ trend: trendOf(samples), limit: residentGrowthBytes + explained(looks) }]
}

type Measure = 'heapBytes' | 'externalBytes'

function insideTrend({ looks }: Life, measure: Measure, limit: number): { trend: Trend; limit: number }[] {
  const warm = looks.slice(warmUpLooks)
  return warm.length < trendLooks ? [] : trendAcross(warm, measure, limit)
}

function trendAcross(looks: readonly Look[], measure: Measure, limit: number): { trend: Trend; limit: number }[] {
  const samples = looks.map(({ atMs, inside }) => ({ atMs, value: inside[measure] }))
  return [{ trend: trendOf(samples), limit: limit + explained(looks) }]
}

/** Memory of the tables of those chunks that are on disk now and were not then. */
function explained(looks: readonly Look[]): number {
  return chunkBytes * Math.max(0, (looks.at(-1)?.chunks ?? 0) - (looks[0]?.chunks ?? 0))
}

function worst(all: { trend: Trend; limit: number }[]): { trend: Trend; limit: number } | undefined {
  return all.sort((left, right) => right.trend.growth - right.limit - (left.trend.growth - left.limit))[0]
}

function mostResident({ node, looks }: Life): number {
  return Math.max(node.peakBytes, ...looks.map((look) => look.peakBytes))
}

function timersOf({ inside }: Look): number {
  return inside.resources.Timeout ?? 0
}

/** Sockets and servers among others; calls of the file system come to an end by themselves. */
function resourcesOf({ inside }: Look): number {
  const lasting = Object.entries(inside.resources).filter(([kind]) => kind !== 'Timeout' && !kind.startsWith('FSReq'))
  return lasting.reduce((sum, [, count]) => sum + count, 0)
}

function atMost(what: string, who: string, found: number, limit: number): Finding {
  return { what, who, found: megabytes(found), limit: `≤ ${megabytes(limit)}`, kept: found <= limit }
}

function exactly(what: string, who: string, found: number, limit: number): Finding {
  return { what, who, found: String(found), limit: `≤ ${limit}`, kept: found <= limit }
}
