// `npm run bench -- micro [WORD…] [--turns 3] [--turn 0.1]`: what each hot function costs on one core, with every provider that
// there is here; those whose name contains one of the words. Prints a table in Markdown.

import { parseArgs } from 'node:util'
import { openProviders } from '../../test/provider.js'
import { Refusal } from '../suites/options.js'
import { type Case, cryptoCases } from './crypto-cases.js'
import { type Measured, type MicroOptions, measureInTurn } from './measure.js'
import { type StackCase, stackCases } from './stack-cases.js'

export async function measureFunctions(args: readonly string[]): Promise<number> {
  const { words, options } = parsed(args)
  const isWanted = ({ name }: Case | StackCase): boolean =>
    words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()))
  const [crypto, stack] = [cryptoCases.filter(isWanted), stackCases.filter(isWanted)]
  if (crypto.length + stack.length === 0) throw new Refusal(`no function is called like ${words.join(' or ')}`)
  const providers = await openProviders()
  if (crypto.length > 0) {
    console.log(`| with | ${providers.map(({ provider }) => provider).join(' | ')} | × |`)
    console.log(`|---|${providers.map(() => '--:').join('|')}|--:|`)
  }
  for (const { name, bytes, make } of crypto) {
    const runs = providers.map((provider) => make(provider, providers.at(-1) ?? provider))
    const measured = measureInTurn(runs, options)
    const [first, last] = [measured[0], measured.at(-1)]
    const times = first === undefined || last === undefined ? Number.NaN : first.seconds / last.seconds
    console.log(`| ${name} | ${measured.map((one) => shown(one, bytes)).join(' | ')} | ${times.toFixed(1)} |`)
  }
  if (stack.length > 0) console.log('\n| in TypeScript | |\n|---|--:|')
  for (const { name, make } of stack) {
    for (const measured of measureInTurn([make()], options)) console.log(`| ${name} | ${shown(measured, 0)} |`)
  }
  return 0
}

/** MB/s where bytes are worked on, else µs; half of the interval as a share. */
function shown({ seconds, interval }: Measured, bytes: number): string {
  const us = seconds * 1e6
  const text = bytes > 0 ? `${(bytes / us).toFixed(0)} MB/s` : `${us.toFixed(us < 10 ? 3 : 1)} µs`
  return interval === undefined ? text : `${text} ± ${((50 * (interval.high - interval.low)) / seconds).toFixed(0)} %`
}

function parsed(args: readonly string[]): { words: string[]; options: MicroOptions } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { turns: { type: 'string', default: '3' }, turn: { type: 'string', default: '0.1' } },
    })
    const options = { turns: Number(values.turns), turnS: Number(values.turn) }
    if (!Number.isInteger(options.turns) || options.turns < 1) throw new Error(`--turns ${values.turns} is no number`)
    if (!(options.turnS > 0 && options.turnS <= 60)) throw new Error(`--turn ${values.turn} is no number of seconds`)
    return { words: positionals, options }
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error))
  }
}
