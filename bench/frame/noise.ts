// How quiet the machine was: the same piece of work measured between the runs, the processors' time that a hypervisor gave
// to others, and what else was running. A figure of a noisy machine is worth little, and a comparison of two less.

import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { median, percentile } from './statistics.js'

/** One look at the machine, while nothing of the bench runs. */
export interface Probe {
  readonly at: string
  /** Milliseconds of the same work, several times. */
  readonly spinsMs: readonly number[]
  /** Share of the processors' time since the probe before (of the first one: while it spun) that a hypervisor took. */
  readonly stolenShare: number
  /** Share of all processors that others took while it spun on one. */
  readonly othersShare: number
  /** The mean of the last minute (processes), which counts the bench's own too. */
  readonly load: number
}

export interface Noise {
  /** How much slower the slowest probe was than the quickest one, and the slowest tenth of all spins. */
  readonly drift: number
  readonly jitter: number
  readonly stolen: number
  readonly others: number
  readonly loadBefore: number
  /** Why it was too noisy; none when it was quiet. */
  readonly reasons: readonly string[]
}

/** Beyond these a difference of some percent cannot be told from the machine's own. */
export const noiseLimits = { drift: 0.15, jitter: 0.3, stolen: 0.03, others: 0.15, loadByProcessor: 1 } as const

const spins = 15
const spinIterations = 2_000_000

/** Looks at the machine for about a twentieth of a second. */
export class NoiseMeter {
  #before: Ticks | undefined
  #warm = false

  probe(): Probe {
    // Compiled before it counts.
    if (!this.#warm) for (let round = 0; round < spins; round++) spin()
    this.#warm = true
    const began = ticks()
    const spinsMs = Array.from({ length: spins }, spin)
    const now = ticks()
    const since = difference(now, this.#before ?? began)
    const meanwhile = difference(now, began)
    this.#before = now
    const ownShare = 1 / availableParallelism()
    return {
      at: new Date().toISOString(),
      spinsMs,
      stolenShare: shareOf(since.stolen, since.all),
      othersShare: Math.max(0, shareOf(meanwhile.busy, meanwhile.all) - ownShare),
      load: loadavg()[0] ?? Number.NaN,
    }
  }
}

/** What several probes say of one machine with so many processors; without any, nothing is known and nothing is said. */
export function noiseOf(probes: readonly Probe[], processors: number): Noise | undefined {
  const [first] = probes
  if (first === undefined) return undefined
  const middles = probes.map(({ spinsMs }) => median(spinsMs))
  const all = probes.flatMap(({ spinsMs }) => spinsMs)
  const noise = {
    drift: Math.max(...middles) / Math.min(...middles) - 1,
    jitter: percentile(all, 0.9) / Math.min(...all) - 1,
    stolen: Math.max(...probes.map(({ stolenShare }) => stolenShare)),
    others: median(probes.map(({ othersShare }) => othersShare)),
    loadBefore: first.load,
  }
  const limits = noiseLimits
  const reasons: string[] = []
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  if (noise.drift > limits.drift) {
    reasons.push(`the same work took up to ${percent(noise.drift)} longer between some runs than between others`)
  }
  if (noise.jitter > limits.jitter) {
    reasons.push(`a tenth of the same work took ${percent(noise.jitter)} longer than the quickest`)
  }
  if (noise.stolen > limits.stolen) reasons.push(`a hypervisor took ${percent(noise.stolen)} of the processors' time`)
  if (noise.others > limits.others) reasons.push(`others took ${percent(noise.others)} of the processors`)
  if (noise.loadBefore > limits.loadByProcessor * processors) {
    reasons.push(`the load was ${noise.loadBefore.toFixed(1)} on ${processors} processors before it began`)
  }
  return { ...noise, reasons }
}

interface Ticks {
  readonly all: number
  readonly busy: number
  readonly stolen: number
}

/** The first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal. Zeros elsewhere. */
export function ticksOf(text: string): Ticks {
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft = 0, stolen = 0] =
    /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ').map(Number) ?? []
  const busy = user + nice + system + irq + soft + stolen
  return { all: busy + idle + waiting, busy, stolen }
}

function ticks(): Ticks {
  try {
    return ticksOf(readFileSync('/proc/stat', 'latin1'))
  } catch {
    return ticksOf('')
  }
}

function difference(now: Ticks, before: Ticks): Ticks {
  return { all: now.all - before.all, busy: now.busy - before.busy, stolen: now.stolen - before.stolen }
}

function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}

function spin(): number {
  const started = performance.now()
  let word = 1
  for (let index = 0; index < spinIterations; index++) {
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
  }
  // Never true of xorshift; so no compiler leaves the work out.
  if (word === 0) throw new RangeError('a word became zero')
  return performance.now() - started
}
