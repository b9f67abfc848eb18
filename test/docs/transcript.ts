// Transcripts in the documentation, as they are run: blocks of `console` with `host$ runnel …` or `host$ curl …` and what it
// prints, where `[..]` stands for anything within a line, a line `[...]` for any lines, and `[exit N]` at the end for an exit
// code. `echo WORDS |` before it is its input. With ` &` behind it the command stays, and `host$ fg` prints what it has said
// since, and interrupts it.

export interface Step {
  readonly host: string
  readonly program: 'runnel' | 'curl' | 'fg'
  /** The words behind it. */
  readonly words: readonly string[]
  /** What it reads. */
  readonly input: string
  /** Whether it goes on behind the steps that follow. */
  readonly stays: boolean
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
    const [, host, , input, program, command = '', stays] =
      /^([a-z]+)\$ (echo (.+) \| )?(?:(runnel|curl) (.+?)( &)?|fg)$/.exec(line) ?? []
    const step = steps.at(-1)
    const [, exit] = /^\[exit (\d+)\]$/.exec(line) ?? []
    if (host !== undefined) {
      steps.push({
        host,
        program: program === 'curl' || program === 'runnel' ? program : 'fg',
        words: command.split(' '),
        input: input === undefined ? '' : `${input}\n`,
        stays: stays !== undefined,
        expected: [],
        exitCode: 0,
        at: index + 1,
      })
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
