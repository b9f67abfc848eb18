// Lines, branches and functions of one compiled file, and how many of them were run. A line counts when it holds code, and
// is reached unless all of its code was never run; a branch is a block that V8 tells apart.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CoveredScript } from '../fuzz/coverage.js'

export interface Share {
  readonly reached: number
  readonly all: number
}

export interface Reached {
  readonly lines: Share
  readonly branches: Share
  readonly functions: Share
}

interface Line {
  readonly number: number
  readonly from: number
  readonly to: number
  readonly text: string
}

export function reachedIn(script: CoveredScript): Reached {
  const missing = unreachedParts(script)
  const lines = linesOf(script)
  const functions = [...script.functions.values()]
  const branches = functions.flatMap(({ blocks }) => [...blocks].map((block) => block.split('-').map(Number)))
  return {
    lines: share(lines, ({ from, to }) => !missing.some((part) => part[0] <= from && part[1] >= to)),
    branches: share(branches, ([from = 0, to = 0]) => !missing.some((part) => part[0] <= from && part[1] >= to)),
    functions: share(functions, ({ from, to }) => !missing.some((part) => part[0] <= from && part[1] >= to)),
  }
}

/** The lines that were not reached, for whoever looks for what to test. */
export function unreachedLines(script: CoveredScript): string[] {
  const missing = unreachedParts(script)
  const path = script.url.replace(/^.*\/dist\//, '')
  return linesOf(script)
    .filter(({ from, to }) => missing.some((part) => part[0] <= from && part[1] >= to))
    .map(({ number, text }) => `${path}:${number}  ${text}`)
}

function unreachedParts({ functions }: CoveredScript): (readonly [number, number])[] {
  return [...functions.values()].flatMap(({ unreached }) => unreached)
}

function share<T>(things: readonly T[], isReached: (thing: T) => boolean): Share {
  return { reached: things.filter(isReached).length, all: things.length }
}

/** The lines that hold code: no comments, no imports, and more than brackets. */
function linesOf({ url }: CoveredScript): Line[] {
  const source = readFileSync(fileURLToPath(url), 'utf8')
  const lines: Line[] = []
  let from = 0
  let inComment = false
  for (const [index, whole] of source.split('\n').entries()) {
    const text = whole.trim()
    const start = from + whole.indexOf(text)
    from += whole.length + 1
    if (text.startsWith('/*')) inComment = true
    const isCode = !inComment && !/^(\/\/|import |export \*|export \{|$)/.test(text) && /\w/.test(text)
    if (text.includes('*/')) inComment = false
    if (isCode) lines.push({ number: index + 1, from: start, to: start + text.length, text })
  }
  return lines
}
