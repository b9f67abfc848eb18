// Transcripts in the documentation, as they are run: blocks of `console` with `host$ runnel …` or `host$ curl …` and what it prints, where
// `[..]` stands for anything within a line, a line `[...]` for any lines, and `[exit N]` at the end for an exit code.

export interface Step {
  readonly host: string
  readonly program: 'runnel' | 'curl'
  /** The words behind it. */
  readonly words: readonly string[]
  readonly expected: readonly string[]
  readonly exitCode: number
  /** Line of the page, from 1. */
  readonly at: number
}

/** The steps of a page, in order. Throws for a block that is no transcript. */
export function stepsOf(page: string): Step[] {
  const steps: (Omit<Step, 'expected' | 'exitCode'> & { expected: string[]; exitCode: number })[] = []
  let inside = false
  for (const [index, line] of page.split('\n').entries()) {
    if (line.startsWith('```')) {
      inside = line === '```console'
      continue
    }
    if (!inside) continue
    const [, host, program, command] = /^([a-z]+)\$ (runnel|curl) (.+)$/.exec(line) ?? []
    const step = steps.at(-1)
    const [, exit] = /^\[exit (\d+)\]$/.exec(line) ?? []
    if (host !== undefined && command !== undefined) {
      const called = program === 'curl' ? 'curl' : 'runnel'
      steps.push({ host, program: called, words: command.split(' '), expected: [], exitCode: 0, at: index + 1 })
    } else if (step === undefined) throw new Error(`line ${index + 1} is no command: ${line}`)
    else if (exit !== undefined) step.exitCode = Number(exit)
    else step.expected.push(line)
  }
  return steps
}

/** Undefined when the lines are as expected, else what differs. */
export function differenceOf(expected: readonly string[], lines: readonly string[]): string | undefined {
  for (const [index, pattern] of expected.entries()) {
    if (pattern === '[...]') return undefined
    const line = lines[index]
    if (line === undefined) return `a line is missing: ${pattern}`
    if (!matcher(pattern).test(line)) return `expected: ${pattern}\n     got: ${line}`
  }
  const more = lines[expected.length]
  return more === undefined ? undefined : `a line too many: ${more}`
}

function matcher(pattern: string): RegExp {
  const parts = pattern.split('[..]').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
