// `npm run bench -- [SUITE] [OPTION…]`: what is measured, and what is made of it; `--help` explains it (bench/usage.ts).

import { parseOptions, Refusal } from './suites/options.js'
import { usage } from './usage.js'

type Tool = (args: readonly string[]) => Promise<number>

/** Each is loaded when it is asked for. */
const tools: Readonly<Record<string, () => Promise<Tool>>> = {
  compare: async () => (await import('./compare/index.js')).compareFiles,
  report: async () => (await import('./report/index.js')).reportFiles,
  sim: async () => (await import('./sim/index.js')).simulate,
  micro: async () => (await import('./micro/index.js')).measureFunctions,
  readme: async () => {
    const { writeReadme } = await import('./report/readme.js')
    return async () => {
      writeReadme()
      return 0
    }
  },
}

async function main(line: readonly string[]): Promise<number> {
  const [first, ...rest] = line
  if (line.includes('--help') || line.includes('-h') || first === 'help') {
    console.log(usage())
    return 0
  }
  const load = tools[first ?? '']
  if (load !== undefined) return (await load())(rest)
  const { runSuites } = await import('./suites/run.js')
  return runSuites(parseOptions(first === undefined ? [] : [first, ...rest]))
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof Refusal) console.error(error.message)
    else console.error(error)
    process.exit(error instanceof Refusal ? 2 : 1)
  },
)
