// What has been run of the project's own code, by V8's precise coverage of blocks. Two uses: a new input that reaches a new
// block is kept, and the share of the code that tests reach is reported.
//
// V8 tells the counts of blocks, and leaves out a block whose count is that of what is around it. So what is kept is the
// other side: for each function the parts that no run has reached yet, which only ever shrink.

import { type Profiler, Session } from 'node:inspector'

type Part = readonly [from: number, to: number]

interface KnownFunction {
  readonly name: string
  readonly from: number
  readonly to: number
  unreached: Part[]
  /** Parts that V8 has told apart, `from-to`: its branches. */
  readonly blocks: Set<string>
}

export interface CoveredScript {
  readonly url: string
  readonly functions: ReadonlyMap<string, KnownFunction>
}

/** Whether a URL is that of shipped code of ours, not of a test or what tests share. */
export function isOwnCode(url: string): boolean {
  return /\/dist\/(stack|node|api|cli|errors)\/(?!.*(\/testing\/|\.test\.js))/.test(url)
}

export class Coverage {
  readonly #session = new Session()
  readonly #wanted: (url: string) => boolean
  readonly #scripts = new Map<string, Map<string, KnownFunction>>()
  #results: readonly Profiler.ScriptCoverage[] = []

  /** Begins to count in all code that is loaded from now on whose URL is wanted. */
  constructor(wanted: (url: string) => boolean) {
    this.#wanted = wanted
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  get scripts(): CoveredScript[] {
    return [...this.#scripts].map(([url, functions]) => ({ url, functions }))
  }

  /** What was run since the last `take` and no run had reached before: functions and parts of them, a weight of one each. */
  take(): number {
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error
      this.#results = taken.result.filter(({ url }) => this.#wanted(url))
    })
    let gained = 0
    this.#each((_, known, reached) => {
      gained += known === undefined ? reached.blocks : known.unreached.length > 0 ? shrinkage(known, reached.parts) : 0
    })
    return gained
  }

  /** Counts what the last `take` saw as reached. */
  keep(): void {
    this.#each((functions, known, { parts, entry }) => {
      const [root] = entry.ranges
      if (root === undefined) return
      if (known === undefined) {
        const [from, to] = [root.startOffset, root.endOffset]
        const blocks = new Set<string>()
        for (const range of entry.ranges.slice(1)) blocks.add(`${range.startOffset}-${range.endOffset}`)
        functions.set(keyOf(entry), { name: entry.functionName, from, to, unreached: parts, blocks })
        return
      }
      for (const range of entry.ranges.slice(1)) known.blocks.add(`${range.startOffset}-${range.endOffset}`)
      if (root.count > 0) known.unreached = intersection(known.unreached, parts)
    })
  }

  /** Begins anew: nothing counts as reached. */
  forget(): void {
    this.#scripts.clear()
  }

  close(): void {
    this.#session.disconnect()
  }

  #each(
    see: (
      functions: Map<string, KnownFunction>,
      known: KnownFunction | undefined,
      reached: { parts: Part[]; blocks: number; entry: Profiler.FunctionCoverage },
    ) => void,
  ): void {
    for (const { url, functions: entries } of this.#results) {
      let functions = this.#scripts.get(url)
      if (functions === undefined) {
        functions = new Map()
        this.#scripts.set(url, functions)
      }
      for (const entry of entries) {
        const parts = unreachedOf(entry)
        const blocks = entry.ranges.filter((range) => range.count > 0).length
        see(functions, functions.get(keyOf(entry)), { parts, blocks, entry })
      }
    }
  }
}

function keyOf(entry: Profiler.FunctionCoverage): string {
  return `${entry.ranges[0]?.startOffset}-${entry.ranges[0]?.endOffset}`
}

/** The parts of a function that were not run, in order and apart. */
function unreachedOf(entry: Profiler.FunctionCoverage): Part[] {
  const parts: Part[] = []
  for (const { startOffset, endOffset, count } of entry.ranges) {
    if (count > 0) continue
    const last = parts.at(-1)
    if (last !== undefined && startOffset < last[1]) continue
    parts.push([startOffset, endOffset])
  }
  return parts
}

/** How many of the parts that nobody reached were reached, in part at least. */
function shrinkage(known: KnownFunction, parts: readonly Part[]): number {
  return known.unreached.filter(([from, to]) => !parts.some((part) => part[0] <= from && part[1] >= to)).length
}

function intersection(first: readonly Part[], second: readonly Part[]): Part[] {
  const common: Part[] = []
  for (const [from, to] of first) {
    for (const [start, end] of second) {
      const [low, high] = [Math.max(from, start), Math.min(to, end)]
      if (low < high) common.push([low, high])
    }
  }
  return common
}
